"""What follows when the words of the categories have changed."""

import hashlib
import json

from annotation.models import Grant, ModelVersion, Taxonomy, TaxonomyRelease
from annotation.services import doorbell
from annotation.services.asked_counts import ask_for_count
from annotation.services.model_versions import ensure_lexical_version
from annotation.services.site_settings import read_every_grant_anew
from annotation.services.untaught import follow_words

WORDS = ("label", "definition", "scope_note", "include_pattern", "exclude_pattern")


def make_known(taxonomy: Taxonomy) -> None:
    """A release of what is stored now, which a version that knows words alone follows at once.

    Call it in the transaction that changed the categories, with the taxonomy's row locked.
    """
    _release(taxonomy)
    ensure_lexical_version(taxonomy)
    _read_anew()
    follow_words()
    doorbell.ring_on_commit("classifier.score_waiting_grants")


def _read_anew() -> None:
    """What was suggested from the words of the categories is stale now."""
    active = ModelVersion.objects.active()
    of_words = Grant.objects.filter(scored_by__kind="lexical")
    if active is None or not active.is_lexical:
        # few: what the trained version has not come to yet
        if of_words.update(scored_by=None):
            ask_for_count()
    elif of_words.exists():
        # Counted and not written to each grant: an administrator waits for the rule to be saved.
        read_every_grant_anew()


def _release(taxonomy: Taxonomy) -> None:
    columns = ("code", "path", "alt_labels", "retired_at", *WORDS)
    content = json.dumps(
        list(taxonomy.categories.order_by("code").values_list(*columns)), default=str
    )
    taxonomy.release = TaxonomyRelease.objects.create(
        taxonomy=taxonomy,
        number=taxonomy.releases.count() + 1,
        content_sha256=hashlib.sha256(content.encode()).hexdigest(),
    )
    taxonomy.save(update_fields=["release"])
