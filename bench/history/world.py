"""The site as its people found it: settings, accounts, categories, grants and suggestions."""

import csv
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.utils import timezone

from annotation.models import (
    Category,
    Grant,
    ModelVersion,
    QueueItem,
    Suggestion,
    User,
)
from annotation.services.import_grants import import_grants
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.site_settings import change_settings
from annotation.services.suggestions import replace_suggestions
from bench.history.grants import MadeGrant
from bench.history.people import PEOPLE
from bench.history.taxonomy import Term
from bench.history.work import Place

SHARES = {"audit_share": 0.10, "blind_share": 0.15, "second_share": 0.30}
BATCH = 500
JUDGE = "judge"
COLUMNS = (
    "reference", "title", "description", "programme", "recipient_place", "beneficiary_place",
    "recipient_name", "amount_awarded", "currency",
)  # fmt: skip


def write_world(terms: dict[str, Term], grants: Sequence[MadeGrant]) -> ModelVersion:
    """Settings, people, taxonomy, grants, and a version with its suggestions."""
    change_settings(None, 0, SHARES)
    for person in PEOPLE:
        _user(person.name, User.Role.ANNOTATOR)
    _user(JUDGE, User.Role.ADMINISTRATOR)
    with tempfile.TemporaryDirectory() as folder:
        import_taxonomy(_taxonomy_file(Path(folder), terms.values()), name="Made-up history")
        import_grants(_grants_file(Path(folder), grants))
    version = ModelVersion.objects.active()  # the taxonomy brought it: it knows words alone
    assert version, "A taxonomy comes with its lexical matcher."
    _suggest(version, grants)
    return version


def places() -> dict[str, Place]:
    """How the import has planned each grant, by reference."""
    rows = QueueItem.objects.values_list(
        "grant__reference", "grant__stream", "is_blind", "n_required"
    )
    return {ref: Place(stream == Grant.Stream.AUDIT, blind, n) for ref, stream, blind, n in rows}


def _user(name: str, role: str) -> None:
    user = User(username=name, role=role, tour_seen_at=timezone.now())
    user.set_unusable_password()
    user.save()


def _taxonomy_file(folder: Path, terms: Iterable[Term]) -> Path:
    with (folder / "taxonomy.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["facet", "code", "label", "broader", "definition"])
        for term in terms:
            row = [term.facet, term.code, term.label, term.broader, f"Work on {term.label}."]
            lines.writerow(row)
    return folder / "taxonomy.csv"


def _grants_file(folder: Path, grants: Iterable[MadeGrant]) -> Path:
    with (folder / "grants.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for i, g in enumerate(grants):
            lines.writerow([g.reference, g.title, g.description, g.programme, g.place, g.place,
                            f"Club {i % 700}", g.amount, "AUD"])  # fmt: skip
    return folder / "grants.csv"


def _suggest(version: ModelVersion, grants: Sequence[MadeGrant]) -> None:
    categories = dict(Category.objects.values_list("code", "pk"))
    keys = dict(Grant.objects.values_list("reference", "pk"))
    for start in range(0, len(grants), BATCH):
        batch = grants[start : start + BATCH]
        suggestions = [
            Suggestion(
                grant_id=keys[grant.reference],
                category_id=categories[hint.code],
                model_version=version,
                score=hint.score,
                rank=rank,
                is_ticked=hint.is_ticked,
            )
            for grant in batch
            for hints in grant.hints.values()
            for rank, hint in enumerate(hints, start=1)
        ]
        replace_suggestions(version, [keys[grant.reference] for grant in batch], suggestions)
