"""The night's count: rollups held against the truth, audit figures, and how coverage stood."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotation.errors import CountLost
from annotation.models import CategoryRollup, CoverageNight, Grant, Notice, SiteSettings, Taxonomy
from annotation.reports.category_figures import AuditCounts
from annotation.reports.coverage import BANDS, CategoryCoverage, FacetCoverage, coverage
from annotation.services import leases
from annotation.services.notices import close_other_notices, open_notice
from annotation.services.rollup_check import Drift, put_right

logger = logging.getLogger(__name__)
LEASE = "coverage count"
AuditFigures = Callable[[Callable[[], None]], Mapping[int, AuditCounts]]


def request_due_count() -> CoverageNight | None:
    """Write the night's request once a local date, from the hour of the nightly training on.

    Also where the date has a row already: a count that somebody's move of categories asked for
    tells little of what has drifted, so it is none of the night's.
    """
    site = SiteSettings.objects.current()
    now = timezone.now()
    local = now.astimezone(site.zone)
    if local.time() < site.night_starts_at or not Grant.objects.exists():
        return None
    of_today = CoverageNight.objects.filter(for_date=local.date())
    if of_today.filter(requested_at__isnull=False).exists():
        return None
    CoverageNight.objects.bulk_create([CoverageNight(for_date=local.date())], ignore_conflicts=True)
    # Of two workers one finds it unrequested.
    is_mine = of_today.filter(requested_at=None).update(requested_at=now)
    return of_today.get() if is_mine else None


def count_waits() -> bool:
    return CoverageNight.objects.due().exists()


def count_due(audit_figures: AuditFigures) -> CoverageNight | None:
    """Carry out the counts that are due, if nobody else is at it; twice does no harm.

    Nothing is noted as counted when another worker has taken over meanwhile.

    Args:
        audit_figures: asked for the figures of all categories that have any; what it is given is
            to be called between its parts.
    """
    # Before anything is read: who asks from now on is answered by the next count.
    began = timezone.now()
    due = list(CoverageNight.objects.due().order_by("for_date"))
    if not due or Taxonomy.objects.current() is None:
        return None
    if (holder := leases.take(LEASE)) is None:
        return None

    def go_on() -> None:
        if not leases.keep(LEASE, holder):
            raise CountLost("Another worker has taken over the count of coverage.")

    try:
        drift = put_right(go_on)
        note_audit(audit_figures(go_on))
        go_on()
        _store(due, drift, began)
    except CountLost as lost:
        logger.warning("%s", lost)
        return None
    finally:
        leases.give_back(LEASE, holder)
    logger.info("Counted coverage for %s; %s rows differed", due[-1].for_date, len(drift))
    return due[-1]


@transaction.atomic
def note_audit(figures: Mapping[int, AuditCounts]) -> None:
    """Make these all the audit figures that there are."""
    # By key, as everybody who writes figures locks them.
    CategoryRollup.objects.bulk_create(
        [CategoryRollup(pk=pk) for pk in sorted(figures)], ignore_conflicts=True
    )
    rows = list(CategoryRollup.objects.order_by("pk").select_for_update(no_key=True))
    for row in rows:
        counts = figures.get(row.pk, AuditCounts())
        row.audit_right, row.audit_ticked, row.audit_hits = (
            counts.right, counts.ticked, counts.hits,
        )  # fmt: skip
    CategoryRollup.objects.bulk_create(
        rows, 500, update_conflicts=True, unique_fields=["category"],
        update_fields=["audit_right", "audit_ticked", "audit_hits"],
    )  # fmt: skip


@transaction.atomic
def _store(due: list[CoverageNight], drift: Drift, began: datetime) -> None:
    """Note the count for the newest of the days; of the others there is nothing to tell."""
    stands, night = coverage(), due[-1]
    # Asked before the count or amid it: categories have moved, and what differed may tell of them.
    is_plain = not CoverageNight.objects.asked().exists()
    for one in due:
        # Not what has been asked since; ``n_asked`` is left to those who ask.
        CoverageNight.objects.filter(pk=one.pk).update(n_answered=one.n_asked)
    n_drifted = len(drift) if is_plain else drift.n_whatever_moved
    night.n_drifted += n_drifted
    _tell(night, n_drifted, is_plain=is_plain)
    if n_drifted:
        logger.error("Rollups were wrong and have been put right: %s", drift)
    # Nothing where the demonstration was removed meanwhile, and its nights with it.
    CoverageNight.objects.filter(pk=night.pk).update(
        n_drifted=night.n_drifted,
        n_labelled=stands.n_labelled,
        counted_at=began,
        bands={facet.code: _by_band(facet, lambda row: 1) for facet in stands.facets},
        examples={facet.code: _by_band(facet, lambda row: row.examples) for facet in stands.facets},
    )
    older = CoverageNight.objects.due().filter(for_date__lt=night.for_date)
    older.filter(counted_at=None, n_asked=F("n_answered")).delete()
    # A night that came after its day's last count is counted now, with what stands by now.
    older.filter(counted_at__lt=F("requested_at"), requested_at__lte=began).update(counted_at=began)


def _tell(night: CoverageNight, n_drifted: int, *, is_plain: bool) -> None:
    """A notice until a count that was not asked for finds all as it should be."""
    kind, cause = Notice.Kind.FIGURES, f"count of {night.for_date}"
    if n_drifted:
        close_other_notices(kind, [cause])
        open_notice(
            kind,
            cause,
            f"The count of {night.for_date.day} {night.for_date:%B %Y} found {night.n_drifted} "
            f"{'row' if night.n_drifted == 1 else 'rows'} of figures wrong and put them right.",
            "Nothing that people said is lost: figures are counted from it. The worker's log says "
            "which rows they were. If it comes again, tell those who look after the program.",
        )
    elif is_plain:
        close_other_notices(kind)


def _by_band(facet: FacetCoverage, weight: Callable[[CategoryCoverage], int]) -> list[int]:
    found = [0] * (len(BANDS) + 1)
    for row in facet.rows:
        found[row.band] += weight(row)
    return found
