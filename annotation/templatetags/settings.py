"""Settings and their values in words: on the page, in the question before saving, in the past."""

from django import template

from annotation.importers.column_names import column_words
from annotation.models.setting_limits import LIMITS, PER_CENT
from annotation.models.site_settings import setting_columns
from annotation.services.backends import backend_words

register = template.Library()


@register.filter
def setting_words(name: str) -> str:
    """ "Audit stream" for ``audit_share``; a facet's setting is named in words already."""
    columns = setting_columns()
    if name in columns:
        return str(columns[name].verbose_name)
    return name.replace("is_required", "must be answered").replace("position", "place")


@register.filter
def value_words(value, name: str) -> str:
    """10 % for 0.1; Title, Description for a list; yes and no."""
    if value is None or value == "":
        return "none"
    if name == "data_licence":
        return str(value)
    if name == "backend":
        return backend_words(str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(column_words(str(part)) for part in value)
    if name.endswith(": position"):
        return str(value + 1)
    if choices := getattr(setting_columns().get(name), "choices", None):
        return dict(choices).get(value, value)
    if name in LIMITS:
        unit = LIMITS[name][2]
        scaled = round(value * 100, 4) if unit == PER_CENT else value
        return f"{scaled:.10g}\N{NO-BREAK SPACE}{unit}"
    return str(value).replace("_", " ")
