"""The production recipe and the classical families, all fitted and served on this machine."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
import skops.io
from numpy.typing import NDArray
from scipy import sparse
from skops.io.exceptions import UntrustedTypesFoundException

from classifier.backends.blocks import Blocks, fit_blocks
from classifier.backends.families import FAMILIES, Family
from classifier.backends.options import PRODUCTION
from classifier.backends.protocol import Cost, Description, Load, Snapshot, on_this_machine
from classifier.backends.tuned import Sizes, facets_of, scores_out_of_fold, tuned
from classifier.ml import artifacts
from classifier.ml.artifacts import AGAIN, CorruptArtifact
from classifier.ml.backoff import with_backing_off
from classifier.ml.calibration import FacetMaps, LogisticMap
from classifier.ml.chunks import in_chunks
from classifier.ml.costs import Seconds, Serving
from classifier.ml.documents import documents_of
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.hierarchy import ancestor_matrix
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.thresholds import tick, with_the_likeliest
from classifier.ml.vocabulary import Vocabulary, learned_vocabulary
from classifier.ml.words import tokens

STAYS = "nothing: texts, labels and model stay on this machine"
FORMAT = 1


@dataclass(frozen=True)
class Production:
    """The classifier that the site trains every night."""

    use_rules: bool = True
    prior: str = "pooled"
    name: str = PRODUCTION

    def fit(self, snapshot: Snapshot) -> CategoryClassifier:
        """The recipe, as a night does it."""
        train = snapshot.train
        model = CategoryClassifier(
            snapshot.categories, self.prior, self.use_rules, seed=snapshot.seed
        )
        return model.fit(
            train.corpus,
            train.y,
            train.known,
            snapshot.drawn,
            snapshot.background,
            snapshot.weights,
            snapshot.vectors,
        )

    def dump(self, model: CategoryClassifier) -> bytes:
        """Its artifact, as the registry keeps it."""
        return artifacts.dump(model)

    def load(self, data: bytes) -> CategoryClassifier:
        """The classifier of an artifact."""
        return artifacts.load(data)

    def describe(self) -> Description:
        """What it is."""
        rules = ", keyword rules" if self.use_rules else ""
        return Description(
            "kernel ridge, prototypes and the categories' own words, weighed by one regression",
            f"words, pairs and pieces of words; the words of the categories{rules}",
            STAYS,
        )

    def cost(self, load: Load, fit: Seconds, serving: Serving) -> Cost:
        """Hours of this machine."""
        return on_this_machine(load, fit, serving)


@dataclass(frozen=True)
class FamilyModel:
    """A fitted family with what makes probabilities and ticks of its scores."""

    categories: list[CategoryText]
    vocabulary: Vocabulary
    blocks: Blocks
    sizes: Sizes
    maps: FacetMaps
    thresholds_: NDArray[np.float64]
    ancestors: sparse.csr_array
    proba_oof_: NDArray[np.float32] | None = None  # of the training texts, each unseen; not stored

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        """Calibrated probabilities, float32 of shape (n_texts, n_categories)."""
        return in_chunks(self._part_proba, corpus, len(self.categories))

    def _part_proba(self, part: Corpus) -> NDArray[np.float32]:
        return self.maps(self.sizes(self.blocks.scores(vectors_of(self.vocabulary, part))))

    def decide(self, proba: NDArray[np.float32], at_least_one: bool = False) -> NDArray[np.bool_]:
        """What is ticked, by the same rules as the production recipe ticks."""
        ticked = tick(proba, self.thresholds_, self.ancestors)
        ticked = with_backing_off(ticked, proba, self.ancestors)
        return with_the_likeliest(ticked, proba) if at_least_one else ticked


@dataclass(frozen=True)
class Classical:
    """A classical family behind the protocol: TF-IDF of single words, one text one row."""

    family: Family

    @property
    def name(self) -> str:
        """The family's."""
        return self.family.name

    def fit(self, snapshot: Snapshot) -> FamilyModel:
        """Fit on all texts; calibrate and set thresholds out of fold, as the production recipe."""
        categories, train, seed = snapshot.categories, snapshot.train, snapshot.seed
        vocabulary = learned_vocabulary(
            (tokens(text) for text in snapshot.background.texts),
            snapshot.background.recipients,
            documents_of(categories, with_keywords=False),
            min_texts=2,
        )
        X = vectors_of(vocabulary, train.corpus)
        blocks = fit_blocks(self.family.fit, X, train.y, train.known, seed)

        def scores_of(rows: NDArray[np.int64], held: NDArray[np.int64]) -> NDArray[np.float32]:
            y, known = train.y[rows], train.known[rows]
            return fit_blocks(self.family.fit, X[rows], y, known, seed).scores(X[held])

        found = tuned(snapshot, scores_out_of_fold(snapshot, scores_of))
        return FamilyModel(
            categories,
            vocabulary,
            blocks,
            found.sizes,
            found.maps,
            found.thresholds,
            ancestor_matrix(categories),
            found.proba,
        )

    def dump(self, model: FamilyModel) -> bytes:
        """Plain arrays and texts in skops, as an artifact."""
        state = {
            "format": FORMAT,
            "family": self.name,
            "codes": [category.code for category in model.categories],
            "facets": [category.facet for category in model.categories],
            "labels": [category.label for category in model.categories],
            "ancestors": [list(category.ancestors) for category in model.categories],
            "terms": "\n".join(model.vocabulary.terms),
            "idf": model.vocabulary.idf,
            "blocks": model.blocks.plain(),
            "sizes": [model.sizes.middle, model.sizes.spread, model.sizes.usual],
            "maps": [list(one.weights) for one in model.maps.maps],
            "thresholds": model.thresholds_,
        }
        return bytes(skops.io.dumps(state, compression=zipfile.ZIP_DEFLATED))

    def load(self, data: bytes) -> FamilyModel:
        """The model of such bytes; of its categories only what answering asks for."""
        try:
            state = skops.io.loads(data, trusted=[])
            if (state["format"], state["family"]) != (FORMAT, self.name):
                raise ValueError(f"it holds {state['family']!r} of format {state['format']!r}")
            return _restored(state)
        except UntrustedTypesFoundException as error:
            raise CorruptArtifact(f"The artifact is refused: {error} {AGAIN}") from error
        except Exception as error:  # damaged bytes make skops fail in many ways
            name = type(error).__name__
            raise CorruptArtifact(
                f"The artifact cannot be read ({name}: {error}). {AGAIN}"
            ) from error

    def describe(self) -> Description:
        """What it is."""
        return Description(self.family.method, "single words of the text", STAYS)

    def cost(self, load: Load, fit: Seconds, serving: Serving) -> Cost:
        """Hours of this machine."""
        return on_this_machine(load, fit, serving)


def vectors_of(vocabulary: Vocabulary, corpus: Corpus) -> sparse.csr_array:
    """Sublinear TF-IDF of single words, float32 of shape (n_texts, n_terms)."""
    return vocabulary.transform(tokens(text) for text in corpus.texts)


def _restored(state: dict[str, Any]) -> FamilyModel:
    words = state["codes"], state["facets"], state["labels"], state["ancestors"]
    categories = [
        CategoryText(code, facet, label, (), "", "", tuple(ancestors), "", "")
        for code, facet, label, ancestors in zip(*words, strict=True)
    ]
    terms = state["terms"].split("\n") if state["terms"] else []
    maps = [LogisticMap(tuple(weights)) for weights in state["maps"]]
    return FamilyModel(
        categories,
        Vocabulary(terms, state["idf"]),
        Blocks.restored(state["blocks"]),
        Sizes(*state["sizes"]),
        FacetMaps(facets_of(categories), maps),
        state["thresholds"],
        ancestor_matrix(categories),
    )


CLASSICAL = {name: Classical(family) for name, family in FAMILIES.items()}
