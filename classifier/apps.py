"""Django's registration of the classifier, an app without tables."""

from django.apps import AppConfig
from django.core.checks import register


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Grant classifier"

    def ready(self) -> None:
        from annotation.reports.ways_to_train import install
        from classifier.checks import check_sentence_encoder
        from classifier.ways_to_train import offered_ways

        register(check_sentence_encoder)
        install(offered_ways)
