"""A million decisions on 1,300 categories, written as the tables hold them.

Runs inside a site that has the taxonomy and the people: ``manage.py shell -c`` with
``from bench.steering_world import fill; fill()``.
"""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from annotation.models import (
    Annotation,
    AuditEvent,
    Category,
    Decision,
    Grant,
    ImportRun,
    Notice,
    Outcome,
    QueueItem,
    Suggestion,
    Taxonomy,
    User,
)
from annotation.services.insert_rows import insert_rows
from annotation.services.model_versions import ensure_lexical_version

GRANTS, WAITING, A_GRANT = 100_000, 30_000, 10
TWICE = 10  # one grant in so many was decided by a second person as well
DAYS = 730  # that all of it took
EVENTS, NOTICES = 200_000, 2_000
SHOWN = ("accepted", "accepted", "rejected", "left")
# Different answers for so many grants; then they come again.
DIFFERENT = 5_000


def fill() -> None:
    """Grants, what people decided on them, what is suggested for the others, log and notices."""
    draw = random.Random(1)
    keys = list(Category.objects.values_list("pk", "facet"))
    labels = list(Category.objects.values_list("label", flat=True))
    taxonomy = Taxonomy.objects.get(is_current=True)
    version = ensure_lexical_version(taxonomy)
    people = list(User.objects.filter(username__startswith="bench-reader").order_by("pk"))
    texts = [" ".join(draw.choices(labels, k=12)) for _ in range(DIFFERENT)]
    run = ImportRun.objects.create(kind="grants", file_name="made up")
    insert_rows(
        Grant(import_run=run, scored_by=version, content_sha256="0" * 64, title="Made up",
              inclusion_probability=0.1),
        ("reference", "stream", "award_date", "description", "programme", "recipient_place",
         "created_at"),
        ((f"M-{i}", "audit" if i % 10 == 0 else "pool", date(2010 + i % 16, 1, 1),
          texts[i % DIFFERENT], "Large" if i % 2 else f"Programme {i % 30}", f"Place {i % 60}",
          _at(i, GRANTS + WAITING))
         for i in range(GRANTS + WAITING)),
    )  # fmt: skip
    grants = list(Grant.objects.order_by("pk").values_list("pk", flat=True))
    insert_rows(
        QueueItem(stream="random"),
        ("grant_id", "is_open", "n_done", "priority"),
        ((pk, i >= GRANTS, int(i < GRANTS), 0.5) for i, pk in enumerate(grants)),
    )
    _decide(grants[:GRANTS], keys, people, version.pk, taxonomy.release.pk, draw)
    insert_rows(
        Suggestion(model_version=version, score=0.5),
        ("grant_id", "category_id", "rank", "is_ticked"),
        ((pk, keys[c][0], j + 1, j < 4)
         for i, pk in enumerate(grants[GRANTS:]) for j, c in enumerate(_chosen(i, len(keys), []))),
    )  # fmt: skip
    _log(people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _at(i: int, of: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=DAYS) * (1 - i / of)


def _chosen(i: int, n: int, some: Sequence[Sequence[int]]) -> list[int]:
    """Columns of the categories that a grant has: some by their weight, some evenly."""
    drawn = list(some[i % len(some)]) if some else []
    evenly = [i % n, i // 7 % n, *((i + j * 131) % n for j in range(A_GRANT))]
    return list(dict.fromkeys(drawn + evenly))[:A_GRANT]


def _decide(
    grants: Sequence[int],
    keys: Sequence[tuple[int, int]],
    people: Sequence[User],
    version: int,
    release: int,
    draw: random.Random,
) -> None:
    """One annotation of each grant, and of every tenth a second that says much the same."""
    done = [(i, pk, who) for i, pk in enumerate(grants) for who in range(1 + (i % TWICE == 0))]
    insert_rows(
        Annotation(model_version_id=version, stream="random", taxonomy_release_id=release,
                   content_sha256="0" * 64, body_sha256="0" * 64),
        ("grant_id", "annotator_id", "idempotency_key", "seconds", "submitted_at"),
        ((pk, people[(i // TWICE + i + who) % len(people)].pk, f"{pk}-{who}", 30 + i % 90,
          _at(i, len(grants))) for i, pk, who in done),
    )  # fmt: skip
    rows = Annotation.objects.values_list("idempotency_key", "pk")
    by_token = dict(rows.iterator())
    facets = sorted({facet for _, facet in keys})
    insert_rows(
        Outcome(value="labelled"),
        ("annotation_id", "facet_id"),
        ((pk, facet) for pk in by_token.values() for facet in facets),
    )
    weights = [1 / (1 + place) for place in range(len(keys))]
    columns = range(len(keys))
    some = [draw.choices(columns, weights, k=A_GRANT // 2) for _ in range(DIFFERENT)]
    insert_rows(
        Decision(),
        ("annotation_id", "category_id", "verdict", "score", "rank", "was_ticked"),
        ((by_token[f"{pk}-{who}"], keys[c][0],
          *(("added", None, None, None) if j == 0
            else (SHOWN[(i + j + who * (i % 3)) % 4], 0.5, j, j < 4)))
         for i, pk, who in done for j, c in enumerate(_chosen(i, len(keys), some))),
    )  # fmt: skip


def _log(people: Sequence[User]) -> None:
    """A long audit log, and the notices of two years."""
    boss = User.objects.get(username="bench-boss")
    actions = ("grants.imported", "person.deactivated", "version.promoted", "export.made")
    insert_rows(
        AuditEvent(actor=boss, details={"n": 3}),
        ("action", "subject", "happened_at"),
        ((actions[i % 4], people[i % len(people)].username, _at(i, EVENTS))
         for i in range(EVENTS)),
    )  # fmt: skip
    now = datetime.now(UTC)
    insert_rows(
        Notice(kind="night", words="It did not begin.", what_to_do="See the log.", closed_at=now),
        ("cause",),
        ((str(i),) for i in range(NOTICES)),
    )
