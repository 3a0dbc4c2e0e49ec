"""Plants on which something changes while they lie open, or afterwards."""

import pytest

from annotation.errors import InvalidAnswer
from annotation.models import (
    Annotation,
    Category,
    PlantReply,
)
from annotation.services import desk
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.merge_categories import merge_category
from tests.annotation import planted
from tests.annotation.plant_fixtures import categories, due, eve
from tests.factories import (
    AdministratorFactory,
)

__all__ = ["categories", "due", "eve"]
pytestmark = pytest.mark.django_db


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
    planted.retire(categories["professional"])
    with pytest.raises(InvalidAnswer, match="retired"):
        planted.reply(eve, claim, "accepted")
    assert desk.claim_next(eve).grant != claim.grant
    assert not planted.reply(eve, claim, "rejected").is_measured


@pytest.mark.parametrize("code", ["professional", "sport"])
def test_marked_meanwhile_it_is_shown_no_more_and_tells_nothing(due, categories, eve, code):
    claim = planted.handed(eve)
    Category.objects.filter(pk=categories[code].pk).update(is_sensitive=True)
    assert desk.claim_next(eve).grant != claim.grant
    assert not planted.reply(eve, claim, "accepted").is_measured


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
    planted.retire(categories["women"])  # else "community" could not be merged
    one, other = (categories[code] for code in pair)
    merge_category(one, other, AdministratorFactory())
    assert not PlantReply.objects.measured().exists()
