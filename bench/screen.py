"""``python -m bench.screen``: how fast the annotating page is, as a person at a browser sees it.

    python -m bench.screen [--database postgres] [--grants 2000] [--categories 5000] [--saves 60]

Categories and grants are made up here; the figures are performance marks of a real Chromium.
"""

import argparse
import csv
import os
import platform
import random
import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.site import PASSWORD, Site, a_site
from tests.e2e.chromium import launch_arguments

SYLLABLES = [
    *("ka", "lo", "mi", "ren", "sta", "vor", "tu", "bel", "qui", "dan", "fro"),
    *("gli", "hem", "jor", "nix", "pal", "sur", "tam", "wex", "yol"),
]
WORDS_TO_TYPE = ["ren", "vorta", "belmi", "stalo", "K0123", "mireen", "tuvor kalo", "hem"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.screen")
    parser.add_argument("--database", default="postgres", choices=["sqlite", "postgres"])
    parser.add_argument("--grants", type=int, default=2_000)
    parser.add_argument("--categories", type=int, default=5_000)
    parser.add_argument("--saves", type=int, default=60)
    args = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{args.database}, {args.grants:,} grants, {args.categories:,} categories")
    with a_site(args.database, is_collected=True) as site, sync_playwright() as playwright:
        _fill(site, args.grants, args.categories)
        browser = playwright.chromium.launch(**launch_arguments())
        _cold(site, browser)
        page = _signed_in(site, browser)
        _typed(page)
        _tree(page)
        _saved(page, args.saves)
        browser.close()


def _fill(site: Site, n_grants: int, n_categories: int) -> None:
    draw = random.Random(1)
    names = _taxonomy(site.folder / "taxonomy.csv", n_categories, draw)
    with (site.folder / "grants.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["reference", "title", "description", "recipient_name"])
        for n in range(n_grants):
            text = " ".join(draw.choices(names, k=40))
            lines.writerow([f"B-{n}", f"Grant {n}", text, f"Club {n}"])
    site.manage("import_taxonomy", str(site.folder / "taxonomy.csv"))
    site.manage("import_grants", str(site.folder / "grants.csv"))
    site.manage("score_waiting_grants")
    site.add_user("ada")


def _taxonomy(path: Path, n: int, draw: random.Random) -> list[str]:
    """Two facets of four levels, ten below each."""
    names = []
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["facet", "code", "label", "broader", "definition", "alt_labels"])
        for i in range(n):
            name = " ".join("".join(draw.choices(SYLLABLES, k=3)) for _ in range(2)).capitalize()
            facet = "Subject" if i % 2 else "Population"
            above = i // 10 - (i // 10 - i) % 2 if i >= 20 else None
            broader = "" if above is None else f"K{above:04}"
            lines.writerow([facet, f"K{i:04}", name, broader, f"Work on {name}.", name[:7]])
            names.append(name)
    return names


def _signed_in(site: Site, browser: Browser) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{site.base}/sign-in/")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#workspace").wait_for()
    page.wait_for_load_state("networkidle")
    return page


def _cold(site: Site, browser: Browser) -> None:
    """An empty cache each time; bytes as they come over the wire, everything until idle."""
    loads, paints = [], []
    requests = bytes_ = 0
    for _ in range(12):
        page = _signed_in(site, browser)
        state = page.context.storage_state()
        page.context.close()
        page = browser.new_context(storage_state=state).new_page()
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        seen: list[float] = []
        wire.on("Network.loadingFinished", lambda e, seen=seen: seen.append(e["encodedDataLength"]))
        page.goto(site.base)
        page.wait_for_load_state("networkidle")
        times = page.evaluate(
            """() => [performance.getEntriesByType("navigation")[0].loadEventEnd,
                performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0]"""
        )
        loads.append(times[0])
        paints.append(times[1])
        requests, bytes_ = len(seen), int(sum(seen))
        page.context.close()
    print(f"cold page: {requests} requests, {bytes_ / 1000:.0f} kB over the wire until idle")
    print(f"cold page loaded: {_figures(loads)}; first paint: {_figures(paints)}")


def _typed(page: Page) -> None:
    page.keyboard.press("/")
    page.locator("[role=option]").first.wait_for()
    for words in WORDS_TO_TYPE:
        page.locator("#add-words").fill("")
        page.keyboard.type(words, delay=90)
        time.sleep(0.1)
    print(f"type-ahead, key to painted list: {_figures(_measures(page, 'typed to painted'))}")
    page.keyboard.press("Escape")


def _tree(page: Page) -> None:
    times, nodes = [], 0
    for _ in range(10):
        times.append(
            page.evaluate(
                """() => new Promise((done) => {
                     const began = performance.now();
                     document.body.dispatchEvent(new KeyboardEvent("keydown",
                       {key: "t", code: "KeyT", bubbles: true}));
                     const painted = () => setTimeout(() => done(performance.now() - began));
                     const look = () => (document.querySelector("#tree [role=treeitem]")
                       ? requestAnimationFrame(painted) : setTimeout(look));
                     look();
                   })"""
            )
        )
        nodes = page.locator("[role=treeitem]").count()
        page.keyboard.press("Escape")
        page.evaluate("document.querySelector('#tree-box').replaceChildren()")
    print(f"tree opened and painted: {_figures(times)}; {nodes} nodes in the page")


def _saved(page: Page, n: int) -> None:
    for _ in range(n):
        page.wait_for_load_state("networkidle")
        time.sleep(0.5)  # read it; a save in the first moment is a second Enter
        if page.locator(".sugg[data-state=ticked]").count() == 0:
            page.keyboard.press("n")
        page.keyboard.press("Enter")
        page.wait_for_function("() => performance.getEntriesByName('save').length === 0")
    print(f"save to next grant painted: {_figures(_measures(page, 'save to painted'))}")


def _measures(page: Page, name: str) -> list[float]:
    found: list[float] = page.evaluate(
        "name => performance.getEntriesByName(name).map((e) => e.duration)", name
    )
    return found


def _figures(values: list[float]) -> str:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms ({len(ordered)} times)"


if __name__ == "__main__":
    main()
