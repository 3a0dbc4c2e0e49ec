"""``manage.py compare_models --taxonomy T.csv --train A.csv [--test B.csv]``"""

from pathlib import Path

from django.core.management.base import CommandError
from django.template.loader import render_to_string

from classifier.backends.options import PRODUCTION
from classifier.backends.protocol import Load
from classifier.backends.trials import NAMES, Setting, TrialLost, in_processes, left_out
from classifier.comparison import WORDS, Comparison, page_of
from classifier.management.commands._comparing import decided_by, kept, write_whole
from classifier.management.commands._courteous import CourteousCommand
from classifier.management.commands._measuring import (
    Material,
    add_file_options,
    in_words,
    measuring,
)
from classifier.ml.priors import NAMES as PRIORS

MOST_PROCESSES = 16
TABLE = {
    "micro_f1": "micro-F1", "macro_f1": "macro-F1", "hierarchical_f1": "hierarchical F1",
    "recall_at_10": "in the first ten", "ece": "calibration error",
}  # fmt: skip


class Command(CourteousCommand):
    help = (
        "Measure every kind of model on the same labelled grants, the one in use "
        "among them, and say which to take. Asks no database."
    )
    requires_system_checks = []
    nice = 5  # measuring can wait

    def add_arguments(self, parser):
        add_file_options(parser)
        parser.add_argument(
            "--backends", metavar="a,b,c",
            help=f"of {', '.join(NAMES)}; all that run here without it",
        )  # fmt: skip
        parser.add_argument("--rules", action="store_true", default=True, dest="rules",
                            help=f"{PRODUCTION} reads keyword rules (the default)")  # fmt: skip
        parser.add_argument("--no-rules", action="store_false", dest="rules")
        parser.add_argument(
            "--prior", choices=PRIORS, default="pooled",
            help=f"start weights of {PRODUCTION}; those learned on the data that is measured "
            "would flatter",
        )  # fmt: skip
        parser.add_argument(
            "--limit-train", type=int, metavar="N", help="learn from N labelled grants by lot"
        )
        parser.add_argument("--seed", type=int, default=0, help="of lots, folds and the models")
        parser.add_argument(
            "--processes", type=int, default=1, metavar="N",
            help="options measured at the same time; the figures are the same, but seconds and "
            "milliseconds on the clock grow",
        )  # fmt: skip
        parser.add_argument("--texts-a-month", type=int, default=10_000, metavar="N")
        parser.add_argument("--trainings-a-month", type=int, default=30, metavar="N")
        parser.add_argument(
            "--price-an-hour", type=float, metavar="P",
            help="of one processor, in any currency; without it hours are told and no price",
        )  # fmt: skip
        parser.add_argument(
            "--json", type=Path, metavar="OUT",
            help="write all figures there after every option; one that was cut off goes on",
        )  # fmt: skip
        parser.add_argument("--html", type=Path, metavar="OUT", help="a report in one file")

    def handle(self, **options):
        names = _names(options["backends"])
        _check(options)
        material = Material(options, self.stderr)
        material.require_labels(options)
        settings = decided_by(options)
        found = kept(options["json"], settings)
        waiting = [name for name in names if name not in found]
        setting = Setting(
            material.categories, material.train, material.test, material.unlabelled,
            options["limit_train"], options["seed"], options["prior"], options["rules"],
        )  # fmt: skip
        load = Load(
            options["texts_a_month"], options["trainings_a_month"], options["price_an_hour"]
        )
        with measuring(self.stderr) as progress:
            try:
                for name, outcome in in_processes(setting, waiting, options["processes"], progress):
                    found[name] = outcome
                    self._write(options, Comparison.of(settings, found, load, setting.backend))
            except TrialLost as error:
                raise CommandError(str(error)) from error
        compared = Comparison.of(settings, found, load, setting.backend)
        self._write(options, compared)
        self._tell(compared)

    def _write(self, options, compared):
        if options["json"]:
            write_whole(options["json"], compared.as_json() | {"left_out": left_out()})
        if options["html"]:
            page = render_to_string(
                "comparison/report.html", page_of(compared) | {"left_out": left_out()}
            )
            write_whole(options["html"], page)

    def _tell(self, compared):
        head = "".join(f"{words:25}" for words in TABLE.values())
        self.stdout.write(f"{'':24}{head}fit s   MB memory  ms a text")
        for row in compared.rows:
            cells = "".join(f"{in_words(row[key]):25}" for key in TABLE)
            costs = row["costs"]
            self.stdout.write(
                f"{row['name']:24}{cells}{costs['fit_cpu_seconds']:<8.1f}"
                f"{costs['peak_memory_mb']:<11.0f}{costs['single_ms']:.2f}"
            )
        for name, wants in left_out().items():
            self.stdout.write(f"{name} is left out. {wants}")
        preference = compared.preference
        if preference.leads is False:
            self.stdout.write(f"{WORDS[PRODUCTION]} does not lead on macro-F1 and the first ten.")
        taken = preference.option
        advice = f"“{WORDS[taken]}” ({taken})" if taken else "none yet"
        self.stdout.write(f"Take {advice}: {preference.reason}")


def _names(given: str | None) -> list[str]:
    absent = left_out()
    if given is None:
        return [name for name in NAMES if name not in absent]
    names = list(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    for name in names:
        if name not in NAMES:
            raise CommandError(
                f"--backends: {name!r} does not run here. There are {', '.join(NAMES)}."
            )
        if name in absent:
            raise CommandError(f"--backends: {name!r} does not run here yet. {absent[name]}")
    if not names:
        raise CommandError(f"--backends names none. There are {', '.join(NAMES)}.")
    return names


def _check(options):
    least = {"limit_train": 0, "processes": 1, "texts_a_month": 0, "trainings_a_month": 0}
    for name, number in least.items():
        if options[name] is not None and options[name] < number:
            word = name.replace("_", "-")
            raise CommandError(f"--{word} {options[name]} is too few: give {number} or more.")
    if options["processes"] > MOST_PROCESSES:
        raise CommandError(
            f"--processes {options['processes']} is too many: give {MOST_PROCESSES} or fewer."
        )
    price = options["price_an_hour"]
    if price is not None and not 0 <= price < float("inf"):
        raise CommandError(f"--price-an-hour {price} is no price: give 0 or more.")
    if not 0 <= options["seed"] < 2**32:
        raise CommandError(f"--seed {options['seed']} is outside 0 to {2**32 - 1}.")
    for name in ("json", "html"):  # half an hour later is too late to learn it
        path = options[name]
        if path and not path.parent.is_dir():
            raise CommandError(f"--{name} {path}: there is no folder {path.parent}. Make it first.")
