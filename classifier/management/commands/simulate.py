"""``manage.py simulate --taxonomy T.csv --labelled A.csv --strategies random,default``"""

import json
from pathlib import Path

import numpy as np
from django.core.management.base import CommandError

from classifier.management.commands._courteous import CourteousCommand
from classifier.management.commands._measuring import (
    measuring,
    write_json,
    writing,
)
from classifier.management.commands._simulating import setting_of, settings_of
from classifier.ml.mixes import DEFAULT, MIXES, mix_named
from classifier.ml.plot import svg
from classifier.ml.priors import NAMES
from classifier.ml.querying import STRATEGIES
from classifier.ml.replays import Run, RunLost, played
from classifier.ml.sampling import RANDOM
from classifier.ml.savings import COSTS, corrections, savings
from classifier.ml.savings import NAMES as METRICS
from classifier.ml.simulated import GIVES, PLAIN, PRODUCTION
from classifier.ml.simulation import GIVEN, Plan, Point

MOST_PROCESSES = 64


class Command(CourteousCommand):
    help = (
        "Replay annotation on labelled grants: what each way of choosing the next grant would "
        "have saved against drawing by lot. Asks no database."
    )
    requires_system_checks = []
    nice = 5  # measuring can wait

    def add_arguments(self, parser):
        parser.add_argument("--taxonomy", type=Path, required=True, metavar="T.csv")
        parser.add_argument(
            "--labelled", type=Path, required=True, nargs="+", metavar="A.csv",
            help="labelled grants, plain or gzip: the pool",
        )  # fmt: skip
        parser.add_argument(
            "--test", type=Path, nargs="+", metavar="B.csv",
            help="labelled grants to measure on; without it each run measures on another quarter "
            "of the others, parted by recipient and by equal text",
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
        parser.add_argument(
            "--prior", choices=NAMES, default="pooled",
            help="which start weights; those learned on the data that is measured would flatter",
        )  # fmt: skip
        parser.add_argument("--rules", action="store_true", help="read the keyword rules as well")
        parser.add_argument(
            "--processes", type=int, default=1, metavar="N",
            help="runs at the same time; the figures are the same",
        )  # fmt: skip
        parser.add_argument(
            "--json", type=Path, metavar="OUT",
            help="write curves and savings there after every run; one that was cut off goes on",
        )  # fmt: skip
        parser.add_argument("--plot", type=Path, metavar="OUT.svg")

    def handle(self, **options):
        names = _names(options["strategies"])
        _check(options)
        _check_model(options["model"], names)
        setting = setting_of(options, self.stderr.write)
        self._check_sizes(options, setting.smallest_pool(options["seeds"]))
        settings = settings_of(options)
        done = _done(options["json"], settings)
        runs = [(name, seed) for seed in range(options["seeds"]) for name in names]
        waiting = [run for run in runs if run not in done]
        with measuring(self.stderr) as progress:
            try:
                for run, points in played(setting, waiting, options["processes"], progress):
                    done[run] = points
                    _write(options, settings, _in_order(done, names))
            except RunLost as error:
                raise CommandError(str(error)) from error
        points = _in_order(done, names)
        _write(options, settings, points)
        asked = set(runs)
        self._tell([point for point in points if (point.strategy, point.seed) in asked], names)

    def _check_sizes(self, options, n_pool):
        start, batch, budget = (options[key] for key in ("start", "batch", "budget"))
        if start > n_pool:
            raise CommandError(f"--start {start:,} is more than the {n_pool:,} grants of the pool.")
        last = Plan(start, batch, budget).sizes(n_pool)[-1]
        if last != budget:
            self.stderr.write(
                f"--budget {budget:,}: measured up to {last:,}, which is --start {start:,} and "
                f"whole batches of {batch:,} from a pool of {n_pool:,}."
            )

    def _tell(self, points, names):
        last = max(point.labels for point in points)
        head = "".join(f"{words:>17}" for words in METRICS.values())
        self.stdout.write(f"{last:,} labels{'':<22}{head}{'clicks':>17}")
        for name in names:
            ends = [p for p in points if p.strategy == name and p.labels == last]
            cells = "".join(_cell([getattr(p, metric) for p in ends]) for metric in METRICS)
            self.stdout.write(f"{name:<32}{cells}{_cell([p.clicks for p in ends], 0)}")
        if RANDOM not in names:
            self.stdout.write(f"Name {RANDOM} too, and the savings against it are told.")
            return
        for saving in savings(points):
            self.stdout.write(saving.in_words())
        for more in corrections(points):
            self.stdout.write(more.in_words())


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


def _check(options):
    least = {"start": 1, "batch": 1, "seeds": 1, "processes": 1, "budget": options["start"]}
    for name, number in least.items():
        if options[name] < number:
            raise CommandError(f"--{name} {options[name]} is too few: give {number} or more.")
    if options["processes"] > MOST_PROCESSES:
        raise CommandError(
            f"--processes {options['processes']} is too many: give {MOST_PROCESSES} or fewer."
        )
    for name in ("json", "plot"):  # an hour later is too late to learn it
        path = options[name]
        if path and not path.parent.is_dir():
            raise CommandError(f"--{name} {path}: there is no folder {path.parent}. Make it first.")


def _check_model(model: str, names: list[str]) -> None:
    """A strategy that asks for what the model does not give would fail in the middle of a run."""
    told = GIVEN | GIVES[model]
    for name in names:
        streams = set(mix_named(name)) - {RANDOM}
        missing = sorted({need for stream in streams for need in STRATEGIES[stream].needs} - told)
        if missing:
            raise CommandError(
                f"The strategy {name} needs {' and '.join(missing)}, which --model {model} does "
                f"not give. Choose --model {PRODUCTION}, or leave {name} out."
            )


def _in_order(done: dict[Run, list[Point]], names: list[str]) -> list[Point]:
    """All that is known, the mixes asked for first: the same in whatever order they were played."""
    order = list(dict.fromkeys([*names, *(name for name, _ in done)]))
    runs = sorted(done, key=lambda run: (run[1], order.index(run[0])))
    return [point for run in runs for point in done[run]]


def _write(options, settings, points):
    """After every run, so that a command cut off loses that run alone."""
    if options["json"]:
        found = {"settings": settings, "curves": [point.as_json() for point in points]}
        for cost, key in COSTS.items():
            found[key] = [saving.as_json() for saving in savings(points, cost)]
        found["corrections"] = [more.as_json() for more in corrections(points)]
        waiting = options["json"].with_name(options["json"].name + ".new")
        write_json(waiting, found)
        waiting.replace(options["json"])
    if options["plot"]:
        with writing(options["plot"]) as file:
            file.write(svg(_panels(points), "labels"))


def _done(path: Path | None, settings: dict) -> dict[Run, list[Point]]:
    """The runs that an earlier call has finished, if it was about the same."""
    if path is None or not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        earlier = found["settings"]
        points = [Point(**row) for row in found["curves"]]
        other = [key for key in settings if earlier.get(key) != settings[key]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{path} is no simulation of this command ({error}).") from error
    if other:
        raise CommandError(
            f"{path} holds a simulation with another {other[0]}: {earlier.get(other[0])}, and not "
            f"{settings[other[0]]}. Name another file, or remove it."
        )
    done: dict[Run, list[Point]] = {}
    for point in points:
        done.setdefault((point.strategy, point.seed), []).append(point)
    return done


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
