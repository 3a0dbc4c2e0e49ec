"""Django's registration of the classifier, an app without tables."""

from django.apps import AppConfig


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Grant classifier"
