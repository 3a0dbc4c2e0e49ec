"""Writing which texts are nearly the same."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotation.models import Grant, ImportRun, TextPair

MOST = 5  # look-alikes kept of one text

Neighbours = Mapping[str, Iterable[tuple[str, float]]]


def look_alikes_wait() -> bool:
    """Whether there is a text to compare with the others; cheap, for the tick."""
    # While a file is on its way everything would be compared again with every tick.
    return Grant.objects.not_compared().exists() and not ImportRun.objects.running().exists()


@transaction.atomic
def keep_look_alikes(found: Neighbours, compared: Collection[str] = ()) -> None:
    """Keep the five nearest of each text, those of before included. Idempotent.

    Args:
        found: key of a text -> (key of another one, similarity from 0 to 1).
        compared: keys of texts that are held against all others now.
    """
    nearest: dict[str, dict[str, float]] = defaultdict(dict)
    # Locked, so that two writers of one text follow one another.
    stored = TextPair.objects.filter(text_key__in=found).order_by("pk").select_for_update()
    for key, other, similarity in stored.values_list("text_key", "other_key", "similarity"):
        nearest[key][other] = similarity
    for key, others in found.items():
        nearest[key] |= dict(others)
    TextPair.objects.filter(text_key__in=found).delete()
    TextPair.objects.bulk_create(
        (
            TextPair(text_key=key, other_key=other, similarity=similarity)
            for key, others in nearest.items()
            for other, similarity in sorted(others.items(), key=lambda o: (-o[1], o[0]))[:MOST]
        ),
        batch_size=500,
    )
    Grant.objects.not_compared().filter(text_key__in=compared).update(is_compared=True)


def forget_texts_that_are_gone() -> int:
    """Delete the rows of texts that no grant has any more; returns how many."""
    of_one = Grant.objects.filter(text_key=OuterRef("text_key"))
    of_other = Grant.objects.filter(text_key=OuterRef("other_key"))
    gone = TextPair.objects.exclude(Exists(of_one), Exists(of_other))
    return gone.delete()[0]
