"""The pool's texts for a model elsewhere, and its claims as suggestions by this site's categories.

Nothing is written into the site's rows: only a registered version of this site suggests there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from annotation.models import Category, Grant, SiteSettings
from classifier.backends.hosted_forms import Claim
from classifier.ticking import sensitive_codes

READ_AT_ONCE = 500


@dataclass(frozen=True)
class Suggested:
    """One category for one text, in the form of ``manage.py classify --json``.

    ``ticked`` and ``needs_person`` (as sure as a ticked one, but sensitive) are None where the
    model has no thresholds; ``score`` is a calibrated probability only where it has some.
    """

    facet: str
    category: str
    label: str
    path: list[str]
    score: float
    ticked: bool | None
    needs_person: bool | None


def pool_texts() -> Iterator[tuple[str, str]]:
    """(reference, text) of every grant that waits and has a text; none of the audit stream."""
    fields = SiteSettings.objects.current().text_fields
    grants = Grant.objects.pool().order_by("pk")
    for grant in grants.iterator(chunk_size=READ_AT_ONCE):
        if text := grant.text_of(fields).strip():
            yield grant.reference, text


class Reading:
    """Claims become suggestions; ``unknown``: codes that are none of this site's categories.

    ``classes``: the category of each label, where labels are no codes. A label that it leaves out
    is unknown, also where a category is called so. ``has_known``: whether any claim was of one.
    """

    def __init__(self, classes: Mapping[str, str] | None = None) -> None:
        self.classes, self.has_known = classes, False
        rows = Category.objects.active().select_related("facet")
        self.categories = {row.code: row for row in rows}
        self.marked, self.unknown = sensitive_codes(), set[str]()

    def suggestions(self, claims: Iterable[Claim]) -> list[dict[str, Any]]:
        """Of one text, in the order of the claims."""
        found = []
        for claim in claims:
            code = claim.code if self.classes is None else self.classes.get(claim.code)
            category = None if code is None else self.categories.get(code)
            if category is None:
                self.unknown.add(code or claim.code)
            else:
                self.has_known = True
                found.append(asdict(self._suggested(claim, category)))
        return found

    def _suggested(self, claim: Claim, category: Category) -> Suggested:
        is_marked = not self.marked.isdisjoint([category.code, *category.ancestor_codes])
        is_sensitive = is_marked or claim.is_sensitive
        return Suggested(
            facet=category.facet.code,
            category=category.code,
            label=category.label,
            path=category.ancestor_labels,
            score=claim.score,
            ticked=None if claim.is_sure is None else claim.is_sure and not is_sensitive,
            needs_person=None if claim.is_sure is None else claim.is_sure and is_sensitive,
        )
