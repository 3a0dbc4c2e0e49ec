"""Before any label the words are all there is, so a version follows them without waiting."""

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion
from annotation.services.model_versions import request_training


def follow_words() -> ModelVersion | None:
    """Ask for a training while the active version has learned from no label.

    What such a version knows are the words of categories, rules and grants. Call it in the
    transaction that changed them: what was added is suggested, and what was deleted is forgotten,
    within minutes. A version that has learned from labels follows in its night.

    Returns None, and stores nothing, where there is no need or nothing to learn from.
    """
    active = ModelVersion.objects.active()
    if active is None or not active.is_untaught:
        return None
    try:
        return request_training()
    except NoSuchTraining:
        return None
