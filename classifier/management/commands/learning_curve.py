"""``manage.py learning_curve --taxonomy T.csv --train A.csv [--test B.csv]``"""

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
)
from classifier.ml.curve import curve, default_sizes, runs_of
from classifier.ml.sheet import KEYS


class Command(CourteousCommand):
    help = (
        "Measure the classifier with more and more labels, several draws each: what labels are "
        "worth. Asks no database."
    )
    requires_system_checks = []
    nice = 5  # measuring can wait

    def add_arguments(self, parser):
        add_file_options(parser)
        add_recipe_options(parser)
        parser.add_argument(
            "--sizes", type=int, nargs="+", metavar="N",
            help="numbers of labelled grants; 0, 50, 100, 200, ... and all without it",
        )  # fmt: skip
        parser.add_argument(
            "--seeds", type=int, metavar="K",
            help="draws of each number; five up to 400 labels and two above without it",
        )  # fmt: skip

    def handle(self, **options):
        for number in [*(options["sizes"] or []), (options["seeds"] or 1) - 1]:
            if number < 0:
                raise CommandError("--sizes takes numbers from 0 on, --seeds one from 1 on.")
        material = Material(options, self.stderr)
        material.require_labels(options)
        n = len(material.train.labelled_rows())
        runs = runs_of(options["sizes"] or default_sizes(n), n, options["seeds"])
        with measuring(self.stderr) as progress:
            if options["embeddings"]:
                material.encode(progress)
            rows = curve(
                runs,
                lambda run: scored(material, options, run.limit, run.seed, _quiet),
                material.categories,
                progress,
            )
        self._table(rows)
        if options["json"]:
            settings = settings_of(options, "sizes", "seeds")
            write_json(options["json"], {"settings": settings, "points": rows})

    def _table(self, rows):
        names = "".join(f"{key:32}" for key in KEYS.values()).rstrip()
        self.stdout.write(f"{'labels':>7} {'draws':>5}  {names}")
        for row in rows:
            cells = "".join(f"{_with_sd(row[key]):32}" for key in KEYS.values())
            self.stdout.write(f"{row['limit']:>7,} {row['n_draws']:>5}  {cells}".rstrip())


def _quiet(words: str, share: float) -> None:
    """The progress of one run says nothing beside that of all runs."""


def _with_sd(figure: dict) -> str:
    return in_words(figure) + (f" +-{figure['sd']:.3f}" if figure["sd"] is not None else "")
