"""``manage.py simulate --taxonomy T.csv --labelled A.csv --strategies random,default``"""

import json
import os
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.labelled_files import UnusableFile, read_categories, read_grants
from classifier.management.commands._measuring import LIBRARIES, measuring, write_json, writing
from classifier.ml.batches import text_vectors
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.mixes import DEFAULT, MIXES, mix_named
from classifier.ml.plot import svg
from classifier.ml.priors import NAMES
from classifier.ml.sampling import RANDOM
from classifier.ml.savings import NAMES as METRICS
from classifier.ml.savings import Saving, savings
from classifier.ml.simulated import PLAIN, PRODUCTION, plain, production
from classifier.ml.simulation import Plan, Point, World, simulate

TEST_FOLDS = 4  # without a test file a quarter is held out
KEYS = (
    "strategy", "seed", "labels", "micro_f1", "macro_f1", "hierarchical_f1", "recall_at_10",
    "categories_with_5", "decisions", "clicks",
)  # fmt: skip


class Command(BaseCommand):
    help = (
        "Replay annotation on labelled grants: what each way of choosing the next grant would "
        "have saved against drawing by lot. Asks no database."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--taxonomy", type=Path, required=True, metavar="T.csv")
        parser.add_argument(
            "--labelled", type=Path, required=True, nargs="+", metavar="A.csv",
            help="labelled grants, plain or gzip: the pool",
        )  # fmt: skip
        parser.add_argument(
            "--test", type=Path, nargs="+", metavar="B.csv",
            help="labelled grants to measure on; without it a quarter of the others, by recipient",
        )  # fmt: skip
        parser.add_argument(
            "--strategies", default=f"{RANDOM},{DEFAULT}", metavar="a,b,c",
            help=f"of {', '.join(MIXES)}; '{DEFAULT}' is the mix that the site starts with",
        )  # fmt: skip
        parser.add_argument("--seeds", type=int, default=3, metavar="K", help="runs of each")
        parser.add_argument("--start", type=int, default=50, help="grants labelled first, by lot")
        parser.add_argument("--batch", type=int, default=25, help="grants labelled between fits")
        parser.add_argument("--budget", type=int, default=1500, help="grants labelled at the end")
        parser.add_argument("--model", choices=[PRODUCTION, PLAIN], default=PRODUCTION)
        parser.add_argument("--prior", choices=NAMES, default="pooled", help="start weights")
        parser.add_argument("--rules", action="store_true", help="read the keyword rules as well")
        parser.add_argument(
            "--json", type=Path, metavar="OUT",
            help="write curves and savings there after every run; one that was cut off goes on",
        )  # fmt: skip
        parser.add_argument("--plot", type=Path, metavar="OUT.svg")

    def handle(self, **options):
        os.nice(5)
        names = _names(options["strategies"])
        plan = _plan(options)
        world = _world(options, self.stderr.write)
        if plan.start > len(world.pool):
            raise CommandError(
                f"--start {plan.start:,} is more than the {len(world.pool):,} grants of the pool."
            )
        settings = _settings(options)
        done = _done(options["json"], settings)
        runs = [(name, seed) for seed in range(options["seeds"]) for name in names]
        waiting = [run for run in runs if run not in done]
        with measuring(self.stderr) as progress:
            for number, (name, seed) in enumerate(waiting):
                fit = _fit(options, world, seed)
                points = []
                for point in simulate(world, fit, name, mix_named(name), seed, plan):
                    points.append(point)
                    share = point.labels / plan.sizes(len(world.pool))[-1]
                    progress(f"{name}, run {seed + 1}", (number + share) / len(waiting))
                done[name, seed] = points
                self._write(options, settings, done, runs)
        self._write(options, settings, done, runs)
        self._tell(done, runs)

    def _write(self, options, settings, done, runs):
        """After every run, so that a run cut off loses itself alone."""
        points = [point for run in runs for point in done.get(run, [])]
        if options["json"]:
            found = [vars(saving) for saving in _savings(points)]
            curves = [point.as_json() for point in points]
            whole = {"settings": settings, "curves": curves, "savings": found}
            waiting = options["json"].with_name(options["json"].name + ".new")
            write_json(waiting, whole)
            waiting.replace(options["json"])
        if options["plot"]:
            with writing(options["plot"]) as file:
                file.write(svg(_panels(points), "labels"))

    def _tell(self, done, runs):
        points = [point for run in runs for point in done[run]]
        last = max(point.labels for point in points)
        head = "".join(f"{words:>17}" for words in METRICS.values())
        self.stdout.write(f"{last:,} labels{'':>22}{head}{'clicks':>17}")
        for name in dict.fromkeys(name for name, _ in runs):
            ends = [p for p in points if p.strategy == name and p.labels == last]
            cells = "".join(_cell([getattr(p, metric) for p in ends]) for metric in METRICS)
            self.stdout.write(f"{name:32}{cells}{_cell([p.clicks for p in ends], 0)}")
        for saving in _savings(points):
            self.stdout.write(saving.in_words())


def _names(given: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    if not names:
        raise CommandError(f"--strategies names none. There are {', '.join(MIXES)}.")
    for name in names:
        try:
            mix_named(name)
        except ValueError as error:
            raise CommandError(str(error)) from error
    return names


def _plan(options) -> Plan:
    for name, least in (("start", 1), ("batch", 1), ("seeds", 1), ("budget", options["start"])):
        if options[name] < least:
            raise CommandError(f"--{name} {options[name]} is too few: give {least} or more.")
    return Plan(options["start"], options["batch"], options["budget"])


def _world(options, note) -> World:
    try:
        categories = read_categories(options["taxonomy"], note)
        pool = read_grants(options["labelled"], categories)
        test = read_grants(options["test"], categories) if options["test"] else None
    except UnusableFile as error:
        raise CommandError(str(error)) from error
    pool = pool.take(pool.labelled_rows())
    if len(pool) < 2:
        raise CommandError(
            f"{options['labelled'][0].name} has {len(pool)} grants with categories: a simulation "
            "needs some to choose from."
        )
    if test is None:
        held = fold_numbers(groups_of(pool.corpus), TEST_FOLDS, 0) == 0
        pool, test = pool.take(np.flatnonzero(~held)), pool.take(np.flatnonzero(held))
    test = test.take(test.labelled_rows())
    if not len(test):
        raise CommandError("There is no grant with categories to measure on: give --test.")
    terms = TfidfVectorizer(sublinear_tf=True).fit_transform(pool.corpus.texts)
    return World(
        categories=categories,
        pool=pool,
        test=test,
        words=LexicalMatcher(categories).fit(pool.corpus).predict_proba(pool.corpus),
        vectors=text_vectors(terms, 0),
        amounts=np.zeros(len(pool)),
    )


def _fit(options, world: World, seed: int):
    if options["model"] == PLAIN:
        return plain(world.pool.corpus)
    parameters = {"prior": options["prior"], "use_rules": options["rules"]}
    return production(world.categories, parameters, world.pool.corpus, seed)


def _settings(options) -> dict:
    """What decides the figures; files by name. Strategies and seeds may be added to later."""
    from importlib.metadata import version

    files = {key: [path.name for path in options[key] or []] for key in ("labelled", "test")}
    kept = ("start", "batch", "budget", "model", "prior", "rules")
    return {
        "taxonomy": options["taxonomy"].name,
        **files,
        **{key: options[key] for key in kept},
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def _done(path: Path | None, settings: dict) -> dict[tuple[str, int], list[Point]]:
    """The runs that an earlier call has finished, if it was about the same."""
    if path is None or not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["settings"] != settings:
            raise CommandError(
                f"{path} holds a simulation with other settings. Name another file, or remove it."
            )
        points = [Point(**{key: row[key] for key in KEYS}) for row in found["curves"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is no simulation of this command ({error}).") from error
    done: dict[tuple[str, int], list[Point]] = {}
    for point in points:
        done.setdefault((point.strategy, point.seed), []).append(point)
    return done


def _savings(points: list[Point]) -> list[Saving]:
    return savings(points) if any(point.strategy == RANDOM for point in points) else []


def _panels(points: list[Point]) -> dict:
    panels: dict[str, dict] = {}
    for metric, title in METRICS.items():
        lines = panels.setdefault(title, {})
        for name in dict.fromkeys(point.strategy for point in points):
            at: dict[int, list[float]] = {}
            for point in points:
                if point.strategy == name:
                    at.setdefault(point.labels, []).append(getattr(point, metric))
            lines[name] = [(n, float(np.mean(v)), float(np.std(v))) for n, v in at.items()]
    return panels


def _cell(values: list[float], digits: int = 3) -> str:
    spread = np.std(values, ddof=1) if len(values) > 1 else 0.0
    return f"{np.mean(values):.{digits}f} +-{spread:.{digits}f}".rjust(17)
