"""How good the classifier is on real data, beside what was asked of it.

Everything is chosen by cross-validation on ``train.csv``; ``test.csv`` is for the look at the end
(``--look``). UK-CAT is measured with the start weights learned on NEH, and NEH with those learned
on UK-CAT, since a data set's own start weights have seen its labels.
"""

import csv
import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import solvers
from bench.site import ROOT

SHORT = {
    "micro_f1": "micro", "macro_f1": "macro", "hierarchical_f1": "hier", "precision_at_1": "P@1",
    "recall_at_10": "R@10", "ece": "ECE", "ece_shown": "shown", "clicks_per_text": "clicks",
}  # fmt: skip
ASKED = {
    "no rules": "micro .53, macro .44, R@10 .855, ECE .015, shown .03",
    "with rules": "micro .545, macro .47, R@10 .87, P@1 .70, hier .63, ECE .015, shown .03",
    "0 labels, no rules": "R@10 .58 (reach for .65)",
    "0 labels, with rules": "R@10 .69",
    "200 labels": "macro .34, R@10 .73",
    "NEH 20,000": "10 min, 3,000 MB",
}
ASKED_WITH_VECTORS = {
    "no rules": "micro .545, macro .45, R@10 .87, ECE .015, shown .03",
    "with rules": "micro .56, macro .47, R@10 .885, P@1 .72, hier .64, ECE .015, shown .03",
    "0 labels, no rules": "R@10 .66",
    "0 labels, with rules": "R@10 .72",
    "200 labels": "macro .35, R@10 .75",
}
NEH_TRAIN, NEH_TEST = 20_000, 4_000
KINDS = ["ukcat", "both", "neh", "solvers"]


def measure(data: Path, look: bool, embeddings: bool, kinds: Sequence[str]) -> None:
    """Print a row for each measurement.

    ``look``: on the test file, which is for the end. ``embeddings``: with sentence vectors.
    ``kinds``: "ukcat" all that is asked of UK-CAT; "both" its two files together, five folds;
    "neh" many grants; "solvers" the two solvers of the ridge on these.
    """
    vectors = ["--embeddings"] if embeddings else []
    if "ukcat" in kinds:
        _ukcat(data / "ukcat", look, vectors)
    if "both" in kinds:
        ukcat = data / "ukcat"
        print("UK-CAT, all 2,124 labelled texts, five folds:")
        files = _files(ukcat, [ukcat / "train.csv", ukcat / "test.csv"])
        for rules, kind in RULES.items():
            _row(kind, _evaluated(*files, rules, *vectors), bool(vectors))
    with tempfile.TemporaryDirectory() as folder:
        train, test = neh_split(data / "neh" / "grants.csv.gz", Path(folder))
        taxonomy = data / "neh" / "taxonomy.csv"
        if "neh" in kinds:
            neh = ["--taxonomy", taxonomy, "--train", train, "--test", test, "--prior", "uk"]
            _row("NEH 20,000", _evaluated(*neh))
        if "solvers" in kinds:
            solvers.compare(taxonomy, train, test, data / "neh" / "grants.csv.gz")


RULES = {"--no-rules": "no rules", "--rules": "with rules"}


def _ukcat(ukcat: Path, look: bool, vectors: list[str]) -> None:
    files = _files(ukcat, [ukcat / "train.csv"])
    files += ["--test", ukcat / "test.csv"] if look else []
    files += vectors
    print(f"UK-CAT, 1,597 labelled texts, {'test.csv' if look else 'five folds'}:")
    for rules, kind in RULES.items():
        _row(kind, _evaluated(*files, rules), bool(vectors))
        none = _evaluated(*files, rules, "--limit-train", "0")
        _row(f"0 labels, {kind}", none, bool(vectors))
    curve = _run("learning_curve", *files, "--no-rules", "--sizes", "200", "--seeds", "5")
    for point in curve["points"]:
        _row(f"{point['limit']} labels", point, bool(vectors))


def _files(ukcat: Path, train: list[Path]) -> list[object]:
    words = ["--taxonomy", ukcat / "taxonomy.csv", "--unlabelled", ukcat / "unlabelled.csv"]
    return [*words, "--prior", "neh", "--train", *train]


def neh_split(grants: Path, folder: Path) -> tuple[Path, Path]:
    """20,000 and 4,000 labelled grants by lot, no recipient and no text on both sides.

    Texts under eight words tell nothing, "Unknown" and the like are no recipients.
    """
    with gzip.open(grants, "rt", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["categories"]]
    rows = [row for row in rows if len(_text(row).split()) >= 8]
    rows.sort(key=lambda row: _lot(row["reference"]))
    is_test = [_lot(row["recipient_name"] or row["reference"]) < 0.2 for row in rows]
    train = [row for row, out in zip(rows, is_test, strict=True) if not out][:NEH_TRAIN]
    seen = {_text(row) for row in train}
    test = [row for row, out in zip(rows, is_test, strict=True) if out and _text(row) not in seen][
        :NEH_TEST
    ]
    return _written(folder / "neh-train.csv", train), _written(folder / "neh-test.csv", test)


def _text(row: dict) -> str:
    return " ".join(f"{row['title']} {row['description']}".casefold().split())


def _lot(key: str) -> float:
    return int(hashlib.sha256(key.encode()).hexdigest()[:12], 16) / 16**12


def _written(path: Path, rows: list[dict]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def _evaluated(*words: object) -> dict:
    return _run("evaluate_classifier", *words)


def _run(command: str, *words: object) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        subprocess.run(
            [sys.executable, "manage.py", command, *map(str, words), "--json", str(out)],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return json.loads(out.read_text())


def _row(name: str, found: dict, with_vectors: bool = False) -> None:
    cells = []
    for key, short in SHORT.items():
        figure = found[key]
        sd = f" +-{figure['sd']:.3f}" if figure.get("sd") is not None else ""
        cells.append(
            f"{short} {figure['value']:.3f} [{figure['low']:.3f}-{figure['high']:.3f}]{sd}"
        )
    kind = ", sentence vectors" if with_vectors else ""
    print(f"{name}{kind}: {', '.join(cells)}", flush=True)
    if costs := found.get("costs"):
        print(
            f"  fit {costs['fit_cpu_seconds']:.1f} CPU s, one text {costs['single_ms']:.2f} ms "
            f"({costs['single_cpu_ms']:.2f} CPU), "
            f"batch {costs['batch_texts_per_cpu_second']:,.0f} texts a CPU s, "
            f"{costs['artifact_mb']:.0f} MB, peak {costs['peak_memory_mb']:,.0f} MB"
        )
    print(f"  asked: {(ASKED_WITH_VECTORS if with_vectors else ASKED)[name]}", flush=True)
