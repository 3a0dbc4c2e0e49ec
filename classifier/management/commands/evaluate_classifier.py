"""``manage.py evaluate_classifier --taxonomy T.csv --train A.csv [--test B.csv]``"""

import csv
from pathlib import Path

import numpy as np
from django.core.management.base import CommandError

from classifier.management.commands._courteous import CourteousCommand
from classifier.management.commands._measuring import (
    Material,
    add_file_options,
    add_recipe_options,
    in_words,
    measuring,
    scored,
    settings_of,
    write_json,
    writing,
)
from classifier.ml.holdout import Scored
from classifier.ml.sheet import KEYS, sheet

MOST_PROBABLE = 25


class Command(CourteousCommand):
    help = (
        "Measure the classifier on labelled grants in files: on a test file, or else by "
        "cross-validation. Asks no database."
    )
    requires_system_checks = []
    nice = 5  # measuring can wait

    def add_arguments(self, parser):
        add_file_options(parser)
        add_recipe_options(parser)
        parser.add_argument(
            "--limit-train", type=int, metavar="N",
            help="learn from N labelled grants by lot, 0 for none; the rest is unlabelled",
        )  # fmt: skip
        parser.add_argument("--seed", type=int, default=0, help="of lots, folds and the model")
        parser.add_argument(
            "--predictions", type=Path, metavar="OUT.csv",
            help=f"write the {MOST_PROBABLE} most probable categories of each grant",
        )  # fmt: skip

    def handle(self, **options):
        self._check(options)
        material = Material(options, self.stderr)
        if not options["predictions"]:  # which need no labels to be held against
            material.require_labels(options)
        limit, seed = options["limit_train"], options["seed"]
        with measuring(self.stderr) as progress:
            if options["embeddings"]:
                material.encode(progress)
            found = scored(material, options, limit, seed, progress)
            progress("measuring", 0.95)
            figures = sheet(found, material.categories, seed)
        figures["settings"] = settings_of(options, "limit_train", "seed")
        self._table(figures)
        if options["json"]:
            write_json(options["json"], figures)
        if options["predictions"]:
            _write_predictions(options["predictions"], found, material.categories)

    def _check(self, options):
        limit = options["limit_train"]
        if limit is not None and limit < 0:
            raise CommandError(f"--limit-train {limit} is no number of grants: give 0 or more.")
        if not 0 <= options["seed"] < 2**32:
            raise CommandError(f"--seed {options['seed']} is outside 0 to {2**32 - 1}.")

    def _table(self, figures):
        write = self.stdout.write
        write(
            f"{figures['n_measured']:,} grants measured, {figures['n_labelled']:,} learned from, "
            f"{figures['n_background']:,} texts known"
        )
        kinds = {"model": figures, **figures["baselines"]}
        write("".join([f"{'':16}", *(f"{kind:25}" for kind in kinds)]).rstrip())
        for key in KEYS.values():
            cells = (f"{in_words(kind[key]):25}" for kind in kinds.values())
            write("".join([f"{key:16}", *cells]).rstrip())
        for name in ("by_level", "by_facet", "by_support"):
            for part, found in figures[name].items():
                write(
                    f"{name.replace('_', ' ')} {part}: {found['n_categories']} categories, "
                    f"{found['n_labels']:,} labels, micro-F1 {in_words(found['micro_f1'])}, "
                    f"in the first ten {in_words(found['in_first_ten'])}"
                )
        write(", ".join(f"{key} {value:.4g}" for key, value in figures["costs"].items()))


def listed(proba: np.ndarray, decided: np.ndarray) -> np.ndarray:
    """Columns of the 25 most probable categories of each text, the likeliest first.

    What is suggested is always among them: a broader category that stands in for its narrower
    ones may itself be improbable.
    """
    first = np.argsort(np.where(decided, -1 - proba, -proba), axis=1, kind="stable")
    kept = np.sort(first[:, :MOST_PROBABLE], axis=1)
    order = np.argsort(-np.take_along_axis(proba, kept, axis=1), axis=1, kind="stable")
    return np.take_along_axis(kept, order, axis=1)


def _write_predictions(path: Path, found: Scored, categories) -> None:
    answers = found.answers
    order = listed(answers.proba, answers.decided)
    with writing(path) as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["reference", "category", "probability", "suggested"])
        for row, reference in enumerate(found.measured.references):
            for column in order[row]:
                proba = f"{answers.proba[row, column]:.9g}"
                suggested = int(answers.decided[row, column])
                lines.writerow([reference, categories[column].code, proba, suggested])
