"""Which grants look like one, how they were labelled, and who may not see it yet."""

import uuid

import pytest
from django.test import Client

from annotation.models import Annotation, QueueItem, TextPair
from annotation.reports.look_alikes import look_alikes
from annotation.services.decisions import FacetAnswer, submit_annotation, withdraw_last
from annotation.services.queue import claim_next_grant
from annotation.services.revisions import reveal, revise
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    TaxonomyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return CategoryFactory(facet=FacetFactory(code="subject"), code="SWIM", label="Swimming")


@pytest.fixture
def grant():
    return GrantFactory(text_key="a")


def alike(key, similarity, **facts):
    TextPair.objects.get_or_create(text_key="a", other_key=key, defaults={"similarity": similarity})
    return GrantFactory(text_key=key, **facts)


def answer(grant, annotator, outcome="labelled", added=("SWIM",)):
    QueueItem.objects.filter(grant=grant).update(priority=9)
    claim = claim_next_grant(annotator)
    assert claim.grant == grant
    answer = FacetAnswer(outcome, added=added if outcome == "labelled" else ())
    submit_annotation(
        annotator, claim.token, {"subject": answer}, idempotency_key=str(uuid.uuid4())
    )


def test_the_same_words_come_before_those_that_are_only_near(grant):
    near, nearer = alike("b", 0.81), alike("c", 0.93)
    same = GrantFactory(text_key="a")
    GrantFactory(text_key="d")
    found = look_alikes(grant)
    assert [(a.grant, a.similarity) for a in found] == [(same, 1.0), (nearer, 0.93), (near, 0.81)]


def test_those_that_were_labelled_come_first_and_five_are_enough(grant, category):
    GrantFactory.create_batch(6, text_key="a")
    labelled = alike("b", 0.81)
    LabelFactory(grant=labelled, category=category)
    found = look_alikes(grant)
    assert len(found) == 5
    assert found[0].grant == labelled


def test_labels_tell_who_and_when(grant, category):
    other = alike("b", 0.9, queued=True)
    ada = UserFactory(username="ada")
    answer(other, ada)
    label = LabelFactory(grant=other, category=category)
    (found,) = look_alikes(grant)
    given = [(g.category.code, g.source, g.by, g.at) for g in found.labels]
    annotation = Annotation.objects.get()
    assert given == [
        ("SWIM", "annotator", "ada", annotation.submitted_at),
        ("SWIM", "imported", f"import {other.import_run_id}", label.created_at),
    ]


def test_a_blind_annotation_is_told_as_it_was_revised(grant, category):
    other = alike("b", 0.9, queued=True, stream="audit")
    SuggestionFactory(grant=other, category=category)
    ada = UserFactory(username="ada")
    answer(other, ada, outcome="none_fits")
    blind = Annotation.objects.get()
    reveal(blind)
    told = {"subject": FacetAnswer("labelled", ("SWIM",))}
    revise(ada, blind.pk, told, expected=None, idempotency_key="revision")
    (found,) = look_alikes(grant)
    assert [given.category.code for given in found.labels] == ["SWIM"]
    assert found.outcomes == []


def test_an_answer_without_categories_is_told_too(grant, category):
    other = alike("b", 0.9, queued=True)
    answer(other, UserFactory(username="ada"), outcome="none_fits")
    (found,) = look_alikes(grant)
    assert found.labels == []
    assert [(o.facet, o.value, o.by) for o in found.outcomes] == [("Subject", "none_fits", "ada")]


def test_what_was_taken_back_or_is_of_another_taxonomy_does_not_count(grant, category):
    other = alike("b", 0.9, queued=True)
    ada = UserFactory()
    answer(other, ada)
    withdraw_last(ada)
    foreign = TaxonomyFactory(name="Another", is_current=False)
    facet = FacetFactory(taxonomy=foreign)
    LabelFactory(grant=other, category=CategoryFactory(facet=facet, code="OLD"))
    (found,) = look_alikes(grant)
    assert (found.labels, found.outcomes) == ([], [])


def test_a_grant_that_is_decided_blind_is_told_nothing_of_its_look_alikes(category):
    audit = GrantFactory(text_key="a", stream="audit", queued=True)
    LabelFactory(grant=alike("b", 0.9), category=category)
    (found,) = look_alikes(audit)
    assert (found.is_hidden, found.labels) == (True, [])
    answer(audit, UserFactory())
    (found,) = look_alikes(audit)
    assert (found.is_hidden, len(found.labels)) == (False, 1)


def test_nobody_reads_a_blind_grant_s_labels_by_way_of_its_look_alike(grant, category):
    audit = alike("b", 0.9, stream="audit", queued=True, queued__n_required=2)
    LabelFactory(grant=alike("c", 0.8), category=category)
    answer(audit, UserFactory())
    hidden, shown = sorted(look_alikes(grant), key=lambda a: a.similarity, reverse=True)
    assert (hidden.grant, hidden.is_hidden, hidden.labels) == (audit, True, [])
    assert not shown.is_hidden and shown.labels
    answer(audit, UserFactory())
    assert not any(a.is_hidden for a in look_alikes(grant))


def test_a_text_without_words_has_none(django_assert_num_queries):
    grant, _ = GrantFactory.create_batch(2, text_key="")
    with django_assert_num_queries(0):
        assert look_alikes(grant) == []


def test_a_thousand_doubles_cost_as_much_as_five(grant, category, django_assert_max_num_queries):
    for other in GrantFactory.create_batch(30, text_key="a", queued=True):
        LabelFactory(grant=other, category=category)
        answer(other, UserFactory())
    with django_assert_max_num_queries(9):
        assert len(look_alikes(grant)) == 5


def test_the_piece_of_a_page_shows_them_and_hides_what_must_be_hidden(grant, category):
    client = Client()
    client.force_login(UserFactory())
    url = f"/grants/{grant.pk}/look-alikes/"
    assert "in the background" in client.get(url).content.decode()
    shown = alike("b", 0.9, title="<script>Pool fence")
    LabelFactory(grant=shown, category=category)
    hidden = alike("c", 0.8, stream="audit", queued=True)
    html = client.get(url).content.decode()
    assert "&lt;script&gt;Pool fence" in html and "<html" not in html
    assert "Swimming" in html and "90\N{NO-BREAK SPACE}% alike" in html
    assert f"/grants/{shown.pk}/" in html and f"/grants/{hidden.pk}/" not in html
    assert client.get("/grants/999999/look-alikes/").status_code == 404
