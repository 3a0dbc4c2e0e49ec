"""The night's count: rollups held against the truth, audit figures, and how coverage stood."""

import logging
from collections.abc import Callable, Mapping

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from annotation.errors import CountLost
from annotation.models import CategoryRollup, CoverageNight, Grant, SiteSettings, Taxonomy
from annotation.reports.category_figures import AuditCounts
from annotation.reports.coverage import BANDS, CategoryCoverage, FacetCoverage, coverage
from annotation.services import leases
from annotation.services.rollup_check import Drift, put_right

logger = logging.getLogger(__name__)
LEASE = "coverage count"
AuditFigures = Callable[[Callable[[], None]], Mapping[int, AuditCounts]]


def request_due_count() -> CoverageNight | None:
    """Write the night's request once a local date, from the hour of the nightly training on."""
    site = SiteSettings.objects.current()
    now = timezone.now().astimezone(site.zone)
    if now.time() < site.night_starts_at or not Grant.objects.exists():
        return None
    if CoverageNight.objects.filter(for_date=now.date()).exists():
        return None
    try:
        with transaction.atomic():
            return CoverageNight.objects.create(for_date=now.date())
    except IntegrityError:  # a second worker was faster
        return None


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
        _store(due, drift)
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
def _store(due: list[CoverageNight], drift: Drift) -> None:
    """Note the count for the newest of the days; of the others there is nothing to tell."""
    stands, night = coverage(), due[-1]
    for one in due:
        # Not what has been asked since; ``n_asked`` is left to those who ask.
        CoverageNight.objects.filter(pk=one.pk).update(n_answered=one.n_asked)
    if all(one.n_answered == one.n_asked for one in due):
        night.n_drifted = len(drift)
        if drift:
            logger.error("Rollups were wrong and have been put right: %s", drift)
    night.n_labelled, night.counted_at = stands.n_labelled, timezone.now()
    night.bands = {facet.code: _by_band(facet, lambda row: 1) for facet in stands.facets}
    night.examples = {
        facet.code: _by_band(facet, lambda row: row.examples) for facet in stands.facets
    }
    night.save(update_fields=["n_drifted", "n_labelled", "counted_at", "bands", "examples"])
    older = CoverageNight.objects.filter(for_date__lt=night.for_date, counted_at=None)
    older.filter(n_asked=F("n_answered")).delete()


def _by_band(facet: FacetCoverage, weight: Callable[[CategoryCoverage], int]) -> list[int]:
    found = [0] * (len(BANDS) + 1)
    for row in facet.rows:
        found[row.band] += weight(row)
    return found
