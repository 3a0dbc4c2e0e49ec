"""Before any label the words are all there is, so a version follows them without waiting."""

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion, Taxonomy
from annotation.services.model_versions import request_training


def hold_words() -> None:
    """Wait for the taxonomy before any grant is touched, as whoever changes categories does.

    The other way round a merging and the end of an import would wait for one another.
    """
    Taxonomy.objects.select_for_update(no_key=True).current()


def follow_words() -> ModelVersion | None:
    """Ask for a training while the active version has learned from no label.

    What such a version knows are the words of categories, rules and grants. Call it in the
    transaction that changed them: what was added is suggested, and what was deleted is forgotten,
    within minutes. A version that has learned from labels follows in its night. Whoever writes to
    grants in that transaction begins it with ``hold_words``.

    Returns None, and stores nothing, where there is no need or nothing to learn from.
    """
    active = ModelVersion.objects.active()
    if active is None or not active.is_untaught:
        return None
    try:
        return request_training()
    except NoSuchTraining:
        return None
