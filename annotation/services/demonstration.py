"""Loading and removing the demonstration that a new site starts with."""

from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from annotation.errors import DemonstrationGone, NotAllowed
from annotation.models import (
    Adjudication,
    Annotation,
    Category,
    CategoryRollup,
    CoverageNight,
    Decision,
    ErasurePermit,
    Facet,
    Grant,
    GrantRollup,
    ImportRun,
    Label,
    ModelVersion,
    Outcome,
    Plant,
    PlantReply,
    QueueItem,
    SiteSettings,
    Sprint,
    SprintDecision,
    Taxonomy,
    User,
)
from annotation.services.audit import record
from annotation.services.duplicates import flag_duplicates
from annotation.services.import_grants import import_grants
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.model_versions import request_training
from annotation.services.queue_plan import new_queue_item
from annotation.services.retrying import tried_again

FOLDER = Path(__file__).resolve().parent.parent / "demonstration"


@transaction.atomic
def load_demonstration() -> bool:
    """Import the demonstration and ask for its first training.

    Returns False, and does nothing, when the site holds a taxonomy or grants already.
    """
    if Taxonomy.objects.exists() or Grant.objects.exists():
        return False
    import_taxonomy(FOLDER / "taxonomy.csv", name="Demonstration", is_demonstration=True)
    import_grants(FOLDER / "grants.csv", is_demonstration=True)
    request_training()
    return True


def demonstration_counts() -> dict[str, int] | None:
    """What its removal would delete, by name; None when there is no demonstration."""
    taxonomy = Taxonomy.objects.filter(is_demonstration=True).first()
    if taxonomy is None:
        return None
    return {
        "categories": Category.objects.filter(taxonomy=taxonomy).count(),
        "grants": Grant.objects.filter(import_run__is_demonstration=True).count(),
        "annotations": Annotation.objects.filter(_hangs_on(taxonomy)).count(),
        "model versions": ModelVersion.objects.filter(taxonomy=taxonomy).count(),
    }


def _hangs_on(taxonomy: Taxonomy) -> Q:
    return Q(taxonomy_release__taxonomy=taxonomy) | Q(grant__import_run__is_demonstration=True)


def _delete_adjudications(found: QuerySet[Adjudication]) -> None:
    while (ends := found.filter(superseded_by=None)).exists():
        ends.delete()


def _delete_plants(found: QuerySet[Plant]) -> None:
    replies = PlantReply.objects.filter(plant__in=found)
    while (ends := replies.filter(superseded_by=None)).exists():
        ends.delete()
    found.delete()


def _delete_sprints(found: QuerySet[Sprint]) -> None:
    decisions = SprintDecision.objects.filter(sprint_grant__sprint__in=found)
    while (ends := decisions.filter(superseded_by=None)).exists():
        ends.delete()
    found.delete()


@tried_again
@transaction.atomic
def remove_demonstration(by: User) -> dict[str, int]:
    """Delete the demonstration and all that hangs on it, in one transaction; returns counts.

    Grants of your own that were imported beside it stay and wait for a taxonomy.

    Raises:
        NotAllowed: the person is no administrator; nothing is deleted.
        DemonstrationGone: it was removed before.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators may remove the demonstration.")
    taxonomy = Taxonomy.objects.select_for_update().filter(is_demonstration=True).first()
    counts = demonstration_counts()
    if taxonomy is None or counts is None:
        raise DemonstrationGone("The demonstration has been removed already.")
    permit = ErasurePermit.objects.create(reason="demonstration")
    annotations = Annotation.objects.filter(_hangs_on(taxonomy))
    _delete_plants(
        Plant.objects.filter(
            Q(category__taxonomy=taxonomy) | Q(grant__import_run__is_demonstration=True)
        )
    )
    _delete_adjudications(Adjudication.objects.filter(_hangs_on(taxonomy)))
    _delete_sprints(Sprint.objects.filter(category__taxonomy=taxonomy))
    Decision.objects.filter(annotation__in=annotations).delete()
    Outcome.objects.filter(annotation__in=annotations).delete()
    # Chains and revisions refer backwards, so their ends go first.
    while (ends := annotations.filter(superseded_by=None, revisions=None)).exists():
        ends.delete()
    permit.delete()
    Label.objects.filter(
        Q(category__taxonomy=taxonomy) | Q(grant__import_run__is_demonstration=True)
    ).delete()
    Grant.objects.filter(scored_by__taxonomy=taxonomy).update(scored_by=None)
    # What remains of the queue is own grants: their annotations are gone, so they wait again.
    QueueItem.objects.update(
        n_done=0,
        is_open=True,
        claim=None,
        claimed_by=None,
        claimed_until=None,
        shown=[],
        shown_version=None,
        shown_content_sha256="",
    )
    ModelVersion.objects.filter(taxonomy=taxonomy).delete()
    invented = Grant.objects.filter(import_run__is_demonstration=True)
    list(invented.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    GrantRollup.objects.all().delete()  # nothing stands for own grants either by now
    CategoryRollup.objects.all().delete()
    CoverageNight.objects.all().delete()  # how its coverage has grown
    texts = set(invented.values_list("text_key", flat=True))
    invented.delete()
    flag_duplicates(texts)
    ImportRun.objects.filter(is_demonstration=True).delete()
    # Own grants that its categories had labelled never stood in the queue.
    unlabelled = Grant.objects.filter(queue_item=None, labels=None)
    site = SiteSettings.objects.current()
    QueueItem.objects.bulk_create(
        (new_queue_item(grant, site) for grant in unlabelled.iterator()), batch_size=500
    )
    Category.objects.filter(taxonomy=taxonomy).update(broader=None, merged_into=None)
    Category.objects.filter(taxonomy=taxonomy).delete()
    Facet.objects.filter(taxonomy=taxonomy).delete()
    Taxonomy.objects.filter(pk=taxonomy.pk).update(release=None)
    taxonomy.delete()
    record(by, "demonstration removed", **counts)
    return counts
