"""Wrong suggestions planted among those of judged grants, and what each person said to them."""

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from annotation.models import Adjudication, Category, Grant, Plant, PlantReply, User
from annotation.services.insert_rows import insert_rows
from bench.history.grants import Hint, MadeGrant
from bench.history.people import PEOPLE, Answer, Person, answers
from bench.history.rows import shown_of
from bench.history.taxonomy import Term, siblings
from bench.history.work import Past

A_PERSON = 60  # many times as many as a site would plant, so that the figures say something
AGAIN = 50  # times that each is answered anew, to learn what is to be expected


def write_plants(
    past: Past, judged: Sequence[MadeGrant], terms: dict[str, Term], draw: random.Random
) -> dict[str, float]:
    """Plant and reply; returns how often each person is to be expected to accept one, by name.

    That is a little more than they take over of wrong suggestions: what is planted stands beside
    what is true, and who errs by themselves errs there.
    """
    known = {(deed.person, deed.grant.reference) for deed in past.deeds}
    expected: dict[str, float] = {}
    for person in PEOPLE:
        new = [g for g in judged if any(g.true.values()) and (person, g.reference) not in known]
        chosen = draw.sample(new, min(A_PERSON, len(new)))
        plants = [_planted(grant, terms, draw) for grant in chosen]
        said = [answers(person, grant, False, terms, draw) for grant, _ in plants]
        _write(person, plants, said, past.deeds[-1].at)
        again = [
            _verdict(answers(person, grant, False, terms, draw), code) == "accepted"
            for grant, code in plants
            for _ in range(AGAIN)
        ]
        if again:
            expected[person.name] = sum(again) / len(again)
    return expected


def _planted(
    grant: MadeGrant, terms: dict[str, Term], draw: random.Random
) -> tuple[MadeGrant, str]:
    """The grant with a wrong suggestion ticked first, a sibling of a true one; and its code."""
    true = {code for codes in grant.true.values() for code in codes}
    near = [s for code in sorted(true) for s in siblings(code, terms)]
    on_line = {c for c in near for t in true if c.startswith(t) or t.startswith(c)}
    wrong = draw.choice([code for code in near if code not in on_line])
    facet = terms[wrong].facet
    others = [hint for hint in grant.hints[facet] if hint.code != wrong]
    hints = grant.hints | {facet: [Hint(wrong, 0.97, is_ticked=True), *others]}
    return replace(grant, hints=hints), wrong


def _verdict(said: Mapping[str, Answer], code: str) -> str:
    return next(of.verdicts[code] for of in said.values() if code in of.verdicts)


def _write(
    person: Person,
    plants: Sequence[tuple[MadeGrant, str]],
    said: Sequence[dict[str, Answer]],
    at: datetime,
) -> None:
    by = User.objects.get(username=person.name)
    references = [grant.reference for grant, _ in plants]
    grants = Grant.objects.in_bulk(references, field_name="reference")
    rulings = Adjudication.objects.filter(grant__reference__in=references)
    judged = dict(rulings.values_list("grant__reference", "pk"))
    categories = dict(Category.objects.values_list("code", "pk"))
    insert_rows(
        Plant(annotator=by, claimed_until=at, handed_at=at),
        ("grant_id", "adjudication_id", "category_id", "shown", "content_sha256", "claim"),
        [
            (
                grants[grant.reference].pk,
                judged[grant.reference],
                categories[code],
                shown_of(grant, are_ticked=True),
                grants[grant.reference].content_sha256,
                uuid.uuid4(),
            )
            for grant, code in plants
        ],
    )
    keys = dict(Plant.objects.filter(annotator=by).values_list("grant__reference", "pk"))
    replied = PlantReply(
        kind=PlantReply.Kind.ANSWERED, is_measured=True, seconds=30, body_sha256="0" * 64,
        replied_at=at + timedelta(minutes=1),
    )  # fmt: skip
    insert_rows(
        replied,
        ("plant_id", "verdict", "answers", "idempotency_key"),
        [
            (keys[grant.reference], _verdict(own, code), _as_sent(own), str(uuid.uuid4()))
            for (grant, code), own in zip(plants, said, strict=True)
        ],
    )


def _as_sent(said: Mapping[str, Answer]) -> dict[str, object]:
    return {
        facet: {"outcome": of.outcome}
        | {
            verdict: sorted(code for code, v in of.verdicts.items() if v == verdict)
            for verdict in ("accepted", "rejected", "added")
        }
        for facet, of in said.items()
        if of.outcome
    }
