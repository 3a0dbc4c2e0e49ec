"""What a fitted classifier costs: seconds, milliseconds a text, megabytes."""

from __future__ import annotations

import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from classifier.ml.text import Corpus

SINGLE = 200  # texts read one by one
MB = 1_000_000
Result = TypeVar("Result")


@dataclass(frozen=True)
class Seconds:
    """How long something took: on the clock, and of all processors together."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Serving:
    """Reading texts with a loaded model."""

    single_ms: float  # median, on the clock, of one text alone
    single_cpu_ms: float  # the same without the time that other programs took
    batch_ms: float  # CPU, a text of a batch
    batch_texts_per_cpu_second: float
    artifact_mb: float  # of the file


def timed(work: Callable[[], Result]) -> tuple[Result, Seconds]:
    """Do it once; returns what came of it, and how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Seconds(time.perf_counter() - wall, time.process_time() - cpu)


class Reads(Protocol):
    """A fitted model of any kind, as far as its speed is asked for."""

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        """Probabilities, shape (n_texts, n_categories)."""

    def decide(self, proba: NDArray[np.float32]) -> NDArray[np.bool_]:
        """What is ticked, of the shape of ``proba``."""


def serving(data: bytes, load: Callable[[bytes], Reads], corpus: Corpus) -> Serving | None:
    """Time a model as it comes back from its file; None without a text to read."""
    if not len(corpus):
        return None
    loaded = load(data)

    def seconds(part: Corpus) -> Seconds:
        return timed(lambda: loaded.decide(loaded.predict_proba(part)))[1]

    alone = [corpus.take([row]) for row in range(min(SINGLE, len(corpus)))]
    seconds(alone[0])  # what is set up at the first call is paid once a process
    single = [seconds(part) for part in alone]
    batch = seconds(corpus).cpu
    return Serving(
        single_ms=1000 * statistics.median(took.wall for took in single),
        single_cpu_ms=1000 * statistics.median(took.cpu for took in single),
        batch_ms=1000 * batch / len(corpus),
        batch_texts_per_cpu_second=len(corpus) / max(batch, 1e-9),
        artifact_mb=len(data) / MB,
    )


def peak_mb() -> float:
    """The most memory that this process has held so far, libraries included."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "darwin":
        return most / MB
    # Linux hands what a parent held down to the program that its child becomes; this does not.
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        most = int(found[1])
    return most * 1024 / MB
