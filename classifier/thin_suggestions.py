"""Thin categories among what is suggested: those with few examples that begin to be ticked."""

from django.db.models import Count

from annotation.models import Category, StoredReport, Suggestion
from annotation.models.taxonomy import lies_under_a_mark
from annotation.reports.coverage import examples_by_category

THIN = 10  # examples; as the page of coverage has it
LEAST = 3  # grants it comes ticked for; fewer is chance


def thin_suggested() -> list[str]:
    """Codes of thin categories that come ticked for three grants or more, by their order.

    Thin as counted last: while figures lag, many may seem so that are not.

    A sensitive one never comes ticked, however likely: it is for a person to tick.
    """
    examples = examples_by_category()
    rows = Suggestion.objects.of_last_readers().filter(is_ticked=True).order_by()
    ticked = dict(rows.values_list("category").annotate(n=Count("pk")).iterator())
    return [
        category.code
        for category in Category.objects.active().filter(~lies_under_a_mark())
        if examples.get(category.pk, 0) < THIN and ticked.get(category.pk, 0) >= LEAST
    ]


def newly(codes: list[str]) -> list[str]:
    """Those that were not among them in the report before; none without a report before."""
    before = thin_before()
    return [code for code in codes if code not in before] if before is not None else []


def thin_before() -> list[str] | None:
    """What was among them in the report before; None without one."""
    before = StoredReport.objects.newest(StoredReport.Question.DRIFT)
    return before.body["thin_suggested"] if before else None
