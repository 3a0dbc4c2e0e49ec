"""Merging a category into another: what then counts for what, what is refused, taking it back."""

import re
import uuid
from html import unescape

import pytest
from django.utils import timezone

from annotation.errors import InvalidAnswer, MergeRefused, NotAllowed
from annotation.models import AuditEvent, Category, Decision, Label, TaxonomyRelease
from annotation.reports.coverage import coverage, examples_of
from annotation.reports.grants import find_grants
from annotation.reports.merging import merging
from annotation.reports.standing import standing
from annotation.services.coverage_nights import count_due
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.merge_categories import merge_category, part_category
from annotation.services.queue import claim_next_grant
from annotation.services.watched_categories import watch_category
from tests.annotation import random_site
from tests.annotation.test_coverage_report import is_at_or_below, labelled_grants
from tests.annotation.test_grants_report import is_secret
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def camps():
    return CategoryFactory(code="CAMPS", label="Camps")


@pytest.fixture
def outdoors():
    return CategoryFactory(code="OUT", label="Outdoors")


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


def merged(camps, outdoors, grace):
    merge_category(camps, outdoors, grace)
    camps.refresh_from_db()
    return camps


def answer(grant, **answers):
    """A person's answer by way of the queue, of codes that were not suggested."""
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    assert claim.grant == grant
    said = {"subject": FacetAnswer(**answers)}
    return submit_annotation(annotator, claim.token, said, idempotency_key=uuid.uuid4().hex)


def found(code):
    return [row.grant for row in find_grants({"category": code}).rows]


def standing_of(grant):
    facet_of = dict(Category.objects.values_list("pk", "facet"))
    return standing([grant.pk], facet_of)[grant.pk].categories


def rows():
    return [sorted(model.objects.values_list("pk", "category")) for model in (Decision, Label)]


def test_what_was_given_the_one_counts_for_the_other_and_is_kept_as_it_was_said(
    camps, outdoors, grace
):
    said = GrantFactory(queued=True)
    answer(said, outcome="labelled", added=("CAMPS",))
    brought = LabelFactory(category=camps).grant
    both = LabelFactory(category=camps).grant
    LabelFactory(grant=both, category=outdoors)
    before = rows()
    assert merging(camps, outdoors).n_after == 3
    merged(camps, outdoors, grace)
    assert rows() == before
    assert found("OUT") == [said, brought, both]
    assert examples_of(outdoors) == 3
    assert [row.categories for row in find_grants({}).rows] == [["Outdoors"]] * 3
    assert [standing_of(g) for g in (said, brought, both)] == [[outdoors.pk]] * 3
    count_due(lambda go_on: {})
    line = next(r for facet in coverage().facets for r in facet.rows)
    assert (line.code, line.examples, line.with_below) == ("OUT", 3, 3)
    assert found("CAMPS") == [said, brought, both]  # those that name it


def test_it_counts_below_the_other_s_parents_and_no_longer_below_its_own(grace):
    sport, arts = CategoryFactory(code="SPORT"), CategoryFactory(code="ARTS")
    camps = CategoryFactory(code="CAMPS", broader=sport)
    dance = CategoryFactory(code="DANCE", broader=arts)
    grant = LabelFactory(category=camps).grant
    merge_category(camps, dance, grace)
    assert (found("ARTS"), found("DANCE"), found("SPORT")) == ([grant], [grant], [])


def test_a_yes_follows_and_a_no_was_said_of_the_old_one_alone(camps, outdoors, grace):
    grant = GrantFactory(queued=True, scored_by=ModelVersionFactory())
    for category in (camps, outdoors):
        SuggestionFactory(grant=grant, category=category, model_version=grant.scored_by)
    answer(grant, outcome="labelled", accepted=("OUT",), rejected=("CAMPS",))
    merged(camps, outdoors, grace)
    assert standing_of(grant) == [outdoors.pk]


@pytest.mark.parametrize("seed", range(2))
def test_on_a_random_site_every_category_finds_what_is_found_by_hand(seed, grace):
    random_site.build(seed)
    offered = Category.objects.active()
    leaf = next(c for c in offered if not offered.filter(broader=c).exists())
    into = next(c for c in offered.filter(facet=leaf.facet) if c != leaf)
    merge_category(leaf, into, grace)
    every = list(Category.objects.all())
    for top in every:
        below = [c for c in every if c != leaf and is_at_or_below(c, top)]
        below += [leaf] if into in below or top == leaf else []
        expected = set().union(*map(labelled_grants, below))
        expected = {pk for pk in expected if not is_secret(pk)}
        assert {grant.pk for grant in found(top.code)} == expected, top


def test_taken_back_everything_is_as_it_was(camps, outdoors, grace):
    grant = LabelFactory(category=camps).grant
    part_category(merged(camps, outdoors, grace), grace)
    camps.refresh_from_db()
    assert (camps.retired_at, camps.merged_into) == (None, None)
    assert (found("CAMPS"), found("OUT"), standing_of(grant)) == ([grant], [], [camps.pk])


def test_the_other_one_is_watched_when_this_one_was(camps, outdoors, grace):
    watch_category(grace, camps, is_watched=True)
    merged(camps, outdoors, grace)
    outdoors.refresh_from_db()
    assert outdoors.is_watched
    watched = AuditEvent.objects.filter(action="category watched").order_by("pk")
    assert list(watched.values_list("subject", flat=True)) == ["CAMPS Camps", "OUT Outdoors"]


def test_each_deed_is_a_release_and_is_noted(camps, outdoors, grace):
    part_category(merged(camps, outdoors, grace), grace)
    deeds = AuditEvent.objects.order_by("pk").values_list("actor", "action", "subject", "details")
    assert list(deeds) == [
        (grace.pk, "category merged", "CAMPS Camps", {"into": "OUT", "along_with": []}),
        (grace.pk, "category parted", "CAMPS Camps", {"of": "OUT"}),
    ]
    assert [r.number for r in TaxonomyRelease.objects.order_by("number")] == [1, 2, 3]


def test_what_was_merged_before_goes_along_and_stays(camps, outdoors, grace):
    tents = CategoryFactory(code="TENTS")
    grant = LabelFactory(category=tents).grant
    merge_category(tents, camps, grace)
    assert merging(camps, outdoors).earlier == [tents]
    part_category(merged(camps, outdoors, grace), grace)
    assert found("OUT") == [grant]
    assert found("CAMPS") == []


def test_what_makes_no_sense_is_refused_and_nothing_is_stored(camps, outdoors, grace):
    people = CategoryFactory(facet=FacetFactory(code="population"))
    gone = CategoryFactory(code="GONE", retired_at=timezone.now())
    above = CategoryFactory(code="ABOVE")
    CategoryFactory(broader=above)
    for one, other, words in (
        (camps, camps, "into itself"),
        (camps, people, "another facet"),
        (camps, gone, "GONE .* is no longer offered"),
        (gone, camps, "GONE .* is no longer offered"),
        (above, camps, "has 1 below it that is offered"),
    ):
        with pytest.raises(MergeRefused, match=words):
            merge_category(one, other, grace)
    with pytest.raises(MergeRefused, match="is not merged into another"):
        part_category(gone, grace)
    with pytest.raises(NotAllowed):
        merge_category(camps, outdoors, UserFactory())
    with pytest.raises(NotAllowed):
        part_category(gone, UserFactory())
    assert not Category.objects.exclude(merged_into=None).exists()
    assert not AuditEvent.objects.exists()


def test_it_is_not_taken_back_below_a_parent_that_is_gone(grace, outdoors):
    above = CategoryFactory(code="ABOVE")
    below = merged(CategoryFactory(broader=above), outdoors, grace)
    merge_category(above, outdoors, grace)
    with pytest.raises(MergeRefused, match=r"ABOVE .* is no longer offered"):
        part_category(below, grace)


def test_whoever_chose_it_meanwhile_is_told_the_one_that_stands_for_it(camps, outdoors, grace):
    grant = GrantFactory(queued=True)
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    merged(camps, outdoors, grace)
    said = {"subject": FacetAnswer("labelled", added=("CAMPS",))}
    with pytest.raises(InvalidAnswer, match="Choose OUT Outdoors, which stands for it now"):
        submit_annotation(annotator, claim.token, said, idempotency_key="key")
    assert not Decision.objects.filter(annotation__grant=grant).exists()


@pytest.fixture
def browser(client, grace):
    client.force_login(grace)
    return client


def words(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode())))


def test_the_page_says_what_will_change_before_it_does(browser, camps, outdoors):
    LabelFactory(category=camps)
    both = LabelFactory(category=camps).grant
    LabelFactory(grant=both, category=outdoors)
    assert "Merge into another category" in words(browser.get("/categories/CAMPS/"))
    asked = browser.get("/categories/CAMPS/merge/")
    assert "Before anything changes you see what would" in words(asked)
    shown = words(browser.get("/categories/CAMPS/merge/", {"into": "OUT"}))
    assert "Merge Camps into Outdoors?" in shown
    assert (
        "2 grants were given Camps directly, 1 of them Outdoors as well; "
        "Outdoors has 1 now and 2 then." in shown
    )
    assert Category.objects.active().count() == 2  # a look changes nothing
    done = browser.post("/categories/CAMPS/merge/", {"into": "OUT"}, follow=True)
    assert done.redirect_chain == [("/categories/OUT/", 302)]
    assert "Camps is merged into Outdoors." in words(done)
    page = browser.get("/categories/CAMPS/")
    assert "It was merged into Outdoors , and counts for it." in words(page)
    assert "the 2 grants that were given it" in words(browser.get("/categories/CAMPS/part/"))
    browser.post("/categories/CAMPS/part/")
    assert Category.objects.active().count() == 2
    for send in (browser.get, browser.post):
        refused = send("/categories/CAMPS/part/")
        assert refused.status_code == 409
        assert "is not merged into another category" in words(refused)


@pytest.mark.parametrize(
    ("into", "said"),
    [
        ("", "Enter the code of a category"),
        ("CAMPS", "cannot be merged into itself"),
        ("NONE", "No category has the code NONE"),
        ("<b>", "No category has the code <b>"),
        ("\0", "Null characters are not allowed"),
        ("x" * 41, "at most 40 characters"),
    ],
)
def test_a_wrong_code_is_named_and_kept(browser, camps, into, said):
    for send in (browser.get, browser.post):
        page = send("/categories/CAMPS/merge/", {"into": into})
        assert page.status_code == 422
        assert said in words(page).replace("< b >", "<b>")
        assert b"<b>No" not in page.content
    assert Category.objects.active().count() == 1
