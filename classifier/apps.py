"""Django's registration of the classifier, an app without tables."""

from django.apps import AppConfig
from django.core.checks import register

from annotation.services.backends import OfferedBackend, offer
from classifier.backends.options import OPTIONS


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Grant classifier"

    def ready(self) -> None:
        from classifier.checks import check_sentence_encoder

        register(check_sentence_encoder)
        offer(_kinds_of_model)


def _kinds_of_model() -> list[OfferedBackend]:
    return [OfferedBackend(option.name, option.words, option.wants) for option in OPTIONS.values()]
