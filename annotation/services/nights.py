"""The nightly training: when it is due by the settings of now, and its request."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion, SiteSettings, Taxonomy
from annotation.services.model_versions import has_labels, request_training


def request_due_night() -> ModelVersion | None:
    """Write the night's request once a local date, also late: after downtime or a clock change.

    Hour and zone are read at every tick, so a change of them needs no restart.
    """
    site = SiteSettings.objects.current()
    now = timezone.now().astimezone(site.zone)
    taxonomy = Taxonomy.objects.current()
    if taxonomy is None or now.time() < site.night_starts_at or not _may_learn():
        return None
    # A site that starts at noon waits for its first night rather than training at once.
    began = taxonomy.created_at.astimezone(now.tzinfo)
    if began.date() == now.date() and began.time() >= site.night_starts_at:
        return None
    if ModelVersion.objects.filter(taxonomy=taxonomy, for_date=now.date()).exists():
        return None
    try:
        with transaction.atomic():
            return request_training(for_date=now.date())
    except NoSuchTraining:  # no category, or no grant
        return None
    except IntegrityError:  # one_nightly_training_a_date: a second beat was faster
        return None


def _may_learn() -> bool:
    """Whether a night can bring anything new: labels, or the first version of words alone."""
    active = ModelVersion.objects.active()
    return has_labels() or (active is not None and active.is_lexical)


def next_night() -> datetime:
    """When the next nightly training is due, in the site's time zone."""
    site = SiteSettings.objects.current()
    now = timezone.now().astimezone(site.zone)
    today = datetime.combine(now.date(), site.night_starts_at, site.zone)
    return today if today > now else today + timedelta(days=1)
