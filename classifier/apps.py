"""Django's registration of the classifier, an app without tables."""

from django.apps import AppConfig
from django.core.checks import register

from annotation.services.backends import OfferedBackend, offer
from classifier.backends.options import OPTIONS
from classifier.backends.sagemaker_account import belongs_to


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Grant classifier"

    def ready(self) -> None:
        from classifier.checks import check_sentence_encoder
        from classifier.sagemaker_site import OurSite

        register(check_sentence_encoder)
        offer(_kinds_of_model)
        belongs_to(OurSite)


def _kinds_of_model() -> list[OfferedBackend]:
    return [
        OfferedBackend(option.name, option.words, option.wants, option.says_why)
        for option in OPTIONS.values()
    ]
