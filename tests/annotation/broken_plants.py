"""The rules of the tables of plants, each broken once."""

from django.utils import timezone

from annotation.models import Plant, PlantReply
from tests.annotation import planted
from tests.factories import UserFactory


def plant(**facts):
    adjudication = planted.settled(planted.tree())[0]
    return Plant.objects.create(
        **{
            "grant": adjudication.grant,
            "annotator": UserFactory(),
            "adjudication": adjudication,
            "category": adjudication.rulings.get(is_in=False).category,
            "shown": [],
            "content_sha256": "0" * 64,
            "claimed_until": timezone.now(),
        }
        | facts
    )


def reply(of=None, **facts):
    skip = {"kind": "skipped", "reason": "other", "idempotency_key": "once"}
    row = skip | {"body_sha256": "0" * 64} | facts
    return PlantReply.objects.create(plant=of or plant(), **row)


def two_plants():
    first = plant()
    return Plant.objects.create(
        grant=first.grant,
        annotator=first.annotator,
        adjudication=first.adjudication,
        category=first.category,
        shown=[],
        content_sha256="0" * 64,
        claimed_until=timezone.now(),
    )


def two_beginnings():
    return reply(of=reply().plant, idempotency_key="twice")


def one_key_for_two():
    first = reply()
    return reply(of=first.plant, kind="withdrawn", reason="", supersedes=first)


BROKEN = {
    "one_plant_a_person_and_grant": two_plants,
    "one_chain_of_replies_a_plant": two_beginnings,
    "one_reply_per_key_of_a_plant": one_key_for_two,
    "a_reply_answers_skips_or_withdraws": lambda: reply(reason=""),
    "only_answers_are_measured": lambda: reply(is_measured=True),
}
