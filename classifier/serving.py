"""Suggestions for texts that are no grants: the active version, loaded once a process."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Max

from annotation.errors import NoSuchTraining
from annotation.models import Category, Grant, ImportRun, ModelVersion, SiteSettings
from classifier import registry
from classifier.ml.shortlist import shortlist
from classifier.ml.text import Corpus
from classifier.ticking import Model, as_set, sensitive_columns


@dataclass(frozen=True)
class Proposal:
    """One category for one text; ``score`` is a calibrated probability, 0 to 1."""

    facet: str
    category: str
    label: str
    path: list[str]
    score: float
    evidence: list[str]
    ticked: bool
    lexical: bool
    needs_person: bool  # sensitive: as sure as a ticked one, and never ticked


@dataclass(frozen=True)
class _Key:
    """What a loaded version depends on; another key means that it must be loaded anew."""

    version: int
    artifact: str
    release: int | None
    newest_import: int | None
    text_fields: tuple[str, ...]


class LoadedVersion:
    """A model version in memory, with the categories that are in use."""

    def __init__(self, version: ModelVersion, model: Model, key: _Key) -> None:
        self.name, self.model, self.key = str(version), model, key
        rows = {c.code: c for c in Category.objects.active().select_related("facet")}
        # A category retired since the training keeps its column and is not suggested.
        columns = enumerate(category.code for category in self.model.categories)
        self.categories = {column: rows[code] for column, code in columns if code in rows}
        self.is_lexical = np.asarray(
            getattr(self.model, "falls_back_", np.ones(len(self.model.categories), dtype=bool))
        )

    def classify(self, texts: Sequence[str], top: int) -> list[list[Proposal]]:
        """The ``top`` likeliest categories of each text, of all facets, the likeliest first."""
        nobody = [""] * len(texts)  # no recipient, and no programme whose usual words to pass over
        corpus = Corpus(list(texts), nobody, nobody)
        proba = self.model.predict_proba(corpus)
        site = SiteSettings.objects.current()
        model, sensitive = as_set(self.model, site), sensitive_columns(self.categories)
        offered = np.array(list(self.categories), dtype=np.int64)
        decided = model.decide(proba)
        best = [
            shortlist(offered, row, marks, model.thresholds_, top, site.least_score)
            for row, marks in zip(proba, decided, strict=True)
        ]
        words = self.model.evidence(corpus, best)
        return [
            [
                self._proposal(
                    column, float(row[column]), bool(marks[column]), column in sensitive, evidence
                )
                for column, evidence in zip(columns, told, strict=True)
            ]
            for row, marks, columns, told in zip(proba, decided, best, words, strict=True)
        ]

    def _proposal(
        self, column: int, score: float, is_sure: bool, is_sensitive: bool, evidence: list[str]
    ) -> Proposal:
        category = self.categories[column]
        return Proposal(
            facet=category.facet.code,
            category=category.code,
            label=category.label,
            path=category.ancestor_labels,
            score=score,
            evidence=evidence,
            ticked=is_sure and not is_sensitive,
            needs_person=is_sure and is_sensitive,
            lexical=bool(self.is_lexical[column]),
        )


_loading = threading.Lock()
_loaded: list[LoadedVersion] = []  # one at most


def active_version() -> LoadedVersion:
    """The version that serves now, loaded by the first caller and whenever another takes over.

    Costs three small queries while nothing has changed. During a reload the version before it
    still answers, so that only the caller who found the change waits. A version whose artifact is
    refused gives way to the one before it, as it does when grants are read; while the library of
    the active one is not installed, words alone answer.

    Raises:
        NoSuchTraining: there is no taxonomy, so no version either.
    """
    active = ModelVersion.objects.select_related("taxonomy").active()
    if active is None:
        raise _no_model()
    newest, fields = _newest_import(), tuple(SiteSettings.objects.current().text_fields)
    if _loaded and _loaded[0].key == _key(active, newest, fields):
        return _loaded[0]
    if not _loading.acquire(blocking=not _loaded):
        return _loaded[0]
    try:
        if not _loaded or _loaded[0].key != _key(active, newest, fields):
            # What came in since the question was asked is for the next caller to find.
            try:
                serving = registry.load_active()
            except registry.LibraryMissing:  # until the process is begun anew, with the library
                words = registry.words_alone(active.taxonomy)
                _loaded[:] = [LoadedVersion(*words, _key(active, newest, fields))]
                return _loaded[0]
            if serving is None:
                raise _no_model()
            version, model = serving
            _loaded[:] = [LoadedVersion(version, model, _key(version, newest, fields))]
        return _loaded[0]
    finally:
        _loading.release()


def _no_model() -> NoSuchTraining:
    return NoSuchTraining("There is no model yet. Import a taxonomy first.")


def _key(version: ModelVersion, newest_import: int | None, fields: tuple[str, ...]) -> _Key:
    release = version.taxonomy.release_id
    return _Key(version.pk, version.artifact_sha256, release, newest_import, fields)


def _newest_import() -> int | None:
    """Every version follows the grants: they tell which words are rare, and which too common."""
    imports = ImportRun.objects.filter(kind=ImportRun.Kind.GRANTS, state=ImportRun.State.DONE)
    newest: int | None = imports.aggregate(newest=Max("pk"))["newest"]
    return newest


def text_of(title: str, description: str) -> str:
    """The text as the model reads a grant's; empty when there is nothing to read."""
    return Grant(title=title, description=description).text.strip()
