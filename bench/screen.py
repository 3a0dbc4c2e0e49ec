"""``python -m bench.screen``: how fast the annotating page is, as a person at a browser sees it.

    python -m bench.screen [--database postgres] [--grants 100000] [--saves 60] [--opened 40]

Beside each figure stands what was asked. They are performance marks of a real Chromium on made-up
grants, so they hold the browser's and the server's share of the same machine: a busy machine
shows, and the load stands beside them.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack

from playwright.sync_api import Browser, Page, sync_playwright

from bench.made_up import fill
from bench.site import PASSWORD, Site, a_site
from tests.e2e.chromium import launch_arguments

CATEGORIES, MANY, FEW, MORE = 1_300, 5_000, 254, 1_100
SMALL_POOL = 2_000
WORDS_TO_TYPE = ["ren", "vorta", "belmi", "stalo", "K0123", "mireen", "tuvor kalo", "hem"]
OPEN_TREE = """() => new Promise((done) => {
  const began = performance.now();
  document.body.dispatchEvent(
    new KeyboardEvent("keydown", { key: "t", code: "KeyT", bubbles: true }));
  const painted = () => setTimeout(() => done(performance.now() - began));
  const look = () => (document.querySelector("#tree [role=treeitem]")
    ? requestAnimationFrame(painted) : setTimeout(look));
  look();
})"""
LOADED = """() => [performance.getEntriesByType("navigation")[0].loadEventEnd,
  performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0]"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.screen")
    parser.add_argument("--database", default="postgres", choices=["sqlite", "postgres"])
    parser.add_argument("--grants", type=int, default=100_000)
    parser.add_argument("--saves", type=int, default=60)
    parser.add_argument("--opened", type=int, default=40, help="cold pages")
    args = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {_load()}")
    measure(args.database, args.grants, args.saves, args.opened)


def measure(database: str, n_grants: int = 100_000, saves: int = 60, opened: int = 40) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments())
        with a_site(database, is_collected=True) as site:
            fill(site, n_grants, CATEGORIES)
            print(f"{database}, {n_grants:,} grants, {CATEGORIES:,} categories, load {_load()}")
            _cold(site, browser, opened)
            _save(page := _signed_in(site, browser), saves)
            print(f"save to next grant painted: {_figures(_saved(page))}; p95 < 100 ms asked")
        with a_site(database, is_collected=True) as site:
            fill(site, SMALL_POOL, MANY)
            print(f"{database}, {SMALL_POOL:,} grants, {MANY:,} categories, load {_load()}")
            page = _signed_in(site, browser)
            _typed(page)
            _tree(page)
        _growth(database, browser, saves)
        browser.close()


def _cold(site: Site, browser: Browser, n: int) -> None:
    """An empty cache each time; bytes as they come over the wire, everything until idle."""
    page = _signed_in(site, browser)
    state = page.context.storage_state()
    page.context.close()
    loads, paints, counts, sizes = [], [], [], []
    for _ in range(n):
        page = browser.new_context(storage_state=state).new_page()
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        seen: list[float] = []
        wire.on("Network.loadingFinished", lambda e, seen=seen: seen.append(e["encodedDataLength"]))
        page.goto(site.base)
        page.locator("#main[data-is-ready]").wait_for()
        page.wait_for_load_state("networkidle")
        time.sleep(0.5)  # what waits for a painted page is counted as well
        page.wait_for_load_state("networkidle")
        loaded, painted = page.evaluate(LOADED)
        loads.append(loaded)
        paints.append(painted)
        counts.append(len(seen))
        sizes.append(sum(seen) / 1000)
        page.context.close()
    print(
        f"cold page: at most {max(counts)} requests (< 15 asked) and {max(sizes):.0f} kB over the"
        " wire until idle (< 150 asked)"
    )
    print(
        f"cold page loaded: {_figures(loads)}; p95 < 500 ms asked; first paint: {_figures(paints)}"
    )


def _typed(page: Page) -> None:
    page.keyboard.press("/")
    page.locator("[role=option]").first.wait_for()
    for words in WORDS_TO_TYPE * 2:
        page.locator("#add-words").fill("")
        page.keyboard.type(words, delay=90)
        time.sleep(0.1)
    times = _measures(page, "typed to painted")
    print(f"type-ahead, key to painted list: {_figures(times)}; p95 < 50 ms asked")
    page.keyboard.press("Escape")


def _tree(page: Page) -> None:
    times, nodes, shown = [], 0, 0
    for _ in range(20):
        times.append(page.evaluate(OPEN_TREE))
        nodes = page.locator("[role=treeitem]").count()
        shown = page.locator("[role=treeitem]:visible").count()
        page.keyboard.press("Escape")
        page.evaluate("document.querySelector('#tree-box').replaceChildren()")
    print(
        f"tree opened and painted: {_figures(times)}; < 200 ms asked; {nodes - shown} of its"
        f" {nodes} nodes in the page are not shown (0 asked)"
    )


def _growth(database: str, browser: Browser, saves: int) -> None:
    """By turns, so that whatever else the machine does falls on both."""
    with ExitStack() as sites:
        pages = {}
        for n in (FEW, MORE):
            site = sites.enter_context(a_site(database, is_collected=True))
            fill(site, SMALL_POOL, n)
            pages[n] = _signed_in(site, browser)
        for _ in range(max(1, saves // 10)):
            for page in pages.values():
                _save(page, 10)
        times = {n: _saved(page) for n, page in pages.items()}
    for n, found in times.items():
        print(f"save to next grant painted, {n:,} categories: {_figures(found)}")
    growth = statistics.median(times[MORE]) / statistics.median(times[FEW])
    print(f"growth from {FEW} to {MORE:,} categories: x{growth:.2f} (x1.2 at most asked)")


def _signed_in(site: Site, browser: Browser) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{site.base}/sign-in/")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)  # the tour, the first time
    page.goto(site.base)
    page.locator("#workspace").wait_for()
    page.wait_for_load_state("networkidle")
    return page


def _save(page: Page, n: int) -> None:
    """Read, then save: the next grant was fetched meanwhile, and the marks stay in the page."""
    for _ in range(n):
        time.sleep(1)
        page.locator("#workspace:not([aria-busy])").wait_for()
        if page.locator(".sugg[data-state=ticked]").count() == 0:
            page.keyboard.press("n")
        page.keyboard.press("Enter")
        page.wait_for_function("() => performance.getEntriesByName('save').length === 0")


def _saved(page: Page) -> list[float]:
    return _measures(page, "save to painted")


def _measures(page: Page, name: str) -> list[float]:
    found: list[float] = page.evaluate(
        "name => performance.getEntriesByName(name).map((e) => e.duration)", name
    )
    return found


def _figures(values: Sequence[float]) -> str:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms ({len(ordered)} times)"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
