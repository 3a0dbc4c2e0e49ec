"""A site full of grants and categories that nobody has: as many as a measurement wants."""

import csv
import random
from pathlib import Path

from bench.site import Site

SYLLABLES = [
    *("ka", "lo", "mi", "ren", "sta", "vor", "tu", "bel", "qui", "dan", "fro"),
    *("gli", "hem", "jor", "nix", "pal", "sur", "tam", "wex", "yol"),
]
WORDS_OF_A_TEXT = 40


def fill(site: Site, n_grants: int, n_categories: int) -> None:
    """Imported and scored as any others are; the suggestions are the word matcher's."""
    draw = random.Random(1)
    names = _taxonomy(site.folder / "taxonomy.csv", n_categories, draw)
    with (site.folder / "grants.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["reference", "title", "description", "recipient_name"])
        for n in range(n_grants):
            text = " ".join(draw.choices(names, k=WORDS_OF_A_TEXT))
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
