"""What a comparison of backends runs on: the site's grants as the first worker found them.

People go on annotating while it runs, and options on different labels could not be compared.
Only keys and answers are kept; texts stay where they are, and must not have changed.
"""

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.models import BackendComparison, Grant, SiteSettings, Taxonomy
from annotation.models.backend_comparisons import MOST_GRANTS, RECIPE
from annotation.reports.backend_comparisons import (
    ENOUGH_AUDIT_GRANTS,
    LEAST_GRANTS,
    measurable_backends,
)
from annotation.reports.labelled_ground import n_labelled
from classifier.backends.trials import Setting
from classifier.dataset import (
    BACKGROUND_LIMIT,
    Categories,
    audit_set,
    categories_of,
    corpus_of,
    training_set,
)
from classifier.labelled import Labelled
from classifier.ml.holdout import LabelledTexts, seen_before
from classifier.ml.text import Corpus

SEED = 0
PRIOR = "pooled"  # as the night has it
LIBRARIES = ("numpy", "scipy", "scikit-learn")
START_ANEW = "Start another comparison."


class MaterialGone(Exception):
    """What a comparison runs on is too little, or is no longer as it was when it began."""


@dataclass(frozen=True)
class Answered:
    """Keys of grants with their answers, both of the shape (n_grants, n_categories)."""

    grant_ids: list[int]
    y: NDArray[np.int64]
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, labelled: Labelled, most: int | None = None) -> "Answered":
        """Those with an answer; of more than ``most`` so many by lot."""
        rows = np.flatnonzero(labelled.known.any(axis=1))
        if most is not None and len(rows) > most:
            rows = np.sort(np.random.default_rng(SEED).permutation(rows)[:most])
        ids = [labelled.grant_ids[row] for row in rows]
        return cls(ids, labelled.y[rows], labelled.known[rows])


@dataclass(frozen=True)
class Material:
    """``test`` is empty where the grants answer themselves, fold after fold; ``more`` are grants
    without an answer, for vocabulary and statistics of words.
    """

    category_ids: list[int]
    train: Answered
    test: Answered
    more: list[int]


def material_of(taxonomy: Taxonomy) -> Material:
    """All as it is now. The audit stream measures where it is big enough, and never teaches.

    Raises:
        MaterialGone: too little is labelled.
    """
    categories = categories_of(taxonomy)
    train = Answered.of(training_set(categories), MOST_GRANTS)
    if len(train.grant_ids) < LEAST_GRANTS:
        raise MaterialGone(
            f"There are {len(train.grant_ids):,} labelled grants to learn from, and "
            f"{LEAST_GRANTS} are needed. Label more first."
        )
    test = Answered.of(audit_set(categories), MOST_GRANTS)
    if len(test.grant_ids) < ENOUGH_AUDIT_GRANTS:
        test = Answered([], test.y[:0], test.known[:0])
    labelled = set(train.grant_ids)
    keys = Grant.objects.teaching().order_by("content_sha256").values_list("pk", flat=True)
    more = [pk for pk in keys[:BACKGROUND_LIMIT] if pk not in labelled]
    return Material(categories.ids, train, test, more)


def packed(material: Material) -> bytes:
    """As it is stored."""
    kept = io.BytesIO()
    np.savez_compressed(
        kept,
        category_ids=np.array(material.category_ids, dtype=np.int64),
        more=np.array(material.more, dtype=np.int64),
        **_arrays("train", material.train),  # type: ignore[arg-type]  # numpy names no keyword
        **_arrays("test", material.test),  # type: ignore[arg-type]
    )
    return kept.getvalue()


def unpacked(data: bytes) -> Material:
    """What :func:`packed` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as kept:
        train, test = (
            Answered(
                kept[f"{part}_ids"].tolist(),
                kept[f"{part}_y"].astype(np.int64),
                kept[f"{part}_known"],
            )
            for part in ("train", "test")
        )
        return Material(kept["category_ids"].tolist(), train, test, kept["more"].tolist())


def _arrays(name: str, part: Answered) -> dict[str, NDArray[Any]]:
    return {
        f"{name}_ids": np.array(part.grant_ids, dtype=np.int64),
        f"{name}_y": part.y.astype(bool),
        f"{name}_known": part.known,
    }


def setting_of(run: BackendComparison, material: Material) -> tuple[Setting, str]:
    """The same for every option of a comparison, and its hash.

    Raises:
        MaterialGone: grants have been deleted, or the categories are no longer the same.
    """
    categories = categories_of(run.taxonomy)
    if material.category_ids != categories.ids:
        raise MaterialGone(f"The categories have changed since it began. {START_ANEW}")
    train, test = _texts(material.train), _texts(material.test)
    setting = Setting(
        categories=categories.texts,
        train=train,
        test=test if len(test) else None,
        unlabelled=_corpus(material.more),
        limit=None,
        seed=SEED,
        prior=PRIOR,
        use_rules=True,  # as the site itself does
    )
    return setting, _sha256(categories, setting)


def facts_of(run: BackendComparison, setting: Setting, sha256: str) -> dict[str, Any]:
    """What its page and its files say of the grants; see ``BackendComparison``."""
    is_audit, release = setting.test is not None, run.taxonomy.release
    measured = setting.test if setting.test is not None else setting.train
    seen = seen_before(setting.train.corpus, setting.test.corpus) if setting.test else 0
    return {
        "held_out": "audit" if is_audit else "folds",
        "n_train": len(setting.train),
        "n_measured": len(measured),
        "n_categories": len(setting.categories),
        "n_labelled": n_labelled(),
        "snapshot_sha256": sha256,
        "basis": {
            "taxonomy": f"release {release.number}" if release else "as it was typed in",
            "train": ["the pool of this site"],
            "test": ["its audit stream"] if is_audit else [],
            "unlabelled": ["grants without a label"] if len(setting.unlabelled) else [],
            "sha256": [sha256],
            "rules": setting.use_rules,
            "prior": setting.prior,
            "limit_train": setting.limit,
            "seed": setting.seed,
            "recipe": RECIPE,
            "libraries": {name: version(name) for name in LIBRARIES},
            "n_seen_before": seen,
            "left_out": _left_out(run),
        },
    }


def _left_out(run: BackendComparison) -> dict[str, str]:
    """What those want that nobody could ask for, by name."""
    asked = set(run.backends.values_list("name", flat=True))
    return {
        each.name: each.wants
        for each in measurable_backends()
        if each.wants and each.name not in asked
    }


def _texts(part: Answered) -> LabelledTexts:
    return LabelledTexts(
        [str(pk) for pk in part.grant_ids], _corpus(part.grant_ids), part.y, part.known
    )


def _corpus(grant_ids: list[int]) -> Corpus:
    """In the order of the keys; part by part, since rows weigh more than their texts."""
    fields = SiteSettings.objects.current().text_fields
    texts: list[str] = []
    recipients: list[str] = []
    batches: list[str] = []
    for start in range(0, len(grant_ids), 500):  # SQLite takes so many parameters and no more
        keys = grant_ids[start : start + 500]
        found = Grant.objects.in_bulk(keys)
        part = corpus_of((found[pk] for pk in keys if pk in found), fields)
        texts += part.texts
        recipients += part.recipients
        batches += part.batches
    if n := len(grant_ids) - len(texts):
        raise MaterialGone(f"{n:,} of its grants have been deleted since it began. {START_ANEW}")
    return Corpus(texts, recipients, batches)


def _sha256(categories: Categories, setting: Setting) -> str:
    digest = hashlib.sha256()
    for text in categories.texts:
        digest.update(json.dumps(asdict(text)).encode())
    for part in (setting.train, setting.test):
        if part is not None:
            digest.update(json.dumps(part.references).encode())
            digest.update(np.packbits(part.y == 1).tobytes() + np.packbits(part.known).tobytes())
            _add(digest, part.corpus)
    _add(digest, setting.unlabelled)
    return digest.hexdigest()


def _add(digest: Any, corpus: Corpus) -> None:
    for facts in zip(corpus.texts, corpus.recipients, corpus.batches, strict=True):
        digest.update(json.dumps(facts).encode())
