"""The figures on agreement and people, worked out a second time by hand, and held against a truth.

The past is one whose people are simulated (``bench.history``).
"""

from collections import defaultdict
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from itertools import combinations

import numpy as np
import pytest

from annotation.models import (
    Adjudication,
    Annotation,
    Category,
    Decision,
    StoredReport,
    User,
)
from annotation.reports.adjudication import _voices, differ
from annotation.reports.workload import workloads
from annotation.services.stored_reports import request_report
from bench.history import by_hand, write_history
from bench.history.recovery import of_agreement
from classifier.agreement_report import LEAST
from classifier.ml.figures import wilson
from classifier.stored_reports import write_requested_reports

N = 2_500
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)  # of all that happens here: periods end at it


@pytest.fixture(scope="module")
def past(rows_of_module):
    with rows_of_module(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: NOW)
        truth = write_history(n_decisions=N, seed=11, many=1_000, end=NOW)
        request_report("agreement")
        list(write_requested_reports())
        standing = those_that_stand()
        yield truth, StoredReport.objects.newest("agreement").body, standing, said_by(standing)


@pytest.fixture
def truth(past, db):
    return past[0]


@pytest.fixture
def body(past, db):
    return past[1]


@pytest.fixture
def standing(past, db):
    return past[2]


@pytest.fixture
def said(past, db):
    return past[3]


def those_that_stand():
    """What each person said by themselves and still says."""
    rows = list(
        Annotation.objects.prefetch_related("outcomes", "decisions__category").order_by("pk")
    )
    superseded = {a.supersedes_id for a in rows}
    alone = [a for a in rows if a.revises_id is None and not a.is_withdrawal]
    return [a for a in alone if a.pk not in superseded]


def said_by(standing):
    """By facet and grant: annotator -> (set with all above it, whether it was blind)."""
    found = defaultdict(lambda: defaultdict(dict))
    for annotation in standing:
        for outcome in annotation.outcomes.all():
            codes = {
                code
                for d in annotation.decisions.all()
                if d.category.facet_id == outcome.facet_id and d.verdict in ("accepted", "added")
                for code in d.category.path.split("/")[:-1]
            }
            if outcome.value not in ("labelled", "none_fits"):
                codes.add(outcome.value)
            said = frozenset(codes), annotation.is_blind
            found[outcome.facet_id][annotation.grant_id][annotation.annotator_id] = said
    return found


def units(of_grants):
    """The sets of each grant that two or more answered."""
    found = [[s for s, _ in said.values()] for said in of_grants.values()]
    return [unit for unit in found if len(unit) > 1]


def over_facets(of_facets):
    """Alpha of several facets: disagreements add up, each facet against its own chance."""
    observed = expected = 0.0
    for of in of_facets:
        n = sum(map(len, of))
        values = [value for unit in of for value in unit]
        observed += sum(
            2 * float(by_hand.masi(a, b)) / (len(unit) - 1)
            for unit in of
            for a, b in combinations(unit, 2)
        )
        pairs = sum(2 * float(by_hand.masi(a, b)) for a, b in combinations(values, 2))
        expected += pairs / (n - 1)
    return 1 - observed / expected


def test_every_alpha_is_the_one_counted_by_hand(body, said):
    assert body["overall"]["value"] == near(over_facets([units(of) for of in said.values()]))
    for row in body["facets"]:
        of = units(said[row["facet"]])
        assert (row["n"], row["value"]) == (len(of), near(by_hand.alpha(of)))
        for level in row["levels"]:
            _level_by_hand(row["facet"], level, of)
    for row in body["categories"]:
        category = Category.objects.get(pk=row["category"])
        yes = [[category.code in s for s in unit] for unit in units(said[category.facet_id])]
        n = sum(any(unit) for unit in yes)
        assert row["n"] == n
        assert ("value" in row) == (n >= LEAST)
        if n >= LEAST:
            assert row["value"] == near(by_hand.alpha(yes, by_hand.nominal))


def near(value):
    return pytest.approx(value, abs=6e-5)  # they are stored to four places


def _level_by_hand(facet, row, of):
    codes = set(
        Category.objects.filter(facet=facet, level=row["level"]).values_list("code", flat=True)
    )
    if row["level"] == 1:
        codes |= {"general_public", "not_enough_text"}
    at = [[s & codes for s in unit] for unit in of]
    at = [unit for unit in at if row["level"] == 1 or any(unit)]
    assert (row["n"], row["value"]) == (len(at), near(by_hand.alpha(at)))


def test_people_pairs_and_blind_ones_are_those_counted_by_hand(body, said):
    for person, figure in body["persons"].items():
        own = [{g: s for g, s in grants.items() if int(person) in s} for grants in said.values()]
        of = [units(grants) for grants in own]
        assert figure["value"] == near(over_facets(of))
    assert [row["people"] for row in body["pairs"]] == sorted(
        row["people"] for row in body["pairs"]
    )
    for row in body["pairs"]:
        both = [
            {
                g: {p: s[p] for p in row["people"]}
                for g, s in grants.items()
                if s.keys() >= {*row["people"]}
            }
            for grants in said.values()
        ]
        assert row["n"] == len(set().union(*both))
        assert ("value" in row) == (row["n"] >= LEAST)
        if "value" in row:
            assert row["value"] == near(over_facets([units(of) for of in both]))
    for name, blind in (("blind", True), ("assisted", False)):
        alike = [
            {g: s for g, s in grants.items() if {b for _, b in s.values()} == {blind}}
            for grants in said.values()
        ]
        assert body[name]["value"] == near(over_facets([units(of) for of in alike]))
    more = body["assisted"]["value"] - body["blind"]["value"]
    assert body["more_assisted"]["value"] == pytest.approx(more, abs=2e-4)


def test_the_work_of_each_person_is_the_one_counted_by_hand(body, standing):
    assert body["work"]["periods"].keys() == {"4 weeks", "12 weeks", "all"}
    for name, days in (("4 weeks", 28), ("12 weeks", 84), ("all", 10_000)):
        since = NOW - timedelta(days=days)
        for person in User.objects.filter(role="annotator"):
            own = [a for a in standing if a.annotator == person and a.submitted_at >= since]
            row = body["work"]["periods"][name][str(person.pk)]
            assert (row["n"], row["n_blind"]) == (len(own), sum(a.is_blind for a in own))
            assert row["seconds"] == sum(a.seconds for a in own)
            assert ("value" in row["an_hour"]) == (len(own) >= LEAST)
            if len(own) >= LEAST:
                assert row["an_hour"]["value"] == near(3600 * len(own) / row["seconds"])
                assert row["an_hour"]["low"] < row["an_hour"]["value"] < row["an_hour"]["high"]
            decisions = Decision.objects.filter(annotation__in=own)
            for verdict, n in row["verdicts"].items():
                assert n == decisions.filter(verdict=verdict).count()
            ticked = decisions.filter(was_ticked=True)
            n = ticked.count()
            share = wilson(ticked.exclude(verdict="accepted").count(), n)
            assert row["overridden"]["n"] == n
            if n >= LEAST:
                assert row["overridden"]["value"] == near(share.value)
                assert row["overridden"]["high"] == near(share.high)
        everybody = [a for a in standing if a.submitted_at >= since]
        ticked = Decision.objects.filter(annotation__in=everybody, was_ticked=True)
        together = body["work"]["together"][name]
        away = ticked.exclude(verdict="accepted").count()
        assert together["overridden"]["n"] == ticked.count()
        assert together["overridden"]["value"] == near(away / ticked.count())
        assert (
            sum(together["verdicts"].values())
            == Decision.objects.filter(annotation__in=everybody).count()
        )


def test_what_became_of_ticks_is_summed_annotation_by_annotation(body, standing):
    for person, work in workloads()["all"].items():
        pairs = []
        for annotation in standing:
            ticked = annotation.decisions.filter(was_ticked=True)
            if annotation.annotator_id == person and ticked:
                pairs.append((ticked.count(), ticked.exclude(verdict="accepted").count()))
        n, away = np.array(pairs).T
        expected = [len(pairs), n.sum(), away.sum(), n @ n, n @ away, away @ away]
        assert list(astuple(work.ticks)) == expected


def test_times_are_summed_as_seconds_and_as_logarithms(body, standing):
    for person, work in workloads()["all"].items():
        for is_blind, pace in ((False, work.assisted), (True, work.blind)):
            own = [a for a in standing if a.annotator_id == person and a.is_blind == is_blind]
            seconds = np.array([annotation.seconds for annotation in own], dtype=float)
            logs = np.log(np.maximum(1, seconds))
            expected = [len(own), seconds.sum(), seconds @ seconds, logs.sum(), logs @ logs]
            assert list(astuple(pace)) == pytest.approx(expected)


def test_what_was_judged_and_what_waits_is_counted_by_hand(body):
    judged = {g: a for a in Adjudication.objects.all() for g in [a.grant_id]}
    voices = _voices(list(Annotation.objects.values_list("grant", flat=True).distinct()))
    waits = [v for g, v in voices.items() if len(v) > 1 and g not in judged and differ(v)]
    assert body["work"]["waiting"] == len(waits) > 3
    for person in User.objects.filter(role="annotator"):
        own = [v for v in waits if person in {voice.annotation.annotator for voice in v}]
        assert body["work"]["waiting_of"].get(str(person.pk), 0) == len(own)
        of = [a for a in judged.values() if a.annotations.filter(annotator=person).exists()]
        row = body["work"]["judged"].get(str(person.pk), {"n_grants": 0})
        assert row["n_grants"] == len(of)
        n = n_in = 0
        for adjudication in of:
            mine = adjudication.annotations.get(annotator=person).decisions
            chosen = mine.filter(verdict__in=["accepted", "added"]).values("category")
            rulings = adjudication.rulings.filter(category__in=chosen)
            n, n_in = n + rulings.count(), n_in + rulings.filter(is_in=True).count()
        assert row["upheld"]["n"] == n
        if n >= LEAST:
            assert row["upheld"]["value"] == near(n_in / n)


def test_the_figures_hold_the_truth_within_their_intervals(truth, body):
    """Of 95 % intervals some miss, and the expectations here are measured on few grants."""
    found = of_agreement(body, truth)
    assert len(found) > 50
    missed = [row for row in found if not row.is_held]
    assert len(missed) < len(found) / 6, missed


def test_people_agree_better_with_suggestions_and_least_on_what_is_disputed(truth, body):
    more = body["more_assisted"]
    assert more["low"] <= more["value"] <= more["high"]
    agreement = truth["agreement"]
    gap = agreement["assisted"]["facets"]["Subject"] - agreement["blind"]["facets"]["Subject"]
    assert gap > 0.02  # so it was set
    codes = dict(Category.objects.values_list("pk", "code"))
    deep = [r for r in body["categories"] if "value" in r and len(codes[r["category"]]) == 4]
    least = sorted(deep, key=lambda row: row["value"])[:2]
    assert {codes[row["category"]] for row in least} & set(truth["disputed"])
