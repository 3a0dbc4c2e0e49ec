"""What alarms about drift becomes a notice, and what no longer does takes it away."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.models import Category, Notice
from annotation.services.notices import close_notice, close_other_notices, open_notice
from classifier.thin_suggestions import newly

Kind = Notice.Kind
NAMED = 5  # categories in a sentence


def tell_of_drift(
    words: bool, mixes: Sequence[Mapping[str, Any]], overrides: Mapping[str, Any]
) -> None:
    """Open a notice on each alarm, and close those on what is as usual again.

    Args:
        words: whether the words alarm.
        mixes, overrides: as the report has them, each with ``is_alarm``.
    """
    causes = set()
    if words:
        causes.add("words")
        open_notice(
            Kind.DRIFT,
            "words",
            "The words of the newest month's grants are other than those learned from, more than "
            "months differ as a rule.",
            "See on the page of drift what changed, and under Slices whether a new program "
            "came in. Annotate some of these grants: the next training learns their words.",
        )
    for mix in mixes:
        if mix["is_alarm"]:
            cause = f"mix {mix['facet']}"
            causes.add(cause)
            open_notice(
                Kind.DRIFT,
                cause,
                f"What is predicted in {mix['label']} has changed, more than months differ as a "
                "rule.",
                "See on the page of drift which branches grew. If the grants are of another kind, "
                "all is well; if not, read some of them and annotate those that are wrong.",
            )
    if overrides["is_alarm"]:
        causes.add("overrides")
        open_notice(
            Kind.DRIFT,
            "overrides",
            "Last week people took away more of the ticks than they usually do.",
            "See on the page of drift since when. Compare the model versions of these weeks, and "
            "ask the annotators what came wrong; go back to the version before if it was better.",
        )
    close_other_notices(Kind.DRIFT, causes)


def tell_of_thin(codes: list[str]) -> list[str]:
    """Open a notice on thin categories that newly come ticked; returns their codes.

    A notice ends when none of its categories is both thin and ticked any more.
    """
    for notice in Notice.objects.standing().filter(kind=Kind.THIN):
        if set(codes).isdisjoint(notice.details["codes"]):
            close_notice(Kind.THIN, notice.cause)
    found = newly(codes)
    if found:
        rows = Category.objects.active().filter(code__in=found[:NAMED])
        labels = ", ".join(category.label for category in rows)
        more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
        is_one = len(found) == 1
        open_notice(
            Kind.THIN,
            ", ".join(found)[:200],
            f"{labels}{more} newly {'comes' if is_one else 'come'} ticked with under 10 examples.",
            "So few examples say little about when it is right. Start a sprint for each on the "
            "page of coverage, or ask for examples on its own page.",
            {"codes": found},
        )
    return found
