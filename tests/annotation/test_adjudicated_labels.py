"""What the page of a grant, and of its look-alikes, tells of an adjudication: who, when, what."""

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Annotation, Label, QueueItem
from annotation.reports.grant_history import grant_history
from annotation.reports.look_alikes import look_alikes
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant():
    """Two people agree about Subject and differ about Population."""
    subject, population = (FacetFactory(code=c, label=c.title()) for c in ("subject", "population"))
    CategoryFactory(facet=subject, code="SWIM", label="Swimming")
    CategoryFactory(facet=population, code="KIDS", label="Children")
    grant = GrantFactory(queued=True, queued__n_required=2)
    both = FacetAnswer("labelled", added=("KIDS",)), FacetAnswer("none_fits")
    for number, said in enumerate(both):
        person = UserFactory()
        answers = {"subject": FacetAnswer("labelled", added=("SWIM",)), "population": said}
        claim = claim_next_grant(person)
        submit_annotation(person, claim.token, answers, idempotency_key=str(number))
    return grant


def judge(grant, name, taken=("SWIM",), refused=("KIDS",), **outcomes):
    seen = Annotation.objects.current().filter(grant=grant).values_list("pk", flat=True)
    judgement = Judgement(frozenset(taken), frozenset(refused), outcomes=outcomes)
    by = AdministratorFactory(username=name)
    return adjudicate(by, grant, judgement, seen=list(seen))


def adjudicated(grant):
    (source,) = (s for s in grant_history(grant).labels if s.source == Label.Source.ADJUDICATED)
    return source


def page(grant):
    client = Client()
    client.force_login(AdministratorFactory())
    return client.get(f"/grants/{grant.pk}/").content.decode()


def test_a_label_names_who_adjudicated_it_and_when(grant):
    adjudication = judge(grant, "mei")
    ((category, (label,)),) = adjudicated(grant).categories
    assert (category.code, label.by, label.at) == ("SWIM", "mei", adjudication.adjudicated_at)


def test_a_facet_that_was_ruled_empty_is_told_with_its_outcome(grant):
    judge(grant, "mei", population="not_enough_text")
    (empty,) = adjudicated(grant).empty
    assert (empty.facet, empty.value, empty.by) == ("Population", "not_enough_text", "mei")
    html = page(grant)
    assert "No category of Population" in html and "not enough text, mei" in html
    assert "No category of Population: not enough text" in html  # in the history as well
    assert "No category of Subject" not in html


def test_an_adjudication_without_any_category_is_told_too(grant):
    judge(grant, "mei", taken=(), refused=("SWIM", "KIDS"))
    assert adjudicated(grant).categories == []
    assert {e.facet for e in adjudicated(grant).empty} == {"Subject", "Population"}


def test_a_later_adjudication_takes_the_word(grant):
    judge(grant, "mei", population="none_fits")
    judge(grant, "ada", taken=("SWIM", "KIDS"), refused=())
    found = adjudicated(grant)
    assert {g.by for _, given in found.categories for g in given} == {"ada"}
    assert found.empty == []
    assert page(grant).count("Superseded") == 1


def test_a_look_alike_says_it_as_well(grant):
    judge(grant, "mei")
    other = GrantFactory(title=grant.title, description=grant.description)
    QueueItem.objects.update(is_blind=False)
    type(grant).objects.update(text_key="same", is_compared=True)
    other.refresh_from_db()
    (alike,) = look_alikes(other)
    assert ("Adjudicated", "mei") in {(label.source_words, label.by) for label in alike.labels}
    assert ("Population", "none_fits", "mei") in {(o.facet, o.value, o.by) for o in alike.outcomes}
    assert all(label.at <= timezone.now() for label in alike.labels)
