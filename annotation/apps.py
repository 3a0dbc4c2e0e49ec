"""Django's registration of the annotation app."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"
    verbose_name = "Grant annotation"
    default_auto_field = "django.db.models.BigAutoField"
