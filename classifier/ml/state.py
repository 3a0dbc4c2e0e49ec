"""A fitted classifier as plain arrays, texts and numbers, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from numpy.typing import NDArray

from classifier.ml.calibration import FacetMaps, LogisticMap
from classifier.ml.echoes import Echoes
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.hierarchy import ancestor_matrix
from classifier.ml.inputs import InputBuilder
from classifier.ml.labels import LabelEvidence
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.meaning import CategoryVectors, Meaning
from classifier.ml.scorer import MeaningScorer, Scorer
from classifier.ml.spaces import TextSpaces
from classifier.ml.stacker import FoldedWeights, SharedWeights
from classifier.ml.stops import BatchStops
from classifier.ml.text import CategoryText
from classifier.ml.vocabulary import Vocabulary

# Raise it when stems, names or formulas change: an old file would then mean something else.
FORMAT = 2
WITH_MEANING = 3  # the same, and what was learned from sentence vectors
WITH_ECHOES = 4  # either, and what stands in for examples
PARAMETERS = ("prior", "use_rules", "min_examples", "folds", "seed")


def state_of(classifier: CategoryClassifier) -> dict[str, Any]:
    """All that the classifier needs to predict; out-of-fold probabilities stay behind."""
    scorer, reader = classifier.scorer_, classifier.reader_
    meaning = _plain_meaning(classifier)
    return {
        "format": _format_of(classifier),
        "meaning": meaning,
        "echoes": scorer.echoes and [scorer.echoes.vectors, scorer.echoes.weight],
        "parameters": {name: getattr(classifier, name) for name in PARAMETERS},
        "categories": [_plain(category) for category in classifier.categories],
        "spaces": [_plain_vocabulary(vocabulary) for vocabulary in scorer.spaces.vocabularies],
        "labels": _plain_vocabulary(scorer.labels.vocabulary),
        "ridge": scorer.ridge,
        "ridge_mean": scorer.ridge_mean,
        "prototypes": scorer.prototypes,
        "rule_precision": scorer.rule_precision,
        "slopes": scorer.weights.slopes,
        "offsets": scorer.weights.offsets,
        "shared": [classifier.shared_.mean, classifier.shared_.scale, classifier.shared_.weights],
        "maps": _plain_maps(classifier.maps_),
        "thresholds": classifier.thresholds_,
        "falls_back": classifier.falls_back_,
        "tuned_on": classifier.tuned_on_,
        "category_idf": classifier.matcher_.names_.idf,
        "word_stops": reader.word_stops.columns,
        "rule_stops": reader.rule_stops.columns,
    }


def restored(state: dict[str, Any]) -> CategoryClassifier:
    """The classifier of a state.

    Raises
    ------
    ValueError
        If the state was written by another format, or its parts do not belong together.
    """
    if state.get("format") not in (FORMAT, WITH_MEANING, WITH_ECHOES):
        raise ValueError(
            f"it is of format {state.get('format')!r}, and this release reads formats {FORMAT} "
            f"to {WITH_ECHOES}"
        )
    categories = [_category(fields) for fields in state["categories"]]
    classifier = CategoryClassifier(categories, **state["parameters"])
    classifier.prepare(_matcher(categories, state))
    classifier.scorer_ = _scorer(categories, state)
    classifier.shared_ = SharedWeights(*state["shared"])
    classifier.maps_ = _maps(classifier.scorer_, state["maps"])
    meaning = state.get("meaning")
    classifier.meaning_maps_ = meaning and _maps(classifier.scorer_, meaning["maps"])
    classifier.thresholds_ = state["thresholds"]
    classifier.falls_back_ = state["falls_back"]
    classifier.tuned_on_ = state["tuned_on"]
    _check(classifier)
    return classifier


def _format_of(classifier: CategoryClassifier) -> int:
    """The least number whose readers understand all that is in it."""
    if classifier.scorer_.echoes is not None:
        return WITH_ECHOES
    return WITH_MEANING if classifier.reads_meaning else FORMAT


def _plain_meaning(classifier: CategoryClassifier) -> dict[str, Any] | None:
    found, maps = classifier.scorer_.meaning, classifier.meaning_maps_
    if found is None or maps is None:
        return None
    return {
        "documents": found.meaning.categories.documents,
        "names": found.meaning.categories.names,
        "ridge": found.meaning.ridge,
        "ridge_mean": found.meaning.mean,
        "slopes": found.weights.slopes,
        "offsets": found.weights.offsets,
        "maps": _plain_maps(maps),
    }


def _plain_maps(maps: FacetMaps) -> list[list[float]]:
    return [list(calibrate.weights) for calibrate in maps.maps]


def _maps(scorer: Scorer, plain: list[list[float]]) -> FacetMaps:
    return FacetMaps(scorer.builder.facets, [LogisticMap(tuple(weights)) for weights in plain])


def _plain(category: CategoryText) -> dict[str, Any]:
    lists = {"alt_labels": list(category.alt_labels), "ancestors": list(category.ancestors)}
    return asdict(category) | lists


def _category(fields: dict[str, Any]) -> CategoryText:
    lists = {"alt_labels": tuple(fields["alt_labels"]), "ancestors": tuple(fields["ancestors"])}
    return CategoryText(**(fields | lists))


def _plain_vocabulary(vocabulary: Vocabulary) -> dict[str, Any]:
    # No term holds a line break: all are made of letters and blanks.
    return {"terms": "\n".join(vocabulary.terms), "idf": vocabulary.idf}


def _vocabulary(fields: dict[str, Any]) -> Vocabulary:
    terms = fields["terms"].split("\n") if fields["terms"] else []
    return Vocabulary(terms, fields["idf"])


def _matcher(categories: list[CategoryText], state: dict[str, Any]) -> LexicalMatcher:
    matcher = LexicalMatcher(categories).prepare()
    if len(state["category_idf"]) != len(matcher.names_.columns):
        raise ValueError("its category words are not those of this release")
    matcher.names_.weigh(state["category_idf"])
    reader = matcher.reader_
    reader.word_stops = BatchStops(len(reader.words), state["word_stops"])
    reader.rule_stops = BatchStops(len(categories), state["rule_stops"])
    return matcher


def _scorer(categories: list[CategoryText], state: dict[str, Any]) -> Scorer:
    with_rules = state["rule_precision"] is not None
    return Scorer(
        spaces=TextSpaces([_vocabulary(fields) for fields in state["spaces"]]),
        labels=LabelEvidence(categories, _vocabulary(state["labels"]), with_rules),
        builder=InputBuilder([c.facet for c in categories], ancestor_matrix(categories)),
        ridge=state["ridge"],
        ridge_mean=state["ridge_mean"],
        prototypes=state["prototypes"],
        rule_precision=state["rule_precision"],
        weights=FoldedWeights(state["slopes"], state["offsets"]),
        meaning=_meaning(state.get("meaning")),
        echoes=Echoes(*state["echoes"]) if state.get("echoes") else None,
    )


def _meaning(state: dict[str, Any] | None) -> MeaningScorer | None:
    if state is None:
        return None
    categories = CategoryVectors(state["documents"], state["names"])
    meaning = Meaning(categories, state["ridge"], state["ridge_mean"])
    return MeaningScorer(meaning, FoldedWeights(state["slopes"], state["offsets"]))


def _check(classifier: CategoryClassifier) -> None:
    """Refuse arrays of other shapes than the parts ask for."""
    scorer, n_categories = classifier.scorer_, len(classifier.categories)
    vocabularies = [*scorer.spaces.vocabularies, scorer.labels.vocabulary]
    sizes = [len(vocabulary.terms) for vocabulary in vocabularies]
    by_category: list[NDArray[Any]] = [scorer.ridge_mean, scorer.weights.offsets]
    by_category += [classifier.thresholds_, classifier.falls_back_]
    if scorer.rule_precision is not None:
        by_category.append(scorer.rule_precision)
    found = [v.idf.shape for v in vocabularies] + [array.shape for array in by_category]
    found += [scorer.ridge.shape, scorer.prototypes.shape, scorer.weights.slopes.shape[1:]]
    expected: list[tuple[int, ...]] = [(size,) for size in sizes]
    expected += [(n_categories,)] * len(by_category)
    expected += [(sum(sizes[:3]), n_categories), (sizes[2], n_categories), (n_categories,)]
    if scorer.echoes is not None:
        found.append(scorer.echoes.vectors.shape)
        expected.append((sizes[2], n_categories))
    if (meaning := scorer.meaning) is not None:
        vectors = meaning.meaning.categories
        found += [array.shape[:1] for array in (vectors.documents, vectors.names)]
        found += [array.shape[1:] for array in (meaning.meaning.ridge, meaning.weights.slopes)]
        found += [meaning.meaning.mean.shape, meaning.weights.offsets.shape]
        expected += [(n_categories,)] * 6
    if found != expected or len(classifier.maps_.maps) != len(scorer.builder.facets):
        raise ValueError("its arrays do not belong together")
