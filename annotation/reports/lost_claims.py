"""What became of a grant that an annotator held until now."""

from django.utils import timezone

from annotation.models import Annotation, Plant, PlantReply, QueueItem, Skip, User

SAVED = "You have saved it already, in another tab or window. That annotation stands."
SKIPPED = "You have skipped it already, in another tab or window."
OPENED_AGAIN = "You opened it again in another tab or window, which holds it now."
OF_A_REPLY = {PlantReply.Kind.ANSWERED: SAVED, PlantReply.Kind.SKIPPED: SKIPPED}


def why_lost(annotator: User, reference: str) -> str:
    """One sentence for somebody whose claim on the grant is gone. At most five queries."""
    own: dict[str, object] = {"annotator": annotator, "grant__reference": reference}
    if Annotation.objects.current().filter(**own).exists():
        return SAVED
    if Skip.objects.filter(**own).exists():
        return SKIPPED
    if plant := Plant.objects.filter(**own).first():
        reply = PlantReply.objects.standing().filter(plant=plant).first()
        return OF_A_REPLY[PlantReply.Kind(reply.kind)] if reply else OPENED_AGAIN
    item = QueueItem.objects.filter(grant__reference=reference).first()
    if item is None:
        return "The grant has been removed."
    if not item.is_open:
        return "Your claim ran out, and somebody else has annotated it since."
    if item.claimed_until is None or item.claimed_until <= timezone.now():
        return "Your claim ran out, and somebody else had opened it since."
    if item.claimed_by_id == annotator.pk:
        return OPENED_AGAIN
    return "Your claim ran out, and somebody else has it open now."
