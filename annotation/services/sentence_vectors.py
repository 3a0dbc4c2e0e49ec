"""Keeping what a sentence encoder has made of grants."""

from collections.abc import Collection

from django.db import transaction

from annotation.models import Grant, SentenceVector


@transaction.atomic
def keep_sentence_vectors(vectors: Collection[SentenceVector]) -> int:
    """Keep these, instead of what was kept of the same grants; returns how many. Idempotent.

    Grants that are gone by now are passed over.
    """
    grants = Grant.objects.filter(pk__in=[vector.grant_id for vector in vectors])
    # Locked, so that none is deleted before its vector is written.
    here = set(grants.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    kept = [vector for vector in vectors if vector.grant_id in here]
    SentenceVector.objects.bulk_create(
        kept,
        update_conflicts=True,
        unique_fields=["grant"],
        update_fields=["encoder", "text_sha256", "numbers"],
        batch_size=100,
    )
    return len(kept)
