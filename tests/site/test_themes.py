"""The dark theme is the light one in other colours, so all rules need not be tried on both."""

import re
from pathlib import Path

from django.conf import settings


def sheets():
    for path in sorted((Path(settings.BASE_DIR) / "static" / "css").rglob("*.css")):
        yield path.name, re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


def test_a_theme_decides_colours_and_nothing_else():
    """``light-dark()`` takes colours only; no rule asks for the theme but to set it."""
    names = []
    for name, css in sheets():
        names.append(name)
        assert "prefers-color-scheme" not in css, name
        for selector, body in re.findall(r"([^{}]*\[data-theme\b(?!-)[^{}]*)\{([^{}]*)\}", css):
            declared = re.findall(r"([\w-]+)\s*:", body)
            assert declared == ["color-scheme"], f"{name}: {selector.strip()} sets {declared}"
    assert "tokens.css" in names
