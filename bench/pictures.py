"""``python -m bench.pictures``: the pictures of docs/images, of a demonstration that runs.

    make up                                                    # in another terminal
    python -m bench.pictures NAME [--site http://127.0.0.1:8000] [--only people drift]

NAME is an administrator who has chosen a password, which is read from standard input. What is on
the pages is what the site has: nobody has annotated the demonstration, so pictures of people and
drift are taken of a site that ``bench.history`` has filled, with its reports worked out.
"""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.chromium import launch_arguments

FOLDER = Path(__file__).parents[1] / "docs" / "images"
DESK = (1366, 850)
# name -> address, size and theme of the window
PICTURES = {
    "annotate": ("/", DESK, "light"),
    "annotate-dark": ("/", DESK, "dark"),
    "annotate-phone": ("/", (390, 844), "light"),
    "grants": ("/grants/", DESK, "light"),
    "coverage": ("/coverage/", (1366, 1300), "light"),
    "versions": ("/versions/", DESK, "light"),
    "people": ("/people/", (1280, 1150), "light"),
    "drift": ("/drift/", (1366, 1150), "light"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pictures")
    parser.add_argument("name")
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    parser.add_argument("--only", nargs="+", choices=PICTURES, default=list(PICTURES))
    args = parser.parse_args()
    password = sys.stdin.readline().rstrip("\n")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments())
        state = _signed_in(browser, args.site, args.name, password)
        for picture in args.only:
            address, (width, height), theme = PICTURES[picture]
            context = browser.new_context(
                storage_state=state,
                viewport={"width": width, "height": height},
                color_scheme=theme,
            )
            page = context.new_page()
            _look(page, args.site + address, FOLDER / f"{picture}.png")
            context.close()
            print(picture)


def _signed_in(browser: Browser, site: str, name: str, password: str) -> object:
    """The cookies of a session, so that each picture begins with a window of its own."""
    page = browser.new_page()
    page.goto(f"{site}/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Main", exact=True).wait_for()
    return page.context.storage_state()


def _look(page: Page, address: str, file: Path) -> None:
    page.goto(address)
    page.locator("#main").wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file, animations="disabled")


if __name__ == "__main__":
    main()
