"""Taking turns at background work, by rows rather than by the broker's locks."""

import uuid
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Lease

LENGTH = timedelta(minutes=2)


def take(name: str) -> uuid.UUID | None:
    """Become the holder for two minutes, or None while somebody else is."""
    holder, now = uuid.uuid4(), timezone.now()
    stale = Lease.objects.filter(name=name, held_until__lte=now)
    if stale.update(holder=holder, held_until=now + LENGTH):
        return holder
    try:
        with transaction.atomic():
            Lease.objects.create(name=name, holder=holder, held_until=now + LENGTH)
    except IntegrityError:
        return None
    return holder


def keep(name: str, holder: uuid.UUID) -> bool:
    """Hold it two minutes longer; False when it was lost, and the work must stop."""
    until = timezone.now() + LENGTH
    return bool(Lease.objects.filter(name=name, holder=holder).update(held_until=until))


def give_back(name: str, holder: uuid.UUID) -> None:
    Lease.objects.filter(name=name, holder=holder).delete()
