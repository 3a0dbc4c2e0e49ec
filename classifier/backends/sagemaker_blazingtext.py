"""SageMaker's built-in BlazingText: trained there, brought home, and served on this machine.

A fifth of the grants stays here: BlazingText gives no out-of-fold scores, so calibration and
thresholds rest on those, which the model has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.backends.aws import client
from classifier.backends.aws_waiting import PAUSE, TooLong, waited
from classifier.backends.fasttext import FASTTEXTS, SOFTMAX, FastTextModel, wrapped
from classifier.backends.protocol import Cost, Description, Load, Snapshot, Tell, on_this_machine
from classifier.backends.sagemaker_account import NotAgreed, the_site
from classifier.backends.sagemaker_job import (
    JobFault,
    State,
    begin,
    job_of,
    must_have_completed,
    state_of,
)
from classifier.backends.sagemaker_model import model_of
from classifier.backends.sagemaker_sets import training_set
from classifier.ml.costs import Seconds, Serving
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.holdout import LabelledTexts

NAME = "sagemaker_blazingtext"
FOLDS = 5  # one of them stays
FEWEST = 10  # texts with a category, on either side of the cut
STARTS_WITHIN = 1800  # seconds beyond the time limit: an instance has to be found and made ready
# As fastText is set here, as far as BlazingText has such a setting.
HYPERPARAMETERS = {
    "mode": "supervised",
    "epochs": "50",
    "learning_rate": "0.5",
    "min_count": "1",
    "vector_dim": "50",
    "word_ngrams": "1",
    "buckets": "10000",
}
# It is stored, and read again, as a fastText model with the same loss is.
SERVED_AS = FASTTEXTS[SOFTMAX]


@dataclass(frozen=True)
class BlazingText:
    """``pause``: seconds between two looks at a job."""

    pause: float = PAUSE

    @property
    def name(self) -> str:
        """Of the option."""
        return NAME

    def fit(self, snapshot: Snapshot) -> FastTextModel:
        """Refused: a job without a lasting name could be started twice, or forgotten."""
        raise NotAgreed(f"{NAME} is fitted by a site, for one of its model versions.")

    def fit_with(self, snapshot: Snapshot, training: str, tell: Tell) -> FastTextModel:
        """A model trained in SageMaker; see :class:`classifier.backends.protocol.FitsSlowly`.

        Raises
        ------
        NotAgreed
            While texts may not leave; nothing was sent.
        AwsFault, JobFault, TooLong, CorruptArtifact
            If no model came of it; nothing runs there any more, or the site's tick ends it.
        """
        site = the_site()
        account = site.account()
        taught, held = parts_of(snapshot)
        sent = training_set(account.form, taught, snapshot.categories)
        job = job_of(account, training, sent)
        s3, sagemaker = client("s3", account.region), client("sagemaker", account.region)
        limit = account.limit_minutes * 60

        def said(state: State, seconds: float) -> None:
            share = min(seconds / limit, 0.99)
            tell(share, f"SageMaker: {state.step or state.status}, after {seconds:,.0f} seconds")

        def look() -> State:
            state = state_of(sagemaker, job)
            if state is None:
                raise JobFault(f"SageMaker no longer knows {job.name}. Train again.")
            return state

        def asking() -> None:
            # Whoever was given up while it sent learns it here, before it asks for a job.
            tell(0.0, "SageMaker: asking for the training")

        # First: whoever was given up must not hold, and in the end stop, its follower's job.
        tell(0.0, "SageMaker: preparing")
        with site.holding(job):
            tell(0.0, f"SageMaker: sending {len(taught):,} texts to {account.region}")
            begin(s3, sagemaker, account, job, sent, HYPERPARAMETERS, asking)
            try:
                state = waited(look, _is_over, said, limit + STARTS_WITHIN, self.pause)
            except TooLong as error:
                raise TooLong(f"{job.name} in SageMaker: {error}") from error
            must_have_completed(state, job, account.limit_minutes)
            tell(1.0, f"Calibrating on {len(held):,} texts that stayed here")
            data, sha256 = model_of(s3, job)
            found = wrapped(data, sha256, snapshot.categories, held, sent.classes)
            if sent.classes is not None and found.unknown:
                raise JobFault(
                    f"{job.name} has brought a model with the label {found.unknown[0][:40]!r}, "
                    "which the class map that was sent does not name: it is not the model of these "
                    "texts. Train again, or choose file mode on the page “SageMaker”."
                )
            # What it has of those few is no answer to each of the training texts.
            return replace(found.model, proba_oof_=None)

    def dump(self, model: FastTextModel) -> bytes:
        """As fastText's."""
        return SERVED_AS.dump(model)

    def load(self, data: bytes) -> FastTextModel:
        """As fastText's; nobody asks AWS for it."""
        return SERVED_AS.load(data)

    def describe(self) -> Description:
        """What it is."""
        return Description(
            "BlazingText in SageMaker: fastText with one softmax over all categories, calibrated",
            "single words of the text",
            "words and categories of four fifths of the labelled grants, to Amazon S3 and "
            "SageMaker while it is trained; nothing when it answers",
        )

    def cost(self, load: Load, fit: Seconds, serving: Serving) -> Cost:
        """Hours of this machine; the page “SageMaker” says what Amazon's cost."""
        return on_this_machine(load, fit, serving)


def _is_over(state: State) -> bool:
    return state.is_over


def parts_of(snapshot: Snapshot) -> tuple[LabelledTexts, LabelledTexts]:
    """What is sent, and what stays to calibrate on; texts of one recipient are on one side.

    Raises
    ------
    JobFault
        If there are too few texts with a category to be of use on either side.
    """
    train = snapshot.train
    held = fold_numbers(groups_of(train.corpus), FOLDS, snapshot.seed) == 0
    taught = ~held & _has_category(train)
    # Calibration rests on texts drawn at random, as long as there are enough.
    tuning = held & snapshot.drawn
    stays = tuning if (tuning & _has_category(train)).sum() >= FEWEST else held
    for which, rows in (("to send", taught), ("to calibrate on", stays & _has_category(train))):
        if rows.sum() < FEWEST:
            raise JobFault(
                f"There are {rows.sum()} grants with a category {which}, and it needs {FEWEST}. "
                "Label more of them, of more recipients."
            )
    return train.take(np.flatnonzero(taught)), train.take(np.flatnonzero(stays))


def _has_category(train: LabelledTexts) -> NDArray[np.bool_]:
    return np.asarray((train.known & (train.y > 0)).any(axis=1))
