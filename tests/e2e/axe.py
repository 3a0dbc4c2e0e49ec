"""axe-core, the accessibility checker, run inside a page."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e import npm

PACKAGE = ("axe-core", "4.14.1", "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Of these, what depends on how light the page is: test_themes.py sees to it that nothing else does.
COLOURS = ["color-contrast", "link-in-text-block"]


def axe_source() -> Path:
    return npm.package(*PACKAGE) / "axe.min.js"


def violations(page: Page) -> list[str]:
    """A line for each element that breaks a rule in either theme; the page is light afterwards."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source().read_text())
    page.emulate_media(color_scheme="dark")
    found = [f"dark: {line}" for line in broken(page, {"type": "rule", "values": COLOURS})]
    page.emulate_media(color_scheme="light")
    return found + broken(page, {"type": "tag", "values": RULES})


def broken(page: Page, wanted: dict[str, Any]) -> list[str]:
    """The rule, the element, what is wrong."""
    # What kept a rule is not described, which would take a fifth of the time.
    options = {"runOnly": wanted, "resultTypes": ["violations"]}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


if __name__ == "__main__":
    axe_source()
