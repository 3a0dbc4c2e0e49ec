"""A site full of grants and categories that nobody has: as many as a measurement wants."""

import csv
import random
from pathlib import Path

from bench.site import Site

SCORED = 4_000  # at most so many are read; of more there are copies, suggestions and all

SYLLABLES = [
    *("ka", "lo", "mi", "ren", "sta", "vor", "tu", "bel", "qui", "dan", "fro"),
    *("gli", "hem", "jor", "nix", "pal", "sur", "tam", "wex", "yol"),
]
WORDS_OF_A_TEXT = 40
COPY = """
from django.db import connection, transaction
from annotation.models import Grant, QueueItem, Suggestion

def columns(model, table, *others):
    names = [f.column for f in model._meta.concrete_fields if f.column not in ("id", *others)]
    return ", ".join(f"{table}{connection.ops.quote_name(name)}" for name in names)

grant, item, hint = (m._meta.db_table for m in (Grant, QueueItem, Suggestion))
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute(f"SELECT max(id) FROM {grant}")
    last = cursor.fetchone()[0]
    for n in range(COPIES):
        cursor.execute(
            f"INSERT INTO {grant} (reference, {columns(Grant, '', 'reference')})"
            f" SELECT reference || '/{n}', {columns(Grant, '', 'reference')}"
            f" FROM {grant} WHERE id <= {last} ORDER BY id")
        for model, table in ((QueueItem, item), (Suggestion, hint)):
            cursor.execute(
                f"INSERT INTO {table} (grant_id, {columns(model, '', 'grant_id')})"
                f" SELECT copy.id, {columns(model, 'own.', 'grant_id')} FROM {table} own"
                f" JOIN {grant} first ON first.id = own.grant_id AND first.id <= {last}"
                f" JOIN {grant} copy ON copy.reference = first.reference || '/{n}'")
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
print(Grant.objects.count(), QueueItem.objects.count(), Suggestion.objects.count())
"""


def fill(site: Site, n_grants: int, n_categories: int) -> None:
    """Imported and scored by the word matcher as any others are; what is more are copies."""
    draw = random.Random(1)
    names = _taxonomy(site.folder / "taxonomy.csv", n_categories, draw)
    n_copies, n_read = divmod(n_grants, min(n_grants, SCORED))
    if n_read:
        raise ValueError(f"{n_grants:,} grants: above {SCORED:,} ask for a multiple of it.")
    with (site.folder / "grants.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["reference", "title", "description", "recipient_name"])
        for n in range(min(n_grants, SCORED)):
            text = " ".join(draw.choices(names, k=WORDS_OF_A_TEXT))
            lines.writerow([f"B-{n}", f"Grant {n}", text, f"Club {n}"])
    site.manage("import_taxonomy", str(site.folder / "taxonomy.csv"))
    site.manage("import_grants", str(site.folder / "grants.csv"))
    site.manage("score_waiting_grants")
    if n_copies > 1:
        site.manage("shell", "-c", COPY.replace("COPIES", str(n_copies - 1)))
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
