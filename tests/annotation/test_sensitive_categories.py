"""Sensitive categories: suggested and listed, and never ticked beforehand, by any door."""

import pytest
from django.urls import reverse

from annotation.errors import NotAllowed
from annotation.models import AuditEvent, Category, Decision
from annotation.reports.grant_history import grant_history
from annotation.services.answers import FacetAnswer
from annotation.services.decisions import submit_annotation
from annotation.services.merge_categories import merge_category, part_category
from annotation.services.queue import claim_next_grant
from annotation.services.sensitive_categories import mark_sensitive
from annotation.services.shown import suggestions_of
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
def boss():
    return AdministratorFactory()


@pytest.fixture
def population():
    return FacetFactory(code="population")


@pytest.fixture
def people(population):
    return CategoryFactory(facet=population, code="P1", label="Peoples")


@pytest.fixture
def below(people):
    return CategoryFactory(facet=people.facet, code="P11", label="One people", broader=people)


@pytest.fixture
def grant(people, below):
    """Suggested are a people, its parent's neighbour whose code begins alike, and one unsure."""
    alike = CategoryFactory(facet=people.facet, code="P12345", path="P1X/")
    grant = GrantFactory(queued=True)
    SuggestionFactory(grant=grant, category=below, score=0.9, is_ticked=True)
    SuggestionFactory(grant=grant, category=alike, score=0.8, is_ticked=True)
    SuggestionFactory(grant=grant, category=people, score=0.1, is_ticked=False)
    return grant


def ticks(shown):
    return {s["category"]: (s["ticked"], s["needs_person"]) for s in shown}


def test_a_mark_holds_for_all_below_and_for_nothing_beside(boss, grant, people):
    before = {"P11": (True, False), "P12345": (True, False), "P1": (False, False)}
    assert ticks(suggestions_of(grant)) == before
    assert mark_sensitive(boss, people, is_sensitive=True)
    assert ticks(suggestions_of(grant)) == before | {"P11": (False, True)}
    assert mark_sensitive(boss, people, is_sensitive=False)
    assert ticks(suggestions_of(grant)) == before


def test_a_mark_below_leaves_what_is_above(boss, grant, people, below):
    mark_sensitive(boss, below, is_sensitive=True)
    grant.suggestions.filter(category=people).update(is_ticked=True)
    assert ticks(suggestions_of(grant))["P1"] == (True, False)


def test_a_mark_is_noted_once_with_who_made_it(boss, people):
    assert mark_sensitive(boss, people, is_sensitive=True)
    assert not mark_sensitive(boss, people, is_sensitive=True)
    assert AuditEvent.objects.get(action="sensitive category").actor == boss


def test_an_annotator_marks_nothing(people):
    with pytest.raises(NotAllowed, match="Only administrators"):
        mark_sensitive(UserFactory(), people, is_sensitive=True)
    assert not Category.objects.filter(is_sensitive=True).exists()


def test_the_page_lists_it_in_sight_and_unticked(client, boss, grant, people):
    """Also where all numbers have gone to others: it is not folded under "also consider"."""
    mark_sensitive(boss, people, is_sensitive=True)
    for n in range(9):
        other = CategoryFactory(facet=people.facet)
        SuggestionFactory(grant=grant, category=other, score=0.95, rank=n + 2)
    grant.suggestions.filter(category__code="P11").update(rank=10)
    client.force_login(UserFactory())
    panels = client.get("/").context["panels"]
    rows = {row.code: row for panel in panels for row in panel.suggested}
    assert (rows["P11"].state, rows["P11"].needs_person) == ("undecided", True)
    assert (rows["P12345"].state, rows["P12345"].needs_person) == ("ticked", False)
    page = client.get("/").content.decode()
    assert page.count("Sensitive: yours to tick") == 1


def test_a_program_gets_it_unticked_and_is_told_why(client, boss, grant, people):
    mark_sensitive(boss, people, is_sensitive=True)
    client.force_login(UserFactory())
    got = client.post(reverse("api_queue_next"), content_type="application/json").json()
    (claim,) = got if isinstance(got, list) else [got]
    found = {s["category"]: (s["ticked"], s["needs_person"]) for s in claim["suggestions"]}
    assert found["P11"] == (False, True)


def test_what_a_person_ticks_is_kept_as_shown_unticked(boss, grant, people):
    mark_sensitive(boss, people, is_sensitive=True)
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    submit_annotation(
        annotator,
        claim.token,
        {"population": FacetAnswer("labelled", accepted=("P11",), rejected=("P12345",))},
        idempotency_key="k",
    )
    kept = Decision.objects.get(category__code="P11")
    assert (kept.verdict, kept.was_ticked) == ("accepted", False)


def test_the_grant_s_page_says_that_it_is_for_a_person(client, boss, grant, people):
    mark_sensitive(boss, people, is_sensitive=True)
    found = {s.category.code: s for s in grant_history(grant).suggestions}
    assert (found["P11"].is_ticked, found["P11"].needs_person) == (False, True)
    assert found["P12345"].is_ticked
    client.force_login(boss)
    assert "for a person to tick" in client.get(f"/grants/{grant.pk}/").content.decode()


def marks():
    """Who has a mark of their own, and for whom one was noted."""
    noted = AuditEvent.objects.filter(action="sensitive category").order_by("pk")
    own = Category.objects.filter(is_sensitive=True).order_by("pk")
    return list(own.values_list("code", flat=True)), [
        s.split()[0] for s in noted.values_list("subject", flat=True)
    ]


@pytest.mark.parametrize("marked", ["P1", "P11"])
def test_merging_takes_the_mark_along_also_one_from_above(boss, people, below, marked):
    into = CategoryFactory(facet=people.facet, code="P2")
    mark_sensitive(boss, Category.objects.get(code=marked), is_sensitive=True)
    merge_category(below, into, boss)
    assert marks() == ([marked, "P2"], [marked, "P2"])


def test_merging_within_what_is_marked_marks_nothing_anew(boss, people, below):
    beside = CategoryFactory(facet=people.facet, code="P12", broader=people)
    mark_sensitive(boss, people, is_sensitive=True)
    merge_category(below, beside, boss)
    assert marks() == (["P1"], ["P1"])


def test_taking_a_merging_back_leaves_both_marks(boss, people, below):
    into = CategoryFactory(facet=people.facet, code="P2")
    mark_sensitive(boss, below, is_sensitive=True)
    part_category(merge_category(below, into, boss), boss)
    assert marks() == (["P11", "P2"], ["P11", "P2"])


def test_the_category_s_page_sets_the_mark_and_tells_where_from(client, boss, people, below):
    client.force_login(boss)
    answer = client.post("/categories/P1/sensitive/", {"is_sensitive": "1"}, follow=True)
    assert "is never ticked beforehand now" in answer.content.decode()
    assert "Sensitive, as one above it is" in client.get("/categories/P11/").content.decode()
    client.post("/categories/P1/sensitive/", {"is_sensitive": "0"})
    assert "Sensitive, as" not in client.get("/categories/P11/").content.decode()
