"""What an administrator decided where people differed: always rightly, and most of the cases."""

import random
from collections import defaultdict
from collections.abc import Mapping

from annotation.models import (
    Adjudication,
    Category,
    Facet,
    FacetRuling,
    Grant,
    Label,
    ModelVersion,
    Ruling,
    User,
)
from annotation.services.insert_rows import insert_rows
from bench.history.grants import MadeGrant
from bench.history.people import JUDGED, differ, right_answer
from bench.history.work import Deed, Past
from bench.history.world import JUDGE


def differing(past: Past) -> list[list[Deed]]:
    """The standing annotations of each grant in which two who answered a facet differ there."""
    of_grant: dict[str, list[Deed]] = defaultdict(list)
    for deed in past.standing():
        of_grant[deed.grant.reference].append(deed)
    return [deeds for deeds in of_grant.values() if differ([deed.answers for deed in deeds])]


def judge(
    past: Past, keys: Mapping[Deed, int], version: ModelVersion, draw: random.Random
) -> list[MadeGrant]:
    """Write the adjudications; returns the grants that were judged."""
    judged = [deeds for deeds in differing(past) if draw.random() < JUDGED]
    grants = dict(Grant.objects.values_list("reference", "pk"))
    by = User.objects.get(username=JUDGE)
    insert_rows(
        Adjudication(adjudicator=by, taxonomy_release=version.taxonomy.release),
        ("grant_id", "adjudicated_at"),
        [(grants[d[0].grant.reference], max(deed.at for deed in d)) for d in judged],
    )
    made = dict(Adjudication.objects.values_list("grant__reference", "pk"))
    links = [(made[deed.grant.reference], keys[deed]) for deeds in judged for deed in deeds]
    through = Adjudication.annotations.through
    insert_rows(through(), ("adjudication_id", "annotation_id"), links)
    _rule(judged, made, grants)
    return [deeds[0].grant for deeds in judged]


def _rule(judged: list[list[Deed]], made: Mapping[str, int], grants: Mapping[str, int]) -> None:
    categories = dict(Category.objects.values_list("code", "pk"))
    facets = dict(Facet.objects.values_list("code", "pk"))
    rulings, outcomes, labels = [], [], []
    for deeds in judged:
        grant = deeds[0].grant
        for facet, true in grant.true.items():
            chosen = {code for deed in deeds for code in deed.answers[facet].chosen}
            for code in sorted(chosen | true):
                rulings.append((made[grant.reference], categories[code], code in true))
            labels += [(grants[grant.reference], categories[code]) for code in sorted(true)]
            outcome = right_answer(grant, facet, is_blind=True).outcome
            outcomes.append((made[grant.reference], facets[facet], outcome))
    insert_rows(Ruling(), ("adjudication_id", "category_id", "is_in"), rulings)
    insert_rows(FacetRuling(), ("adjudication_id", "facet_id", "value"), outcomes)
    adjudicated = Label(source=Label.Source.ADJUDICATED)
    insert_rows(adjudicated, ("grant_id", "category_id"), labels)
