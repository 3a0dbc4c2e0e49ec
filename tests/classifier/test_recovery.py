"""Every page held against a past whose truth is known: its intervals hold it, its flags are right.

Of 95 % intervals some miss, and expectations are themselves drawn; what is counted never misses.
"""

from datetime import UTC, datetime

import pytest

from annotation.models import PlantReply, StoredReport
from annotation.services.rollup_check import put_right
from annotation.services.stored_reports import request_report
from bench.history import write_history
from bench.history.recovery_counts import of_coverage, of_plants
from bench.history.recovery_drift import of_drift
from bench.history.recovery_models import (
    WORSE,
    lost_to_mistakes,
    of_label_errors,
    of_quality,
    of_slices,
)
from classifier.stored_reports import write_requested_reports

END = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def past(rows_of_module):
    with rows_of_module(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: END)
        truth = write_history(n_decisions=4_500, seed=6, many=500, end=END)
        bodies = {}
        for question in ("quality", "slices", "label-errors"):
            request_report(question)
            list(write_requested_reports())
            bodies[question] = StoredReport.objects.newest(question).body
        yield truth, bodies


@pytest.fixture
def truth(past, db):
    return past[0]


@pytest.fixture
def bodies(past, db):
    return past[1]


def missed(found):
    return [row for row in found if not row.is_held]


def test_coverage_is_the_count_of_what_was_decided(truth):
    assert not put_right()
    found = of_coverage(truth)
    assert len(found) == 3 * 52
    assert sum(row.truth for row in found) > 1_000
    assert not missed(found)


def test_who_takes_over_what_is_planted_is_known_and_flagged(truth):
    assert truth["n_plants"] == PlantReply.objects.measured().count() > 200
    found = of_plants(truth)
    flags = [row for row in found if row.name.endswith("is flagged")]
    assert [row.name for row in flags if row.truth] == ["farid is flagged"]
    assert not missed(flags)
    assert len(missed(found)) <= 2


def test_quality_is_that_against_what_such_people_answer(truth, bodies):
    found = of_quality(bodies["quality"], truth)
    assert len(found) >= 8
    assert len(missed(found)) <= 2, missed(found)
    assert 0 < lost_to_mistakes(bodies["quality"], truth)["recall_at_10"] < 0.2


def test_the_programme_whose_texts_name_least_is_worse_and_nothing_else(truth, bodies):
    found = of_slices(bodies["slices"], truth)
    flags = [row for row in found if row.name.endswith("is worse")]
    assert [row.name for row in flags if row.truth] == [f"{WORSE} is worse"]
    assert len(flags) == 7
    assert not missed(flags)
    assert len(missed(found)) <= 3, missed(found)


def test_drift_alarms_when_it_sets_in_and_not_before(truth):
    found = of_drift(truth)
    drifted = [row for row in found if row.truth]
    assert [row.name[9:] for row in drifted] == ["words"]
    assert len(found) > 20
    assert not missed(found)


def test_doubts_of_labels_are_wrong_far_above_chance(truth, bodies):
    assert not missed(of_label_errors(bodies["label-errors"], truth))
