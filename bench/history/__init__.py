"""A site's past, written at once: what eight simulated people decided, and the truth behind it.

    python -m bench.history [--decisions 20000] [--seed 1] [--truth TRUTH.json] [--check]

writes it into the site of ``VAR_DIR`` and ``DATABASE_URL``, which must hold no taxonomy and no
grants. Everybody's accuracy, how often they take over wrong suggestions, how well they agree and
what drifts when is set in :mod:`bench.history.people` and :mod:`bench.history.grants`, so pages can
be held against it. Grants, taxonomy and people are made up.
"""

import math
import random
from datetime import datetime
from typing import Any

from bench.history import expected
from bench.history.grants import make_grants
from bench.history.taxonomy import make_terms
from bench.history.truth import MANY, truth
from bench.history.work import make_past

A_GRANT = 5.5  # decisions, or a little more: what nobody comes to waits in the queue


def write_history(
    n_decisions: int = 20_000, seed: int = 1, end: datetime | None = None, many: int = MANY
) -> dict[str, Any]:
    """Write a past of so many decisions (verdicts on categories, a few more) into an empty site.

    Args:
        end: all was done before it; now, where it is not given.
        many: grants by which expectations are measured, see there.

    Returns the truth, as :func:`bench.history.truth.truth` has it, with what was written in numbers
    (``n_...``).

    Raises:
        ValueError: the site holds a taxonomy or grants; nothing is written.
    """
    # Only here: Django must be set up, and what is made up needs none of it.
    from django.db import connection, transaction
    from django.utils import timezone

    from annotation.models import Annotation, Decision, Grant, Plant, Taxonomy
    from annotation.services.coverage_nights import note_audit
    from annotation.services.rollup_check import put_right
    from bench.history.judging import judge
    from bench.history.plants import write_plants
    from bench.history.rows import write_past
    from bench.history.world import places, write_world
    from classifier.audit_figures import audit_figures

    if Taxonomy.objects.exists() or Grant.objects.exists():
        raise ValueError(
            f"The site holds {Taxonomy.objects.count()} taxonomies and {Grant.objects.count()} "
            "grants. Name an empty one by VAR_DIR or DATABASE_URL."
        )
    draw = random.Random(seed)
    terms = make_terms(draw)
    grants = make_grants(round(n_decisions / A_GRANT) + 20, terms, draw)
    with transaction.atomic():
        version = write_world(terms, grants)
        planned = places()
        past = make_past(grants, planned, terms, n_decisions, end or timezone.now(), draw)
        keys = write_past(past, version, draw)
        judged = judge(past, keys, version, draw)
        accepted = write_plants(past, judged, terms, random.Random(f"plants {seed}"))
    # A planner that takes the tables for empty asks of each row for all others.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    # What is written at once is followed by no counts: they are made as a night makes them.
    put_right()
    note_audit(audit_figures())
    twice = [planned[g.reference] for g in past.done if planned[g.reference].n_required > 1]
    blind = sum(place.is_blind for place in twice) / len(twice)
    found = truth(past, terms, len(grants), blind, seed, many)
    again = random.Random(f"again {seed}")
    times = math.ceil(many / len(past.done))
    upheld = expected.upheld(past.done * times, blind, terms, again)
    for name, person in found["people"].items():
        person |= {"plants_accepted": accepted.get(name), "upheld": upheld.get(name)}
    return found | {
        "again": expected.stands_again(past.done, planned, terms, again),
        "overridden_by_programme": expected.overridden_by_programme(
            past.done * times, terms, again
        ),
        "facts": expected.facts(past),
        "examples": expected.examples(past, judged, planned),
        "n_decisions": Decision.objects.count(),
        "n_annotations": Annotation.objects.count(),
        "n_grants": len(grants),
        "n_done": len(past.done),
        "n_twice": len(twice),
        "n_adjudications": len(judged),
        "n_plants": Plant.objects.count(),
        "n_audit": sum(place.is_audit for place in planned.values()),
    }
