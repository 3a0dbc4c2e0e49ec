"""Plants: who is handed a wrong suggestion, when, and on what."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import (
    Annotation,
    Plant,
    QueueItem,
    Skip,
)
from annotation.reports.progress import waiting
from annotation.services import desk
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.merge_categories import merge_category
from annotation.services.planting import is_due
from annotation.services.queue import claim_next_grant
from tests.annotation import planted
from tests.annotation.plant_fixtures import categories, due, eve
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

__all__ = ["categories", "due", "eve"]
pytestmark = pytest.mark.django_db


def mark(category):
    category.is_sensitive = True
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
    assert waiting(eve).n_open == 0
    other = UserFactory()
    assert waiting(other).n_open == 1
    assert claim_next_grant(other).grant == due.grant


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
    planted.retire(CategoryFactory(facet=categories["sport"].facet, broader=categories["sport"]))
    planted.worked(eve)
    planted.handed(eve)
    # Beside "community", as "school" is; "women" and "sport" lie on its line, "music" below "arts".
    assert Plant.objects.get().category == categories["professional"]


@pytest.mark.parametrize("marked", ["professional", "sport"])
def test_nothing_under_a_mark_is_planted(due, categories, eve, marked):
    """Refused by people and nearest, but it would come ticked, which only a person may do."""
    mark(categories[marked])
    claim = planted.handed(eve)
    (plant,) = Plant.objects.all()
    assert plant.category == categories["school" if marked == "professional" else "arts"]
    shown = next(s for s in claim.shown if s["category"] == plant.category.code)
    assert (shown["ticked"], shown["needs_person"]) == (True, False)


def test_what_a_file_says_counts_for_the_category_that_it_became(due, categories, eve):
    said = CategoryFactory(facet=categories["sport"].facet, broader=categories["sport"])
    LabelFactory(grant=due.grant, category=said)
    merge_category(said, categories["professional"], AdministratorFactory())
    planted.handed(eve)
    assert Plant.objects.get().category == categories["school"]


def test_what_was_refused_counts_for_the_category_that_it_became(due, categories, eve):
    merge_category(categories["professional"], categories["school"], AdministratorFactory())
    other = CategoryFactory(facet=categories["sport"].facet, broader=categories["sport"])
    SuggestionFactory(grant=due.grant, category=other, score=0.99)
    planted.handed(eve)
    assert Plant.objects.get().category == categories["school"]


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
