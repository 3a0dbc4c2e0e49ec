"""Markdown of people of the house as HTML: no raw HTML, no pictures, no addresses but links."""

from functools import cache

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# A page has one first heading, and it is not the guidelines'.
SHIFT = 1


def as_html(text: str) -> SafeString:
    """HTML of a Markdown text. What looks like HTML in it is shown as it was typed."""
    tokens = _reader().parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + SHIFT)}"
    html = _reader().renderer.render(tokens, _reader().options, {})
    return mark_safe(html)  # noqa: S308 - the reader escapes all that it does not make itself


@cache
def _reader() -> MarkdownIt:
    # A picture would be fetched from wherever it lies.
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
