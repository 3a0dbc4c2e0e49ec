"""Choosing what is planted: when, on which settled grant, and which wrong suggestion."""

import math
import random
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef

from annotation.models import (
    Adjudication,
    Annotation,
    Category,
    Label,
    Plant,
    QueueItem,
    Ruling,
    SiteSettings,
    Skip,
    User,
)
from annotation.models.grants import lot
from annotation.models.taxonomy import lies_under_a_mark
from annotation.reports.merged import counted
from annotation.reports.tree_distance import steps
from annotation.services.shown import suggestions_of

TRIES = 10  # adjudications of which none lends itself; then the turn goes to the queue
MOST_A_FACET = 10  # suggestions, as of a model version
PLAUSIBLE = 0.6  # probability of the planted one where nothing else is ticked
MOST_WORDS = 3


def is_due(annotator: User, share: float) -> bool:
    """Whether enough was annotated since the last plant for another; three queries.

    With 1 % there lie 99 grants of their own at least before each plant, and up to half as many
    again by lot, so that nobody can count them out. So never more than the share is planted,
    however often the page is loaded.
    """
    own = Plant.objects.filter(annotator=annotator)
    between = math.ceil(1 / share - 1e-9) - 1
    wanted = between + int(lot(f"{annotator.pk}/{own.count()}", "plant") * between / 2)
    # Chains and revisions are one grant each: their first links are counted.
    first = Annotation.objects.filter(annotator=annotator, supersedes=None, revises=None)
    nth = first.order_by("-pk").values_list("submitted_at", flat=True)[wanted - 1 : wanted]
    since = next(iter(nth), None)
    last = own.order_by("-pk").first()
    return since is not None and (last is None or since > last.handed_at)


def settled_for(annotator: User) -> Iterator[Adjudication]:
    """Adjudications of grants that this person does not know, by lot.

    The grant is in nobody's queue, and reads as it did when it was annotated.
    """
    theirs = {"grant": OuterRef("grant"), "annotator": annotator}
    known = [Exists(kind.objects.filter(**theirs)) for kind in (Annotation, Skip, Plant)]
    waiting = Exists(QueueItem.objects.open().filter(grant=OuterRef("grant")))
    is_labelled = Exists(Ruling.objects.filter(adjudication=OuterRef("pk"), is_in=True))
    found = Adjudication.objects.current().filter(
        is_labelled,
        *(~was_seen for was_seen in known),
        ~waiting,
        both_may_stand=False,
        taxonomy_release__taxonomy__is_current=True,
    )
    some = found.exclude(adjudicator=annotator).order_by("?").values_list("pk", flat=True)[:TRIES]
    for pk in list(some):
        adjudication = Adjudication.objects.select_related("grant").get(pk=pk)
        texts = adjudication.annotations.values_list("content_sha256", flat=True)
        if set(texts) == {adjudication.grant.content_sha256}:
            yield adjudication


def wrong_category(adjudication: Adjudication) -> Category | None:
    """A category that the settled grant does not belong to, the nearest miss there is.

    Nearest in the tree to a true one of the same facet: a sibling where there is one. Among
    those first what people chose and the adjudication refused, then what the model holds most
    likely. What lies above or below a true one may be right as well, and so may what a file says.
    What lies under a mark is never ticked but by a person, so it is never planted.
    """
    rulings = adjudication.rulings.select_related("category__facet", "category__merged_into__facet")
    true = [r.category.merged_into or r.category for r in rulings if r.is_in]
    refused = {r.category.merged_into_id or r.category_id for r in rulings if not r.is_in}
    labels = Label.objects.of_current_taxonomy().filter(grant=adjudication.grant_id)
    labelled = set(labels.values_list(counted(), flat=True))
    scores = {s["category"]: s["score"] for s in suggestions_of(adjudication.grant)}

    def nearness(category: Category) -> int:
        return min(steps(category, t) for t in true if t.facet_id == category.facet_id)

    def far(category: Category) -> tuple[int, bool, float, float]:
        likely = scores.get(category.code, 0.0)
        return nearness(category), category.pk not in refused, -likely, random.random()

    others = Category.objects.active().filter(
        ~lies_under_a_mark(), facet__in={t.facet_id for t in true}
    )
    wrong = [
        category
        for category in others.select_related("facet")
        if category.pk not in labelled and not any(_on_one_line(category, t) for t in true)
    ]
    return min(wrong, key=far, default=None)


def _on_one_line(a: Category, b: Category) -> bool:
    return a.path.startswith(b.path) or b.path.startswith(a.path)


def shown_with(adjudication: Adjudication, wrong: Category) -> list[dict[str, Any]]:
    """What the model suggests for the grant, with the wrong category ticked among it."""
    shown = suggestions_of(adjudication.grant)
    here = [s for s in shown if s["facet"] == wrong.facet.code]
    own = next((s for s in here if s["category"] == wrong.code), None)
    planted = (own or _as_suggested(adjudication, wrong, shown)) | {
        "score": _plausible(here, shown, own),
        "ticked": True,
    }
    facet = [planted, *(s for s in here if s is not own)]
    facet.sort(key=lambda s: -s["score"])
    while len(facet) > MOST_A_FACET:
        facet.remove(next(s for s in reversed(facet) if s is not planted))
    ranked = [s | {"rank": rank} for rank, s in enumerate(facet, start=1)]
    return [*(s for s in shown if s["facet"] != wrong.facet.code), *ranked]


def _as_suggested(
    adjudication: Adjudication, wrong: Category, shown: list[dict[str, Any]]
) -> dict[str, Any]:
    text = adjudication.grant.text.casefold()
    words = [word for word in wrong.label.casefold().split() if len(word) > 3 and word in text]
    return {
        "facet": wrong.facet.code,
        "category": wrong.code,
        "label": wrong.label,
        "path": wrong.ancestor_labels,
        "definition": wrong.definition,
        "scope_note": wrong.scope_note,
        "needs_person": False,
        "lexical": bool(shown) and all(s["lexical"] for s in shown),
        "evidence": words[:MOST_WORDS],
    }


def _plausible(
    here: list[dict[str, Any]], shown: list[dict[str, Any]], own: dict[str, Any] | None
) -> float:
    """A probability like those of what is ticked: in its facet, else anywhere."""
    if own and own["ticked"]:
        return float(own["score"])
    ticked = [s["score"] for s in here if s["ticked"]] or [s["score"] for s in shown if s["ticked"]]
    low, high = min(ticked, default=PLAUSIBLE), max(ticked, default=PLAUSIBLE)
    site = SiteSettings.objects.current()
    if site.ticking == SiteSettings.Ticking.FIXED:
        low, high = (max(end, site.fixed_threshold) for end in (low, high))
    return random.uniform(low, high)
