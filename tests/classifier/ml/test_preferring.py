"""The recommendation stays with the standard unless another option is better beyond doubt."""

import numpy as np
import pytest

from classifier.ml.preferring import prefer


def drawn(macro, ten, spread=0.01, seed=0):
    """A value and its resamplings."""
    rng = np.random.default_rng(seed)
    return {
        "macro_f1": [macro, *(macro + spread * rng.standard_normal(500))],
        "recall_at_10": [ten, *(ten + spread * rng.standard_normal(500))],
    }


def test_the_standard_that_leads_is_kept_and_the_reason_says_by_how_much():
    found = prefer({"ours": drawn(0.5, 0.9), "svm": drawn(0.4, 0.8, seed=1)}, "ours", 100)
    assert (found.option, found.leads) == ("ours", True)
    assert "It leads on both" in found.reason
    assert "“svm” against “ours”: macro-F1 −0.100 (" in found.reason


def test_a_lead_within_chance_changes_nothing_but_is_told():
    found = prefer({"ours": drawn(0.5, 0.9), "svm": drawn(0.505, 0.8, seed=1)}, "ours", 100)
    assert (found.option, found.leads) == ("ours", False)
    assert "“ours” does not lead" in found.reason
    assert "macro-F1 +0.005 (−0" in found.reason


def test_the_reason_calls_each_by_the_words_that_people_read():
    options = {"ours": drawn(0.5, 0.9), "svm": drawn(0.505, 0.8, seed=1)}
    for drew in (
        options,
        {"ours": drawn(0.6, 0.9), "svm": drawn(0.4, 0.8)},
        {"ours": options["ours"]},
    ):
        reason = prefer(drew, "ours", 100, {"ours": "Our recipe", "svm": "A machine"}).reason
        assert "“Our recipe”" in reason and "ours" not in reason and "svm" not in reason


def test_an_option_better_beyond_chance_is_taken():
    options = {"ours": drawn(0.5, 0.9), "svm": drawn(0.6, 0.9, seed=1), "sgd": drawn(0.58, 0.95)}
    found = prefer(options, "ours", 100)
    assert (found.option, found.leads) == ("svm", False)


def test_more_macro_f1_for_surely_less_in_the_first_ten_is_no_reason():
    found = prefer({"ours": drawn(0.5, 0.9), "svm": drawn(0.6, 0.7, seed=1)}, "ours", 100)
    assert (found.option, found.leads) == ("ours", False)


def test_differences_are_those_of_each_draw():
    ours, svm = drawn(0.5, 0.9), drawn(0.4, 0.8, seed=1)
    figure = prefer({"ours": ours, "svm": svm}, "ours", 100).differences["svm"]["macro_f1"]
    each = [b - a for a, b in zip(ours["macro_f1"], svm["macro_f1"], strict=True)]
    assert figure.value == pytest.approx(each[0])
    assert [figure.low, figure.high] == pytest.approx(np.percentile(each[1:], [2.5, 97.5]))


def test_under_ten_texts_nothing_is_recommended():
    found = prefer({"ours": drawn(0.5, 0.9), "svm": drawn(0.9, 0.9)}, "ours", 9)
    assert found.option is None
    assert found.reason == "Too few texts were measured: 9 of 10."


def test_without_the_standard_or_without_others_it_says_so():
    alone = prefer({"ours": drawn(0.5, 0.9)}, "ours", 50)
    assert (alone.option, alone.leads) == ("ours", True)
    assert "Nothing else was measured" in alone.reason
    others = prefer({"svm": drawn(0.5, 0.9), "sgd": drawn(0.4, 0.9)}, "ours", 50)
    assert (others.option, others.leads) == ("svm", None)
    assert "“ours” is not among" in others.reason
