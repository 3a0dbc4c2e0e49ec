"""What an answer to a plant leaves behind, and taking it back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.errors import ClaimLost, InvalidAnswer, KeyReused, NothingToUndo
from annotation.models import (
    Adjudication,
    Annotation,
    Decision,
    Label,
    Outcome,
    Plant,
    PlantReply,
    QueueItem,
    Skip,
)
from annotation.reports.progress import today
from annotation.reports.recent_use import parked
from annotation.services import desk
from tests.annotation import planted
from tests.annotation.plant_fixtures import categories, due, eve
from tests.factories import (
    UserFactory,
)

__all__ = ["categories", "due", "eve"]
pytestmark = pytest.mark.django_db


# What an answer leaves behind


def test_an_answer_is_no_annotation_and_moves_nothing(due, eve):
    claim = planted.handed(eve)
    kinds = (Annotation, Decision, Outcome, Label, QueueItem, Adjudication, Skip)
    before = [list(kind.objects.order_by("pk").values()) for kind in kinds]
    n_today = today(eve).n_done
    stored = planted.reply(eve, claim, "accepted")
    assert (stored.verdict, stored.is_measured, stored.seconds) == ("accepted", True, 20)
    assert [list(kind.objects.order_by("pk").values()) for kind in kinds] == before
    assert today(eve).n_done == n_today + 1  # to the person it is a grant like any other


@pytest.mark.parametrize("verdict", ["accepted", "rejected", "left"])
def test_what_was_said_of_the_planted_one_is_kept(due, eve, verdict):
    claim = planted.handed(eve)
    assert planted.reply(eve, claim, verdict).verdict == verdict


def test_the_same_key_stores_an_answer_once(due, eve):
    claim = planted.handed(eve)
    first = planted.reply(eve, claim, "accepted", key="k")
    assert planted.reply(eve, claim, "accepted", key="k") == first
    with pytest.raises(KeyReused):
        planted.reply(eve, claim, "rejected", key="k")
    with pytest.raises(ClaimLost):
        planted.reply(eve, claim, "accepted", key="another")
    assert PlantReply.objects.get() == first


def test_an_answer_that_contradicts_itself_stores_nothing(due, eve):
    claim = planted.handed(eve)
    wrong = {"subject": planted.FacetAnswer("none_fits", accepted=("community",))}
    with pytest.raises(InvalidAnswer, match="cannot be none fits"):
        desk.submit(eve, claim.token, wrong, idempotency_key="k")
    assert not PlantReply.objects.exists()


def test_another_person_has_no_part_in_it(due, eve):
    claim = planted.handed(eve)
    mallory = UserFactory()
    for deed in (
        lambda: planted.reply(mallory, claim),
        lambda: desk.skip(mallory, claim.token, "other", claim.grant.reference),
        lambda: desk.renew(mallory, claim.token),
        lambda: desk.open_one(mallory, claim.grant),
    ):
        with pytest.raises(ClaimLost):
            deed()
    assert not PlantReply.objects.exists()


def test_replies_only_grow(due, eve):
    stored = planted.reply(eve, planted.handed(eve))
    for deed in (
        stored.delete,
        lambda: PlantReply.objects.update(verdict="rejected"),
        Plant.objects.all().delete,
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            deed()
    assert PlantReply.objects.get().verdict == "accepted"


# Undo, skips, lost claims


def test_an_undo_opens_it_again_filled_in_and_the_first_word_counts(due, eve):
    claim = planted.handed(eve)
    first = planted.reply(eve, claim, "accepted")
    reopened = desk.take_back(eve, idempotency_key="u")
    assert reopened.claim.grant == claim.grant
    assert reopened.claim.token != claim.token
    assert reopened.answers == planted.says(claim, "accepted")
    again = desk.take_back(eve, idempotency_key="u")  # its reply was lost
    assert (again.claim.token, again.answers) == (reopened.claim.token, reopened.answers)
    assert desk.claim_next(eve).filled == reopened.answers  # the page was reloaded
    with pytest.raises(ClaimLost):
        planted.reply(eve, claim)
    last = planted.reply(eve, reopened.claim, "rejected")
    assert list(PlantReply.objects.measured()) == [first]
    assert last.supersedes.supersedes == first
    with pytest.raises(NothingToUndo, match="again since"):
        desk.take_back(eve, idempotency_key="u")
    with pytest.raises(KeyReused):
        desk.take_back(eve, idempotency_key=last.idempotency_key)


def test_undo_takes_plants_and_annotations_back_in_their_order(due, eve):
    plant = planted.reply(eve, planted.handed(eve))
    claim = desk.claim_next(eve)
    desk.submit(eve, claim.token, planted.says(claim), idempotency_key="k")
    assert desk.take_back(eve, idempotency_key="u1").claim.grant == claim.grant
    assert desk.take_back(eve, idempotency_key="u1").claim.grant == claim.grant
    assert desk.take_back(eve, idempotency_key="u2").claim.grant == plant.plant.grant


def test_a_plant_is_undone_by_its_name_once(due, eve):
    stored = planted.reply(eve, planted.handed(eve))
    name = desk.name_of(stored)
    assert name.startswith("annotation-")  # the page shows no other name
    assert desk.take_back(eve, name).claim.grant == stored.plant.grant
    with pytest.raises(NothingToUndo, match="taken back already"):
        desk.take_back(eve, name)


@pytest.mark.parametrize("reason", ["other", "parked"])
def test_a_skipped_plant_is_opened_again_by_whoever_wants(due, eve, reason):
    claim = planted.handed(eve)
    skipped = desk.skip(eve, claim.token, reason, claim.grant.reference)
    assert desk.skip(eve, claim.token, reason, claim.grant.reference) == skipped  # sent again
    assert desk.claim_next(eve).grant != claim.grant
    assert [row.grant for row in parked(eve)] == [claim.grant] * (reason == "parked")
    assert not PlantReply.objects.measured().exists()
    name = desk.name_of(skipped)
    assert name.startswith("skip-")
    with pytest.raises(NothingToUndo):  # it is no annotation
        desk.take_back(eve, name.replace("skip-", "annotation-"))
    assert desk.take_back(eve, name).answers is None
    claim = planted.handed(eve)
    desk.skip(eve, claim.token, reason, claim.grant.reference)
    reopened = desk.open_one(eve, claim.grant)
    assert planted.reply(eve, reopened).is_measured
    with pytest.raises(ClaimLost, match="already"):
        desk.open_one(eve, claim.grant)


def test_opened_in_another_tab_the_first_one_is_told(due, eve):
    first = planted.handed(eve)
    second = desk.open_one(eve, first.grant)
    for deed in (planted.reply, lambda who, claim: desk.renew(who, claim.token)):
        with pytest.raises(ClaimLost):
            deed(eve, first)
    assert planted.reply(eve, second).is_measured


def test_a_plant_whose_time_ran_out_is_still_good(due, eve):
    claim = planted.handed(eve)
    Plant.objects.update(claimed_until=timezone.now() - timedelta(days=1))
    assert planted.reply(eve, claim).is_measured
