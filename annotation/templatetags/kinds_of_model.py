"""The kinds of model in words."""

from django import template

from annotation.services.backends import backend_words, backends

register = template.Library()


@register.filter
def kind_words(name: str) -> str:
    """ "Linear support vector machine" for ``linear_svm``."""
    return backend_words(name)


@register.simple_tag
def kinds_of_model():
    """All that are offered, in their order."""
    return backends()
