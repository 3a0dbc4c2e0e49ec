"""The facts of a card are those of the training."""

import pytest

from annotation.models import Annotation
from annotation.reports.model_cards import card_of
from annotation.services.model_versions import request_training
from classifier import workflow
from tests.factories import GrantFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_night_keeps_the_facts_of_its_card(labelled_grants, pool, annotate):
    grants = [GrantFactory(description=f"A mural {n}", queued=True) for n in range(2)]
    for grant in grants:
        annotate(grant, "ARTS")
    labelled_grants[0].quality_flags = ["not_english"]
    labelled_grants[0].save()
    request_training()
    version = workflow.train_requested()
    card = card_of(version)
    own = Annotation.objects.order_by("pk")
    assert (card.first_at, card.last_at) == (own[0].submitted_at, own[1].submitted_at)
    assert (card.learned.n_annotations, card.n_annotators) == (2, 2)
    assert (card.learned.n_labels, card.learned.n_grants, card.n_labels) == (24, 26, 26)
    assert {band.examples: band.n_categories for band in card.bands} == {
        "0": 0, "1-4": 0, "5-9": 2, "10-19": 1, "20-49": 0, "50+": 0,
    }  # fmt: skip
    (level,) = card.levels
    assert (level.level, level.n_categories, level.n_labels) == ("1", 3, 26)
    assert level.figures[0].value == version.metrics["figures"]["micro_f1"]["value"]
    assert card.confusions is not None
    assert any(said.startswith("2 of 3 categories had fewer than ten") for said in card.limits)
    assert any(said.startswith("1 of the texts it learned from seem") for said in card.limits)
    assert any("not all drawn at random" in said for said in card.limits)
    assert card.artifact_sha256 == version.artifact_sha256 != ""
    assert [(role.words, role.n_people, role.n_annotations) for role in card.data.roles] == [
        ("Annotators", 2, 2)
    ]
    assert (card.data.n_labels, card.data.n_learned, card.data.n_grants) == (26, 26, 30)
    assert card.data.whole.micro_f1.value == level.figures[0].value
    assert (card.data.keywords.against, card.data.keywords.n_compared) == ("the word matcher", 1)


def test_where_nothing_is_labelled_the_card_says_so(categories, pool):
    request_training()
    version = workflow.train_requested()
    card = card_of(version)
    assert (card.n_labels, card.n_annotators, card.first_at, card.levels) == (0, 0, None, [])
    assert card.confusions is None
    assert "It has learned from no label" in card.limits[0]
    assert (card.data.n_learned, card.data.n_grants, card.data.keywords) == (0, 4, None)
