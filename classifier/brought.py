"""A model that was trained elsewhere, as it is read here: checked, calibrated, and what it says."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from annotation.reports.backend_comparisons import ENOUGH_AUDIT_GRANTS
from classifier.backends.options import made
from classifier.backends.packed_model import FASTTEXT, OURS, NoModel, Packed
from classifier.backends.protocol import Served
from classifier.backends.unseen_answers import LEAST_OTHERS, readable, unseen_answers
from classifier.backends.with_words import WithWords
from classifier.dataset import background
from classifier.labelled import Labelled
from classifier.ml.baselines import Suggested
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.holdout import LabelledTexts
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.text import CategoryText
from classifier.saying import said_of

NAMED = 5  # codes in a sentence; the others are counted


@dataclass(frozen=True)
class Brought:
    """A model from elsewhere. ``calibrated``: in words, on what; ``said``: of the audit grants, in
    the columns of today's categories, each by a calibration that had not seen it. ``unanswered``:
    codes of today's categories of which it knows nothing; ``unknown``: its own that are not there.
    ``calibrating_ids``: of the audit grants that its calibration rests on.
    """

    backend: str
    sha256: str
    model: Served | CategoryClassifier
    calibrated: str
    said: Suggested
    unanswered: Collection[str]
    unknown: Collection[str]
    calibrating_ids: list[int] = field(default_factory=list)


def brought_here(
    files: Packed,
    backend: str,
    sha256: str,
    categories: list[CategoryText],
    audit: Labelled,
    classes: dict[str, str] | None,
) -> Brought:
    """The model of these files.

    Args:
        files: as they came.
        backend: its kind; without it, what its note says.
        sha256: of the file or archive. A model.bin is refused without it.
        categories: of today, in the order of the columns of ``audit``.
        audit: the labelled audit grants.
        classes: each number's category, where a model.bin has numbers for labels.

    Raises:
        NoModel: it cannot be taken; the message says why, and what to do.
        NoSuchOption: its kind cannot run here.
        CorruptArtifact: its file cannot be read.
    """
    if OURS not in files.files:
        return _fasttext(files, backend or "fasttext", sha256, categories, audit, classes)
    if classes is not None:
        raise NoModel(f"A class map goes with {FASTTEXT} alone: {OURS} names its categories.")
    note = files.note()
    if backend and backend != note["backend"]:
        raise NoModel(f"It was trained with {note['backend']!r}, and not with {backend!r}.")
    data = files.checked(OURS, note["sha256"])
    if sha256:
        files.checked(OURS, sha256)
    model = made(note["backend"]).load(data)
    served = served_by(model, categories)
    own, today = {c.code for c in model.categories}, {c.code for c in categories}
    if not own & today:
        raise NoModel(
            f"None of its {len(own):,} categories ({codes_of(own)}) is in the taxonomy. Categories "
            "are matched by code."
        )
    said = said_of(served, audit.corpus, categories)
    words = "when it was trained"
    return Brought(note["backend"], note["sha256"], model, words, said, today - own, own - today)


def _fasttext(
    files: Packed,
    backend: str,
    sha256: str,
    categories: list[CategoryText],
    audit: Labelled,
    classes: dict[str, str] | None,
) -> Brought:
    """Calibrated on the audit grants, the only ones that nobody learns from. What is stored rests
    on all; wherever it is measured on one of them, what is said of it rests on the others alone.
    """
    made(backend)  # or it says what is to be installed
    from classifier.backends.fasttext import wrapped  # its library is an extra

    if not sha256:
        raise NoModel(
            f"{FASTTEXT} is parsed by code in C++, so it is read only if its SHA-256 is what you "
            "say. Name it with --sha256, as the place where it was trained tells it."
        )
    if len(audit) < ENOUGH_AUDIT_GRANTS:
        raise NoModel(
            f"{FASTTEXT} has no calibration. It needs {ENOUGH_AUDIT_GRANTS} labelled audit grants "
            f"for one, and there are {len(audit)}. Annotate more of the audit stream."
        )
    if not readable(audit.corpus, np.ones(len(audit), dtype=bool)).all():
        raise NoModel(
            f"{FASTTEXT} is calibrated on the {len(audit)} labelled audit grants, each of which "
            f"is measured by a calibration on at least {LEAST_OTHERS} of other recipients and "
            "texts. There are too few of these. Annotate more of the audit stream."
        )
    data = files.checked(FASTTEXT, sha256)
    own = hashlib.sha256(data).hexdigest()
    texts = LabelledTexts([str(pk) for pk in audit.grant_ids], audit.corpus, audit.y, audit.known)
    found = wrapped(data, own, categories, texts, classes)
    words = f"on {len(audit):,} audit grants, each of which is measured by a calibration on others"
    return Brought(
        backend,
        own,
        found.model,
        words,
        unseen_answers(found.model, texts),
        found.unanswered,
        found.unknown,
        calibrating_ids=audit.grant_ids,
    )


def served_by(
    model: Served | CategoryClassifier, categories: list[CategoryText]
) -> WithWords | CategoryClassifier:
    """As the site asks for it, with the words of today's categories."""
    if isinstance(model, CategoryClassifier):
        model.matcher_.learn_stops(background())  # as whoever loads it does
        return model
    today = {category.code: category for category in categories}
    return WithWords(model, LexicalMatcher([today.get(c.code, c) for c in model.categories]))


def codes_of(codes: Collection[str]) -> str:
    """The first of them, and how many more there are."""
    first = ", ".join(sorted(codes)[:NAMED])
    return first if len(codes) <= NAMED else f"{first} and {len(codes) - NAMED:,} more"
