"""Plants: who is handed a wrong suggestion, when, on what, and what the answer leaves behind."""

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
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.merge_categories import merge_category
from annotation.services.planting import is_due
from annotation.services.queue import claim_next_grant
from tests.annotation import planted
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def categories():
    return planted.tree()


@pytest.fixture
def eve():
    return UserFactory(username="eve")


@pytest.fixture
def due(categories, eve):
    """Eve is due for a plant; one settled grant is there, and grants wait."""
    planted.on()
    (adjudication,) = planted.settled(categories)
    planted.worked(eve)
    GrantFactory.create_batch(3, queued=True)
    return adjudication


def retire(category):
    category.retired_at = timezone.now()
    category.save()


# Who is handed one, and when


def test_nothing_is_planted_while_the_setting_is_off(due, eve):
    planted.off()
    assert desk.claim_next(eve).stream == QueueItem.objects.first().stream
    assert not Plant.objects.exists()


def test_ninety_nine_grants_of_their_own_lie_before_each_plant(categories, eve):
    """So at 1 % no more than one in a hundred is planted, from the first one on."""
    planted.worked(eve, 98)
    assert not is_due(eve, 0.01)
    planted.worked(eve, 51)  # and half as many again by lot
    assert is_due(eve, 0.01)
    assert not is_due(eve, 0.005)
    planted.on()
    planted.settled(categories, 2)
    planted.reply(eve, planted.handed(eve))
    planted.worked(eve, 98)
    assert not is_due(eve, 0.01)
    planted.worked(eve, 52)
    assert is_due(eve, 0.01)


def test_loading_the_page_again_plants_nothing_more(due, eve):
    claims = {planted.handed(eve).token for _ in range(3)}
    assert len(claims) == 1
    ahead = [desk.claim_next(eve, claims, is_ahead=True).token for _ in range(2)]
    assert Plant.objects.count() == 1
    assert QueueItem.objects.filter(claim__in=ahead).exists()


def test_what_lay_on_the_screen_comes_first_again(due, eve):
    on_screen = claim_next_grant(eve)
    plant = planted.handed(eve, besides={on_screen.token}, is_ahead=True)
    assert desk.claim_next(eve).token == on_screen.token
    desk.renew(eve, plant.token)
    Plant.objects.update(claimed_until=timezone.now() + timedelta(hours=1))
    assert desk.claim_next(eve).token == plant.token


@pytest.mark.parametrize(
    "known", ["annotated", "withdrawn", "skipped", "planted", "adjudicated", "waits", "rewritten"]
)
def test_no_plant_on_a_grant_that_is_known_or_not_settled(due, eve, known):
    grant = due.grant
    if known in ("annotated", "withdrawn"):
        QueueItem.objects.create(grant=grant)
        claim = desk.open_one(eve, grant)
        answers = planted.says(claim)
        desk.submit(eve, claim.token, answers, idempotency_key="mine")
        QueueItem.objects.filter(grant=grant).update(is_open=False, n_done=1)
    if known == "withdrawn":
        desk.take_back(eve)
        QueueItem.objects.filter(grant=grant).delete()
    if known == "skipped":
        Skip.objects.create(grant=grant, annotator=eve, reason="distressing")
    if known == "planted":
        planted.reply(eve, planted.handed(eve))
        planted.worked(eve)
    if known == "adjudicated":
        seen = Annotation.objects.filter(grant=grant).values_list("pk", flat=True)
        eve.role = "administrator"
        adjudicate(eve, grant, Judgement(frozenset({"community"}), {"professional"}), seen=seen)
    if known == "waits":
        QueueItem.objects.create(grant=grant)
        QueueItem.objects.exclude(grant=grant).update(priority=1)
    if known == "rewritten":
        grant.content_sha256 = "1" * 64
        grant.save()
    before = Plant.objects.count()
    assert desk.claim_next(eve).grant != grant
    assert Plant.objects.count() == before


def test_where_both_may_stand_nothing_is_wrong(due, eve):
    seen = Annotation.objects.filter(grant=due.grant).values_list("pk", flat=True)
    adjudicate(AdministratorFactory(), due.grant, Judgement(both_may_stand=True), seen=seen)
    desk.claim_next(eve)
    assert not Plant.objects.exists()


def test_a_grant_seen_as_a_plant_comes_to_that_person_by_no_queue(due, eve):
    planted.reply(eve, planted.handed(eve))
    QueueItem.objects.exclude(grant=due.grant).delete()
    QueueItem.objects.create(grant=due.grant, is_blind=True, stream="recheck")
    assert desk.claim_next(eve) is None
    assert claim_next_grant(eve) is None
    assert claim_next_grant(UserFactory()).grant == due.grant


# What is planted


def test_a_sibling_that_people_chose_and_the_adjudication_refused_is_planted(due, eve):
    claim = planted.handed(eve)
    assert claim.grant == due.grant
    assert [(s["category"], s["ticked"]) for s in claim.shown] in (
        [("community", True), ("professional", True)],
        [("professional", True), ("community", True)],
    )
    assert [s["rank"] for s in claim.shown] == [1, 2]
    assert all(s["score"] == pytest.approx(0.9) for s in claim.shown)
    assert claim.shown[0].keys() == claim.shown[1].keys()
    assert (claim.is_blind, claim.stream, claim.reason) == (False, "random", "")


def test_the_nearest_miss_is_neither_above_nor_below_a_true_one_nor_said_by_a_file(categories, eve):
    planted.on()
    (adjudication,) = planted.settled(categories, taken=("community", "arts"), refused=("music",))
    LabelFactory(grant=adjudication.grant, category=categories["school"])
    retire(CategoryFactory(facet=categories["sport"].facet, broader=categories["sport"]))
    planted.worked(eve)
    planted.handed(eve)
    # Beside "community", as "school" is; "women" and "sport" lie on its line, "music" below "arts".
    assert Plant.objects.get().category == categories["professional"]


def test_without_a_sibling_another_category_of_the_facet_is_planted(eve):
    categories = {c.code: c for c in (CategoryFactory(code="a"), CategoryFactory(code="b"))}
    child = CategoryFactory(facet=categories["a"].facet, broader=categories["a"], code="community")
    planted.on()
    planted.settled(categories | {"community": child}, refused=())
    planted.worked(eve)
    planted.handed(eve)
    assert Plant.objects.get().category.code == "b"


def test_where_nothing_can_be_wrong_nothing_is_planted(eve):
    planted.on()
    planted.settled({"community": CategoryFactory(code="community")}, refused=())
    planted.worked(eve)
    assert desk.claim_next(eve) is None


def test_what_the_model_suggests_already_is_ticked_and_listed_once(due, categories, eve):
    SuggestionFactory(
        grant=due.grant, category=categories["professional"], score=0.1, is_ticked=False,
        evidence=["juniors"],
    )  # fmt: skip
    shown = {s["category"]: s for s in planted.handed(eve).shown}
    assert len(shown) == 2
    assert shown["professional"]["ticked"]
    assert shown["professional"]["score"] == pytest.approx(0.9)
    assert shown["professional"]["evidence"] == ["juniors"]


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


# Undo, skips, lost claims


def test_an_undo_opens_it_again_filled_in_and_the_last_word_counts(due, eve):
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
    assert list(PlantReply.objects.measured()) == [last]
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
    assert desk.take_back(eve, desk.name_of(skipped)).answers is None
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


# What changes while it lies open


def test_switched_off_meanwhile_it_can_be_saved_and_tells_nothing(due, eve):
    claim = planted.handed(eve)
    planted.off()
    assert desk.claim_next(eve).grant != claim.grant
    assert not planted.reply(eve, claim).is_measured
    assert not PlantReply.objects.measured().exists()
    assert not Annotation.objects.filter(grant=claim.grant, annotator=eve).exists()


def test_its_category_retired_meanwhile_it_can_be_crossed_out_and_tells_nothing(
    due, categories, eve
):
    claim = planted.handed(eve)
    retire(categories["professional"])
    with pytest.raises(InvalidAnswer, match="retired"):
        planted.reply(eve, claim, "accepted")
    assert desk.claim_next(eve).grant != claim.grant
    assert not planted.reply(eve, claim, "rejected").is_measured


def test_its_text_changed_meanwhile_it_tells_nothing(due, eve):
    claim = planted.handed(eve)
    due.grant.content_sha256 = "1" * 64
    due.grant.save()
    assert desk.claim_next(eve).grant != claim.grant
    assert not planted.reply(eve, claim).is_measured


def test_adjudicated_anew_it_tells_nothing_any_more(due, eve):
    planted.reply(eve, planted.handed(eve))
    assert PlantReply.objects.measured().exists()
    seen = Annotation.objects.filter(grant=due.grant).values_list("pk", flat=True)
    judgement = Judgement(frozenset({"community", "professional"}))
    adjudicate(AdministratorFactory(), due.grant, judgement, seen=seen)
    assert not PlantReply.objects.measured().exists()


@pytest.mark.parametrize("pair", [("professional", "community"), ("community", "professional")])
def test_merged_with_a_true_one_it_was_no_wrong_suggestion(due, categories, eve, pair):
    planted.reply(eve, planted.handed(eve))
    retire(categories["women"])  # else "community" could not be merged
    one, other = (categories[code] for code in pair)
    merge_category(one, other, AdministratorFactory())
    assert not PlantReply.objects.measured().exists()


# What the database refuses


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
