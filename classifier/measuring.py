"""Measuring a candidate against the active version, on grants that neither has learned from."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace

from annotation.models import Category, ModelVersion, SiteSettings
from annotation.reports.backend_comparisons import ENOUGH_AUDIT_GRANTS
from classifier import registry
from classifier.backends.with_words import WithWords
from classifier.labelled import Labelled
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.baselines import Suggested, by_rules, has_rules
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.evaluation import Evaluation, evaluate
from classifier.ml.gate import Gate, compare, without_grants
from classifier.ml.meaning import CategoryVectors
from classifier.ml.pairing import Paired, pair
from classifier.ml.text import CategoryText, Corpus
from classifier.saying import CannotSayUnseen, measurable, said_of_audit, said_unseen

logger = logging.getLogger(__name__)
Candidate = CategoryClassifier | WithWords
WORD_MATCHER = "the word matcher"


@dataclass(frozen=True)
class Measured:
    """What a candidate reaches, and whether it may take over."""

    evaluation: Evaluation | None  # None: nothing is labelled
    rules: Evaluation | None  # of the keyword rules alone; None: the taxonomy has none, or as above
    gate: Gate
    measured_on: str
    kind: str  # of the grants: audit, or labelled
    # With what the gate compared it last, and what has changed from there; as the first.
    against: str = ""
    margin: float = 0.0
    paired: Paired | None = None
    is_with_active: bool = False  # the comparison is with the active version, not words alone
    grants: Labelled | None = None  # that it was measured on
    said: Suggested | None = None  # of them
    keywords: Suggested | None = None  # what matching words without any learning says of them
    keywords_are: str = ""  # in words: the rules, or the word matcher where there are none

    def as_json(self) -> dict[str, object]:
        if self.evaluation is None:
            return {"figures": {}, "rules": {}, "measured_on": "", "gate": {}}
        return {
            "figures": _without_categories(self.evaluation),
            "rules": _without_categories(self.rules) if self.rules else {},
            "measured_on": self.measured_on,
            "gate": {
                "candidate": self.gate.candidate,
                "incumbent": self.gate.incumbent,
                "difference": vars(self.gate.difference),
                "n_grants": self.gate.n_grants,
                "against": self.against,
                "margin": self.margin,
                "measures": as_json(self.paired)["measures"] if self.paired else {},
                "watched": [asdict(change) for change in self.gate.watched],
            },
        }

    def comparison(self) -> dict[str, object] | None:
        """What its page shows of the candidate beside the active version; None: not compared."""
        if self.paired is None or not self.is_with_active:
            return None
        return as_json(self.paired) | {"measured_on": self.measured_on, "kind": self.kind}


def as_json(paired: Paired) -> dict[str, object]:
    """As a page shows it, with the categories that are watched today marked."""
    codes = watched()
    found = asdict(paired)
    for row in found["categories"]:
        row["is_watched"] = row["code"] in codes
    return found


def watched() -> set[str]:
    """Codes of the categories that must not fall."""
    return {*Category.objects.active().filter(is_watched=True).values_list("code", flat=True)}


def _without_categories(evaluation: Evaluation) -> dict[str, object]:
    figures = evaluation.as_json()
    del figures["categories"]
    return figures


def measure(
    candidate: Candidate,
    incumbent: ModelVersion | None,
    training: Labelled,
    audit: Labelled,
    background: Corpus,
    vectors: CategoryVectors | None = None,
    said: Suggested | None = None,
) -> Measured:
    """Measure both anew on the same grants: the audit stream, or while it is small, out of fold.

    Stored figures of the active version are of another, smaller audit set, so they are not used.

    Args:
        vectors: of the categories, where sentence vectors are read.
        said: what the candidate says of the audit grants, where it is known already.
    """
    rows, left_out = measurable(audit, incumbent)
    audit = audit.take(rows)
    if len(audit) >= ENOUGH_AUDIT_GRANTS:
        if said is not None:
            said = Suggested(said.proba[rows], said.decided[rows])
        else:
            proba = candidate.predict_proba(audit.corpus)
            said = Suggested(proba, candidate.decide(proba))
        try:
            rival = _said_by(incumbent, audit, candidate)
        except CorruptArtifact as error:
            # It cannot serve either, so words alone are what the candidate would replace.
            logger.error("%s cannot be measured: %s", incumbent, error)
            incumbent, rival = None, _said_by(None, audit, candidate)
        return _verdict(candidate, incumbent, audit, said, rival, "audit", left_out)
    n_audit = (
        f"the audit stream has {len(audit)} of the {ENOUGH_AUDIT_GRANTS} labelled grants it needs"
        f"{left_out}"
    )
    if candidate.proba_oof_ is None:
        return _not_measured(f"This kind of model is measured by audit grants alone: {n_audit}.")
    if not len(training):
        return Measured(None, None, _without_labels(incumbent), "", "labelled")
    try:
        rival = _out_of_fold(candidate, incumbent, training, background, vectors)
    except CannotSayUnseen as error:
        return _not_measured(f"Nothing to compare with: {error}, and {n_audit}.")
    words = f", each by a model that had not seen it; {n_audit}"
    said = Suggested(candidate.proba_oof_, candidate.decide(candidate.proba_oof_))
    return _verdict(candidate, incumbent, training, said, rival, "labelled", words)


def _not_measured(reason: str) -> Measured:
    return Measured(None, None, without_grants(False, reason), "", "labelled")


def _without_labels(incumbent: ModelVersion | None) -> Gate:
    """What knows words alone takes over from what knows words alone, and from nothing else."""
    if incumbent is None or incumbent.is_untaught:
        return without_grants(
            True, "Made of the words of categories, rules and grants: nothing is labelled yet."
        )
    return without_grants(
        False,
        f"{incumbent} has learned from labels and this version from none, and no labelled grant is "
        "left to compare them on.",
    )


def _verdict(
    candidate: Candidate,
    incumbent: ModelVersion | None,
    grants: Labelled,
    said: Suggested,
    rival: Suggested,
    kind: str,
    words: str,
) -> Measured:
    def against(other: Suggested, name: str, margin: float, codes: Collection[str]) -> Gate:
        return compare(
            grants.y,
            grants.known,
            said.decided,
            other.decided,
            candidate.categories,
            watched=codes,
            margin=margin,
            kind=kind,
            against=name,
        )

    rules = _rules(grants, candidate.categories)
    words_alone = _said_by(None, grants, candidate)
    # Whatever is active: what has learned must do better than words alone.
    is_with_active = incumbent is None or incumbent.is_lexical
    other, name, margin = words_alone, WORD_MATCHER, 0.0
    if incumbent and is_with_active:
        name = f"{incumbent}, {WORD_MATCHER}, active before"
    gate = against(other, name, margin, watched() if is_with_active else ())
    if incumbent and not is_with_active and not gate.promote:
        later = (
            f"{gate.reason} {incumbent}, active before, was not compared: words alone come first."
        )
        gate = replace(gate, reason=later)
    elif incumbent and not is_with_active:
        margin = SiteSettings.objects.current().promotion_margin
        other, name, is_with_active = rival, f"{incumbent}, active before", True
        gate = against(other, name, margin, watched())
    return Measured(
        evaluate(grants.y, grants.known, said.proba, said.decided, candidate.categories),
        _evaluated(grants, rules, candidate.categories) if rules else None,
        gate,
        f"{len(grants):,} {kind} grants{words}",
        kind,
        against=name,
        margin=margin,
        paired=pair(grants.y, grants.known, other, said, candidate.categories),
        is_with_active=is_with_active,
        grants=grants,
        said=said,
        keywords=rules or words_alone,
        keywords_are="the keyword rules" if rules else WORD_MATCHER,
    )


def _rules(grants: Labelled, categories: Sequence[CategoryText]) -> Suggested | None:
    """What staff would get from their keyword rules without any learning; None without rules."""
    return by_rules(categories, grants.corpus) if has_rules(categories) else None


def _evaluated(grants: Labelled, said: Suggested, categories: Sequence[CategoryText]) -> Evaluation:
    return evaluate(grants.y, grants.known, said.proba, said.decided, categories)


def _said_by(incumbent: ModelVersion | None, grants: Labelled, candidate: Candidate) -> Suggested:
    """What the active version says, in the candidate's columns."""
    if incumbent is None or incumbent.is_lexical:
        matcher = candidate.matcher_
        proba = matcher.predict_proba(grants.corpus)
        return Suggested(proba, matcher.decide(proba))
    return said_of_audit(incumbent, registry.load(incumbent), grants, candidate.categories)


def _out_of_fold(
    candidate: Candidate,
    incumbent: ModelVersion | None,
    training: Labelled,
    background: Corpus,
    vectors: CategoryVectors | None,
) -> Suggested:
    """The active version's answers on the training grants, by models that had not seen them."""
    if incumbent is None or incumbent.is_lexical:
        return _said_by(incumbent, training, candidate)
    categories, seed = candidate.categories, candidate.seed
    return said_unseen(incumbent, training, background, categories, seed, vectors)
