"""Audit figures by category, counted a second time by hand."""

from datetime import date

import pytest
from django.core.management import call_command

from annotation.models import CategoryRollup, CoverageNight, Grant
from annotation.reports.category_figures import AuditCounts
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.merge_categories import merge_category
from annotation.services.queue import claim_next_grant
from classifier.audit_figures import audit_figures
from classifier.tasks import count_coverage
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def categories():
    facet = FacetFactory()
    return {code: CategoryFactory(facet=facet, code=code) for code in ("SPORT", "ARTS", "YOUTH")}


def audited(categories, ticked, chosen, outcome="labelled", stream="audit"):
    """A grant for which some are suggested, and which somebody has decided blind."""
    grant = GrantFactory(stream=stream, queued=True)
    for code in categories:
        SuggestionFactory(grant=grant, category=categories[code], is_ticked=code in ticked)
    person = UserFactory()
    claim = claim_next_grant(person)
    assert claim.grant == grant
    said = {"subject": FacetAnswer(outcome, added=tuple(chosen))}
    submit_annotation(person, claim.token, said, idempotency_key=f"{grant.pk}")


def test_they_are_the_pairs_right_ticked_and_both(categories):
    audited(categories, {"SPORT"}, {"SPORT"})
    audited(categories, {"SPORT", "ARTS"}, {"ARTS"})
    audited(categories, set(), {"ARTS"})
    audited(categories, {"YOUTH"}, (), "none_fits")
    found = audit_figures()
    assert {code: found[c.pk] for code, c in categories.items()} == {
        "SPORT": AuditCounts(right=1, ticked=2, hits=1),
        "ARTS": AuditCounts(right=2, ticked=1, hits=1),
        "YOUTH": AuditCounts(right=0, ticked=1, hits=0),
    }


def test_what_was_ticked_of_a_merged_category_counts_for_the_one_it_became(categories):
    audited(categories, {"SPORT"}, {"YOUTH"})
    audited(categories, {"SPORT", "YOUTH"}, {"SPORT"})
    merge_category(categories["SPORT"], categories["YOUTH"], AdministratorFactory())
    found = audit_figures()
    assert found == {categories["YOUTH"].pk: AuditCounts(right=2, ticked=2, hits=2)}


def test_what_nobody_could_tell_or_is_of_the_pool_counts_for_nothing(categories):
    audited(categories, {"SPORT"}, (), "not_enough_text")
    audited(categories, {"SPORT"}, (), "none_fits", stream="pool")
    GrantFactory(stream="audit", queued=True)
    assert audit_figures() == {}


def test_a_grant_that_the_model_has_not_read_counts_for_nothing(categories):
    audited(categories, {"SPORT"}, {"SPORT"})
    Grant.objects.update(scored_by=None)
    assert audit_figures() == {}


def test_without_a_taxonomy_there_are_none():
    assert audit_figures() == {}


def test_the_command_counts_what_is_due_and_no_more(categories, capsys):
    audited(categories, {"SPORT"}, {"SPORT"})
    CoverageNight.objects.create(for_date=date(2026, 3, 14))
    call_command("count_coverage")
    assert "Counted for 2026-03-14; 0 rows had differed." in capsys.readouterr().out
    row = CategoryRollup.objects.get(category=categories["SPORT"])
    assert (row.audit_right, row.audit_ticked, row.audit_hits) == (1, 1, 1)
    call_command("count_coverage")
    assert "No count is due" in capsys.readouterr().out


def test_the_task_starts_nothing_where_nothing_is_due():
    assert not count_coverage()  # an empty site
    assert not count_coverage()
