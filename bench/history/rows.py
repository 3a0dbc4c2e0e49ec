"""What people decided, as rows: such as the services would have left, in bulk."""

import hashlib
import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from annotation.models import (
    Annotation,
    Category,
    Decision,
    Facet,
    Grant,
    ModelVersion,
    Outcome,
    QueueItem,
    Reveal,
    User,
)
from annotation.services.insert_rows import insert_rows
from bench.history.grants import MadeGrant
from bench.history.work import Deed, Past

BATCH = 500


def write_past(past: Past, version: ModelVersion, draw: random.Random) -> dict[Deed, int]:
    """Annotations with all that hangs on them, and the queue as they leave it.

    Returns the key of each deed's annotation. Keys follow time but for what came later upon an
    annotation, which is written last.
    """
    grants = {g.reference: g for g in Grant.objects.all()}
    keys: dict[Deed, int] = {}
    for deeds in (past.deeds, past.later):
        _annotate(deeds, grants, version, keys, draw)
    blind = [deed for deed in past.deeds if deed.is_blind and deed.stream != "audit"]
    insert_rows(
        Reveal(model_version=version),
        ("annotation_id", "shown", "revealed_at"),
        [
            (keys[deed], shown_of(deed.grant, are_ticked=False), deed.at + timedelta(seconds=1))
            for deed in blind
        ],
    )
    _close_queue(past, grants)
    _arrive(past, grants)
    return keys


def _annotate(
    deeds: Sequence[Deed],
    grants: dict[str, Grant],
    version: ModelVersion,
    keys: dict[Deed, int],
    draw: random.Random,
) -> None:
    people = dict(User.objects.values_list("username", "pk"))
    release = version.taxonomy.release
    tokens = {deed: str(uuid.UUID(int=draw.getrandbits(128))) for deed in deeds}
    insert_rows(
        Annotation(taxonomy_release=release),
        ("grant_id", "annotator_id", "model_version_id", "supersedes_id", "revises_id",
         "is_withdrawal", "is_blind", "stream", "content_sha256", "seconds", "idempotency_key",
         "body_sha256", "submitted_at"),
        [
            (
                grants[d.grant.reference].pk,
                people[d.person.name],
                None if d.is_blind else version.pk,
                keys[d.after] if d.after and d.kind != "revision" else None,
                keys[d.after] if d.after and d.kind == "revision" else None,
                d.kind == "withdrawal",
                d.is_blind,
                d.stream,
                grants[d.grant.reference].content_sha256,
                d.seconds,
                tokens[d],
                hashlib.sha256(repr(d.answers).encode()).hexdigest(),
                d.at,
            )
            for d in deeds
        ],
    )  # fmt: skip
    by_token = dict(Annotation.objects.values_list("idempotency_key", "pk"))
    keys |= {deed: by_token[token] for deed, token in tokens.items()}
    _answer(deeds, keys)


def _answer(deeds: Sequence[Deed], keys: dict[Deed, int]) -> None:
    facets = dict(Facet.objects.values_list("code", "pk"))
    categories = dict(Category.objects.values_list("code", "pk"))
    insert_rows(
        Outcome(),
        ("annotation_id", "facet_id", "value"),
        [
            (keys[deed], facets[code], answer.outcome)
            for deed in deeds
            for code, answer in deed.answers.items()
            if answer.outcome
        ],
    )
    rows = []
    for deed in deeds:
        for facet, answer in deed.answers.items():
            shown = {h.code: (h.score, i, h.is_ticked and deed.kind != "revision")
                     for i, h in enumerate(deed.grant.hints[facet], start=1)}  # fmt: skip
            for code, verdict in answer.verdicts.items():
                seen = (None, None, None) if verdict == "added" else shown[code]
                rows.append((keys[deed], categories[code], verdict, *seen))
    columns = ("annotation_id", "category_id", "verdict", "score", "rank", "was_ticked")
    insert_rows(Decision(), columns, rows)


def shown_of(grant: MadeGrant, *, are_ticked: bool) -> list[dict[str, object]]:
    """The suggestions as they are kept where they were shown."""
    return [
        {"facet": facet, "category": hint.code, "label": hint.code, "path": [], "definition": "",
         "scope_note": "", "score": hint.score, "rank": rank,
         "ticked": are_ticked and hint.is_ticked, "lexical": False, "evidence": []}
        for facet, hints in grant.hints.items()
        for rank, hint in enumerate(hints, start=1)
    ]  # fmt: skip


def _close_queue(past: Past, grants: dict[str, Grant]) -> None:
    withdrawn = {d.grant.reference for d in past.later if d.kind == "withdrawal"}
    streams: dict[tuple[str, int], list[int]] = defaultdict(list)
    n_done: dict[str, int] = defaultdict(int)
    for deed in past.deeds:
        n_done[deed.grant.reference] += 1
    last = {deed.grant.reference: deed.stream for deed in past.deeds}
    for reference, n in n_done.items():
        n = n - (reference in withdrawn)
        streams[last[reference], n].append(grants[reference].pk)
    for (stream, n), pks in streams.items():
        for start in range(0, len(pks), BATCH):
            items = QueueItem.objects.filter(grant__in=pks[start : start + BATCH])
            items.update(stream=stream, n_done=n, is_open=n == 0)


def _arrive(past: Past, grants: dict[str, Grant]) -> None:
    """Each grant came, and was awarded, on the Saturday before it was decided first."""
    first: dict[str, datetime] = {}
    for deed in past.deeds:
        first.setdefault(deed.grant.reference, deed.at)
    arrivals: dict[date, list[int]] = defaultdict(list)
    for reference, at in first.items():
        arrivals[(at - timedelta(days=at.weekday() + 2)).date()].append(grants[reference].pk)
    for day, pks in arrivals.items():
        at = datetime.combine(day, time(), past.deeds[0].at.tzinfo)
        for start in range(0, len(pks), BATCH):
            came = Grant.objects.filter(pk__in=pks[start : start + BATCH])
            came.update(created_at=at, award_date=day)
