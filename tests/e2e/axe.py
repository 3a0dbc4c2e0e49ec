"""axe-core, the accessibility checker, run inside a page."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e import npm

PACKAGE = ("axe-core", "4.14.1", "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe_source() -> Path:
    return npm.package(*PACKAGE) / "axe.min.js"


def violations(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """One line for each element that breaks a rule: the rule, the element, what is wrong."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source().read_text())
    options = {"runOnly": {"type": "tag", "values": rules or RULES}}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


if __name__ == "__main__":
    axe_source()
