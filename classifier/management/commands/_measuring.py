"""What the commands that measure share: options, files, progress, tables."""

import json
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread

import numpy as np
from django.core.management.base import CommandError, CommandParser
from threadpoolctl import threadpool_limits  # scikit-learn brings it

from classifier.labelled_files import UnusableFile, read_categories, read_grants
from classifier.ml.encoder_files import NoEncoder
from classifier.ml.holdout import (
    LabelledTexts,
    Recipe,
    Report,
    Scored,
    by_cross_validation,
    on_test_file,
    seen_before,
)
from classifier.ml.meaning import CategoryVectors
from classifier.ml.priors import NAMES
from classifier.ml.sentences import SIZE, encoder

SILENCE = 10.0  # seconds without a word
RECIPE_OPTIONS = ("rules", "prior", "as_ticked", "embeddings")
ENCODED_AT_ONCE = 100
LIBRARIES = ("numpy", "scipy", "scikit-learn")


@contextmanager
def measuring(stderr):
    """Yields what tells the progress. One thread: CPU seconds then mean the same everywhere."""
    with threadpool_limits(limits=1), Progress(stderr).never_silent() as progress:
        yield progress


def add_file_options(parser: CommandParser) -> None:
    parser.add_argument("--taxonomy", type=Path, required=True, metavar="T.csv")
    parser.add_argument(
        "--train", type=Path, required=True, nargs="+", metavar="A.csv",
        help="labelled grants, plain or gzip; rows without categories are unlabelled texts",
    )  # fmt: skip
    parser.add_argument(
        "--test", type=Path, nargs="+", metavar="B.csv",
        help="labelled grants to measure on; without it the training grants, five folds by "
        "recipient and equal text",
    )  # fmt: skip
    parser.add_argument(
        "--unlabelled", type=Path, nargs="+", metavar="U.csv",
        help="more texts for vocabulary and word statistics; categories in it are not read",
    )  # fmt: skip


def add_recipe_options(parser: CommandParser) -> None:
    parser.add_argument("--rules", action="store_true", default=True, dest="rules",
                        help="read the categories' keyword rules (the default)")  # fmt: skip
    parser.add_argument("--no-rules", action="store_false", dest="rules")
    parser.add_argument(
        "--prior", choices=NAMES, default="pooled",
        help="which start weights; those learned on the data that is measured would flatter",
    )  # fmt: skip
    parser.add_argument(
        "--as-ticked", action="store_true",
        help="a grant may stay empty, as on the site; else the likeliest category is taken then",
    )  # fmt: skip
    parser.add_argument(
        "--embeddings", action="store_true",
        help="read the texts with the sentence encoder, too (make embeddings installs it); "
        "some 20 ms a text",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all figures there")


class Material:
    """The files that the options name, read and checked."""

    def __init__(self, options, stderr):
        try:
            self.categories = read_categories(options["taxonomy"], stderr.write)
            self.train = read_grants(options["train"], self.categories)
            tests = options["test"]
            self.test = read_grants(tests, self.categories) if tests else None
            more = read_grants(options["unlabelled"] or [], self.categories, has_categories=False)
        except UnusableFile as error:
            raise CommandError(str(error)) from error
        self.unlabelled = more.corpus
        self.category_vectors: CategoryVectors | None = None
        if not self.categories:
            raise CommandError(f"{options['taxonomy'].name} has no category to measure.")
        if self.test is None and not len(self.train.labelled_rows()):
            raise CommandError("Without a labelled grant there is nothing to answer: give --test.")
        if self.test is not None and (n := seen_before(self.train.corpus, self.test.corpus)):
            stderr.write(
                f"{n} of {len(self.test)} test texts have the recipient or the words of a "
                "training text: their figures flatter."
            )

    def encode(self, report: Report) -> None:
        """Let the sentence encoder read the categories and all texts but those without labels."""
        try:
            reads = encoder()
        except NoEncoder as error:
            raise CommandError(str(error)) from error
        self.category_vectors = CategoryVectors.encoded(self.categories, reads)
        labelled = self.train.labelled_rows()
        tests = np.arange(0 if self.test is None else len(self.test))
        total = len(labelled) + len(tests)

        def encoded(texts: LabelledTexts, rows: np.ndarray, before: int) -> LabelledTexts:
            vectors = np.zeros((len(texts), SIZE), dtype=np.float32)
            for start in range(0, len(rows), ENCODED_AT_ONCE):
                report(f"reading sentence vectors of {total:,} texts", (before + start) / total)
                part = rows[start : start + ENCODED_AT_ONCE]
                vectors[part] = reads.encode([texts.corpus.texts[row] for row in part])
            return texts.with_vectors(vectors)

        self.train = encoded(self.train, labelled, 0)
        if self.test is not None:
            self.test = encoded(self.test, tests, len(labelled))

    def measured(self) -> LabelledTexts:
        return self.train if self.test is None else self.test

    def require_labels(self, options) -> None:
        if not len(self.measured().labelled_rows()):
            file = (options["test"] or options["train"])[0].name
            raise CommandError(
                f"{file} has no grant with categories, so there is nothing to measure against. "
                "Fill its column 'categories'."
            )


def scored(material: Material, options, limit: int | None, seed: int, report: Report) -> Scored:
    """Learn and answer, on the test file or fold after fold."""
    parameters = {"prior": options["prior"], "use_rules": options["rules"]}
    recipe = Recipe(
        material.categories, parameters, seed, options["as_ticked"], material.category_vectors
    )
    train, test, more = material.train, material.test, material.unlabelled
    if test is None:
        return by_cross_validation(recipe, train, more, limit, report)
    return on_test_file(recipe, train, test, more, limit, report)


class Progress:
    """Lines on stderr: what is being done, and about how long still."""

    def __init__(self, stderr):
        self.stderr, self.began, self.share, self.words = stderr, time.monotonic(), 0.0, ""
        self.said, self.end = self.began, None

    def __call__(self, words: str, share: float) -> None:
        self.words, self.share = words, share
        # Reckoned when a step begins: inside one nobody knows how far it is.
        if share:
            self.end = self.began + (time.monotonic() - self.began) / share
        self._say()

    def _say(self) -> None:
        self.said = now = time.monotonic()
        left = "time left not known yet"
        if self.end is not None:
            left = f"about {max(self.end - now, 0):.0f} s left"
        self.stderr.write(
            f"{self.words}: {self.share:.0%} done after {now - self.began:.0f} s, {left}"
        )

    @contextmanager
    def never_silent(self):
        """Say at least every ten seconds where it stands, also while one thing takes long."""
        stop = Event()

        def remind():
            while not stop.wait(1.0):
                if self.words and time.monotonic() - self.said > SILENCE:
                    self._say()

        thread = Thread(target=remind, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()


def settings_of(options, *names: str) -> dict:
    """What another run needs to give the same figures; files by name, not by place."""
    files = {
        key: [path.name for path in options[key] or []] for key in ("train", "test", "unlabelled")
    }
    return {
        "taxonomy": options["taxonomy"].name,
        **files,
        **{key: options[key] for key in (*RECIPE_OPTIONS, *names)},
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def write_json(path: Path, content: object) -> None:
    with writing(path) as file:
        json.dump(content, file, indent=2, allow_nan=False)
        file.write("\n")


@contextmanager
def writing(path: Path):
    """A text file that is written anew."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error


def in_words(figure: dict) -> str:
    if figure["value"] is None:
        return "-"
    return f"{figure['value']:.3f} [{figure['low']:.3f}-{figure['high']:.3f}]"
