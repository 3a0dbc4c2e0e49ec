"""The kinds of model in words."""

from django import template

from annotation.models import ModelVersion
from annotation.services.backends import backend_words, backends

register = template.Library()


@register.filter
def kind_words(name: str) -> str:
    """ "Linear support vector machine" for ``linear_svm``."""
    return backend_words(name)


@register.filter
def may_say_why(version: ModelVersion) -> bool:
    """Whether a version of the same kind would say which words spoke, if it was trained today."""
    kinds = (kind for kind in backends() if kind.name == version.backend)
    return not version.is_foreign and any(kind.says_why for kind in kinds)


@register.simple_tag
def kinds_of_model():
    """All that are offered, in their order."""
    return backends()
