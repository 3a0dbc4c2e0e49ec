"""The rows of the list of grants: what each of them is, and on whose word."""

from collections import defaultdict
from dataclasses import dataclass

from annotation.models import Annotation, Grant, Label, QueueItem, Suggestion
from annotation.reports.merged import counted_label
from annotation.reports.what_stands import decisions_that_stand, labels_that_stand


@dataclass(frozen=True)
class GrantRow:
    """One line of the list. ``state`` is one of labelled, suggested, waiting.

    ``score``: of the likeliest suggestion, 0 to 1; None where there is none or it is hidden.
    """

    grant: Grant
    categories: list[str]
    state: str
    by: str
    score: float | None = None


def rows_of(page: list[Grant]) -> list[GrantRow]:
    """Six queries, whatever the page."""
    keys = [grant.pk for grant in page]
    # Asked of the page alone: beside each row of a query it is worked out for the whole queue.
    hidden = set(QueueItem.objects.secret().filter(grant__in=keys).values_list("grant", flat=True))
    chosen: dict[int, dict[str, None]] = defaultdict(dict)
    by: dict[int, list[str]] = defaultdict(list)
    shown = Annotation.objects.as_shown().filter(grant__in=keys)
    for grant, name in shown.order_by("pk").values_list("grant_id", "annotator__username"):
        by[grant].append(name)
    decided = decisions_that_stand().filter(annotation__grant__in=keys)
    for grant, label in decided.order_by("pk").values_list("annotation__grant_id", counted_label()):
        chosen[grant][label] = None
    labels = labels_that_stand().filter(grant__in=keys)
    for grant, label in labels.values_list("grant_id", counted_label()):
        chosen[grant][label] = None
    brought = Label.objects.of_current_taxonomy().of_staff().filter(grant__in=keys)
    came = set(brought.values_list("grant_id", flat=True))
    ticked: dict[int, list[str]] = defaultdict(list)
    suggestions = Suggestion.objects.of_last_readers().filter(
        grant__in=keys, is_ticked=True, category__retired_at=None
    )
    for suggestion in suggestions.select_related("category"):
        ticked[suggestion.grant_id].append(suggestion.category.label)
    return [
        GrantRow(g, [], "waiting", "")
        if g.pk in hidden
        else _row(g, list(chosen[g.pk]), by[g.pk], g.pk in came, ticked[g.pk])
        for g in page
    ]


def _row(grant: Grant, chosen: list[str], by: list[str], came: bool, ticked: list[str]) -> GrantRow:
    is_audit = grant.stream == Grant.Stream.AUDIT
    score = None if is_audit else grant.top_score
    if by or came:
        return GrantRow(grant, chosen, "labelled", ", ".join(by) or "import", score)
    if is_audit:  # a list must not tell what a blind reader may not see
        return GrantRow(grant, [], "waiting", "")
    return GrantRow(grant, ticked, "suggested" if ticked else "waiting", "", score)
