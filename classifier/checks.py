"""What Django checks before the site starts: that what was asked for is there."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from classifier.ml.encoder_files import is_installed


def check_sentence_encoder(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """``SENTENCE_VECTORS=1`` needs the extra, or every training would fail at night."""
    if not settings.CLASSIE_SENTENCE_VECTORS or is_installed():
        return []
    return [
        Error(
            "SENTENCE_VECTORS=1 asks for the sentence encoder, which is not installed.",
            hint="Install it with: make embeddings. Or leave SENTENCE_VECTORS away.",
            id="classifier.E001",
        )
    ]
