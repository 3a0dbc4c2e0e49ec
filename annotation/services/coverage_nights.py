"""The night's count: rollups held against the truth, audit figures, and how coverage stood."""

import logging
from collections.abc import Callable, Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import CategoryRollup, CoverageNight, Grant, SiteSettings, Taxonomy
from annotation.reports.category_figures import AuditCounts
from annotation.reports.coverage import BANDS, CategoryCoverage, FacetCoverage, coverage
from annotation.services import leases
from annotation.services.rollup_check import put_right

logger = logging.getLogger(__name__)
LEASE = "coverage count"
AuditFigures = Callable[[], Mapping[int, AuditCounts]]


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
    """Carry out the count that is due, if nobody else is at it; twice does no harm.

    Args:
        audit_figures: asked for the figures of all categories that have any.
    """
    night = CoverageNight.objects.due().order_by("for_date").last()
    if night is None or Taxonomy.objects.current() is None:
        return None
    if (holder := leases.take(LEASE)) is None:
        return None
    try:
        drift = put_right(lambda: leases.keep(LEASE, holder))
        note_audit(audit_figures())
        _store(night, len(drift))
    finally:
        leases.give_back(LEASE, holder)
    # Of nights when nothing ran there is nothing to tell.
    CoverageNight.objects.due().filter(for_date__lt=night.for_date).delete()
    logger.info("Counted coverage for %s; %s rows differed", night.for_date, len(drift))
    return night


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


def _store(night: CoverageNight, n_drifted: int) -> None:
    stands = coverage()
    night.n_drifted, night.n_labelled = n_drifted, stands.n_labelled
    night.bands = {facet.code: _by_band(facet, lambda row: 1) for facet in stands.facets}
    night.examples = {
        facet.code: _by_band(facet, lambda row: row.examples) for facet in stands.facets
    }
    night.counted_at = timezone.now()
    night.save()


def _by_band(facet: FacetCoverage, weight: Callable[[CategoryCoverage], int]) -> list[int]:
    found = [0] * (len(BANDS) + 1)
    for row in facet.rows:
        found[row.band] += weight(row)
    return found
