"""What pages say of models held against the truth: quality, slices, label errors.

Pages measure a model by what people answered, who make mistakes: where a wrong label stands, a
right suggestion counts as wrong. So the truth that they can recover is the model held against what
other such people would have answered of all grants (``again``), and not against what is true
(``true``): :func:`lost_to_mistakes` says how far the two are apart. No page can know that.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from annotation.models import Category, Grant, Taxonomy
from bench.history.by_model import says, scored
from bench.history.recovery import Recovered, told
from classifier.dataset import categories_of, training_set
from classifier.ml.figures import wilson

WORSE = "Regional round"  # of these texts, the fewest name what is true
TOP = 100  # doubts, the worst first
TIMES = 5  # above chance


def of_quality(body: Mapping[str, Any], truth: Mapping[str, Any]) -> list[Recovered]:
    """The whole and the two facets."""
    said, again = says(truth), truth["again"][body["kind"]]
    expected = scored(said, again)
    figures = {
        name: (body["whole"][name]["model"], getattr(expected, name))
        for name in ("micro_f1", "recall_at_10", "precision_at_1")
    }
    for part in body["parts"]["facet"]:
        own = scored(said, again, part["name"])
        for name in ("micro_f1", "precision", "recall"):
            figures[f"{name} of {part['name']}"] = part[name], getattr(own, name)
    return [Recovered(name, true, *page) for name, (page, true) in figures.items() if page]


def lost_to_mistakes(body: Mapping[str, Any], truth: Mapping[str, Any]) -> dict[str, float]:
    """By figure: how much lower it is by what people answered than by what is true."""
    said = says(truth)
    by_people = scored(said, truth["again"][body["kind"]])
    by_truth = scored(said, list(truth["true"].items()))
    names = ("micro_f1", "recall_at_10")
    return {name: getattr(by_truth, name) - getattr(by_people, name) for name in names}


def of_slices(body: Mapping[str, Any], truth: Mapping[str, Any]) -> list[Recovered]:
    """Programmes and places: figures and overrides of each; that one is worse and no other."""
    kind = "audit" if "audit grants, from which" in body["measured_on"] else "labelled"
    said, found = says(truth), list[Recovered]()
    for cut in body["cuts"]:
        if cut["key"] not in ("programme", "place"):
            continue
        for row in cut["slices"]:
            own = [
                (ref, stands)
                for ref, stands in truth["again"][kind]
                if truth["facts"][ref][cut["key"]] == row["name"]
            ]
            if row["recall_at_10"] is None or not own:
                continue
            expected = scored(said, own)
            for name in ("micro_f1", "recall_at_10"):
                figure = row[name]
                found.append(
                    Recovered(f"{name} of {row['name']}", getattr(expected, name), **figure)
                )
            if cut["key"] == "programme" and row["overridden"]:
                often = truth["overridden_by_programme"][row["name"]]
                found.append(
                    Recovered(f"ticks not taken in {row['name']}", often, **row["overridden"])
                )
            is_worse = "recall_at_10" in row["worse"]
            found.append(told(f"{row['name']} is worse", row["name"] == WORSE, is_worse))
    return found


def of_label_errors(body: Mapping[str, Any], truth: Mapping[str, Any]) -> list[Recovered]:
    """Whether of the worst doubts many times as many are wrong as of all answers.

    The lower end of the interval is held to it.
    """
    references = dict(Grant.objects.values_list("pk", "reference"))
    codes = dict(Category.objects.values_list("pk", "code"))

    def is_wrong(grant: int, category: int, is_given: bool) -> bool:
        true = truth["true"][references[grant]]
        return is_given != any(codes[category] in of for of in true.values())

    worst = body["doubts"][:TOP]
    n = sum(is_wrong(grant, category, given) for grant, category, given, *_ in worst)
    share = wilson(n, len(worst))
    chance = _chance(is_wrong)
    return [
        told(f"{n} of {len(worst)} doubts are wrong, by chance {chance:.1%}: {TIMES} times as many",
             True, share.low > TIMES * chance)
    ]  # fmt: skip


def _chance(is_wrong: Callable[[int, int, bool], bool]) -> float:
    """Share of all answers of the pool that are wrong."""
    categories = categories_of(Taxonomy.objects.get(is_current=True))
    grants = training_set(categories)
    found = [
        is_wrong(grants.grant_ids[row], categories.ids[column], bool(grants.y[row, column]))
        for row, column in zip(*np.nonzero(grants.known), strict=True)
    ]
    return sum(found) / len(found)
