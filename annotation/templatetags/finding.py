"""Fields of the filters of grants: what is chosen, what is wrong, and how many were found."""

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotation.templatetags.pieces import icon
from annotation.templatetags.words import counted

register = template.Library()


@register.simple_tag
def wrong(form, name: str, help_id: str = "") -> str:
    """Attributes that tie a field to its help, and to what is wrong with it."""
    error = f"find-{name}-error" if form.errors.get(name) else ""
    described = " ".join(filter(None, [error, help_id]))
    return format_html(
        "{}{}",
        format_html(' aria-describedby="{}"', described) if described else "",
        SafeString(' aria-invalid="true"') if error else "",
    )


@register.simple_tag
def why(form, name: str) -> str:
    """What is wrong with the field, if anything is."""
    errors = form.errors.get(name)
    if not errors:
        return ""
    return format_html(
        '<p class="error" id="find-{}-error">{}<span>{}</span></p>',
        name,
        icon("alert"),
        " ".join(errors),
    )


@register.simple_tag
def choose(form, name: str, nothing: str, options, help_id: str = "") -> str:
    """A list to choose from: plain values, (value, words) or (group, [(value, words), ...]).

    A value that is not offered is shown as it was given, so that it can be seen and taken off.
    """
    given = form.data.get(name, "").strip()
    rows, values = [("", [("", nothing)])], {""}
    for option in options:
        value, words = option if isinstance(option, tuple) else (option, option)
        group = (value, words) if isinstance(words, list) else ("", [(str(value), words)])
        rows.append(group)
        values |= {value for value, _ in group[1]}
    if given not in values:
        rows.append(("", [(given, given[:60])]))
    return format_html(
        '<select id="find-{}" name="{}"{}>{}</select>{}',
        name,
        name,
        wrong(form, name, help_id),
        format_html_join("", "{}", ((_group(row, given),) for row in rows)),
        why(form, name),
    )


def _group(row: tuple[str, list[tuple[str, str]]], given: str) -> str:
    label, options = row
    inner = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (value, SafeString(" selected") if value == given else "", words)
            for value, words in options
        ),
    )
    return format_html('<optgroup label="{}">{}</optgroup>', label, inner) if label else inner


@register.filter
def found_words(found) -> str:
    """12 grants, about 33,000 grants, at least 10,000 grants"""
    if found.is_exact:
        return counted(found.n_total, "grant")
    if found.is_estimate:
        return f"about {_rounded(found.n_total)} grants"
    # Not "more than": where only the first grants were looked at, these may be all there are.
    return f"at least {counted(found.n_total, 'grant')}"


@register.filter
def found_figure(found) -> str:
    """12, about 33,000, at least 10,000"""
    return found_words(found).removesuffix(" grants").removesuffix(" grant")


def _rounded(n: int) -> str:
    step = 10 ** (len(str(n)) - 2)
    return intcomma(round(n / step) * step)
