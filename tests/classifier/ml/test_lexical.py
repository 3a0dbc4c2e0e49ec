"""Suggestions from the words and rules of the categories alone."""

import numpy as np
import pytest
import re2

from classifier.ml.lexical import LexicalMatcher
from classifier.ml.rules import RuleSet
from tests.classifier.ml.examples import category, corpus, evidence_of


def proba_of(categories, text, background=None, batch="Programme"):
    matcher = LexicalMatcher(categories).fit(background or corpus())
    return matcher.predict_proba(corpus(text, batches=[batch]))[0]


def test_it_works_without_any_label_and_any_grant():
    proba = proba_of([category("MU", "Music"), category("DO", "Dogs")], "A music festival")
    assert proba[0] > 0 == proba[1]
    assert proba.dtype == np.float32


def test_probabilities_have_a_row_a_text_and_a_column_a_category():
    matcher = LexicalMatcher([category("MU", "Music")] * 3).fit(corpus("music"))
    proba = matcher.predict_proba(corpus("music", "", "dogs", "xyz"))
    assert proba.shape == (4, 3)
    assert ((proba >= 0) & (proba <= 1)).all()


def test_other_forms_and_alternative_labels_count():
    categories = [category("YP", "Young people", alt_labels=("Teenagers", "Youth"))]
    assert proba_of(categories, "For teenager clubs") > 0


def test_words_that_stand_together_count_more_than_the_same_words_apart():
    categories = [category("MH", "Mental health")]
    together = proba_of(categories, "mental health support")
    assert together > proba_of(categories, "health support mental")


def test_a_matching_rule_makes_a_category_far_more_likely():
    rules = ["", "pony|ponies"]
    categories = [category(code, "Horses", include_pattern=code) for code in rules]
    without, with_rule = proba_of(categories, "Ponies and horses for the riding club")
    assert with_rule > 3 * without > 0


def test_a_matching_exclude_pattern_switches_the_rule_off():
    rule = category("AR", "Land forces", include_pattern=r"\barmy\b", exclude_pattern="salvation")
    assert proba_of([rule], "The army")[0] > 0
    assert proba_of([rule], "The Salvation Army")[0] == 0


def test_a_pattern_that_re2_refuses_is_ignored_and_the_label_still_counts():
    broken = category("A", "Music", include_pattern="(?<=a)b")
    assert proba_of([broken], "Music") > 0
    assert evidence_of(LexicalMatcher([broken]).fit(corpus()), "Music", "", [0]) == [["Music"]]


def test_rules_searched_one_by_one_find_the_same_as_rules_searched_together(monkeypatch):
    categories = [
        category("A", include_pattern="a+", exclude_pattern="x"),
        category("B"),
        category("C", include_pattern=r"\bc"),
    ]
    texts = ["aa", "ax", "cab", "", "a \ud800 c"]
    together = RuleSet(categories).matches(texts)

    def too_large(_):
        raise re2.error("out of memory")

    monkeypatch.setattr(re2.Set, "Compile", too_large)
    assert (RuleSet(categories).matches(texts) == together).all()
    assert together.tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 1], [0, 0, 0], [1, 0, 1]]


COMMON = ["Grant for a choir"] * 26 + ["Something for a band"] * 24


@pytest.mark.parametrize(("texts", "counts"), [(COMMON, False), (COMMON[1:], True)])
def test_a_word_in_over_half_of_at_least_fifty_texts_of_a_batch_counts_for_nothing(texts, counts):
    background = corpus(*texts)
    assert (proba_of([category("G", "Grants")], "A grant", background)[0] > 0) == counts


@pytest.mark.parametrize(("texts", "counts"), [(COMMON, False), (COMMON[1:], True)])
def test_a_rule_in_over_half_of_at_least_fifty_texts_of_a_batch_counts_for_nothing(texts, counts):
    rule = category("X", "Zebra", include_pattern="grant")
    assert (proba_of([rule], "A grant", corpus(*texts))[0] > 0) == counts


def test_what_is_too_common_in_one_batch_counts_in_another():
    assert proba_of([category("G", "Grants")], "A grant", corpus(*COMMON), batch="Other")[0] > 0


def test_what_is_stopped_is_no_evidence_either():
    rule = category("G", "Grants", include_pattern="grant")
    matcher = LexicalMatcher([rule]).fit(corpus(*COMMON))
    assert evidence_of(matcher, "A grant", "Programme", [0]) == [[]]
    assert evidence_of(matcher, "A grant", "Other", [0]) == [["grant"]]


def test_words_of_notes_that_point_elsewhere_do_not_count():
    pointing = category("A", "Zebra", scope_note="Includes stripes. See also horses.")
    assert proba_of([pointing], "Horses")[0] == 0
    assert proba_of([pointing], "Stripes")[0] > 0


def test_a_narrower_match_lowers_the_broader_category():
    broad = category("AR", "Arts")
    narrow = category("AR1", "Music", ancestors=("AR",))
    alone, beside = (proba_of([broad, narrow], text)[0] for text in ("Arts", "Arts Music"))
    assert alone > beside > 0


def test_a_ticked_list_never_holds_an_ancestor_of_a_ticked_category():
    matcher = LexicalMatcher(
        [category("A"), category("B", ancestors=("A",)), category("C", ancestors=("A", "B"))]
    ).fit(corpus())
    decided = matcher.decide(np.array([[0.9, 0.9, 0.9], [0.9, 0.9, 0], [0.9, 0, 0]]))
    assert decided.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]


def test_a_text_may_have_no_tick():
    matcher = LexicalMatcher([category("A"), category("B")]).fit(corpus())
    threshold = matcher.thresholds_[0]
    assert not matcher.decide(np.array([[threshold * 0.99, 0.0]])).any()
    assert matcher.decide(np.array([[threshold, 0.0]])).tolist() == [[True, False]]


def test_evidence_shows_the_words_as_they_stand_most_telling_first():
    categories = [
        category("A", "Brass bands", include_pattern="trumpets?", scope_note="Marching"),
        category("B", "Dogs"),
    ]
    matcher = LexicalMatcher(categories).fit(corpus("brass"))
    text = "Marching BRASS Brass band with Trumpets"
    first, second = evidence_of(matcher, text, "", [0, 1])
    assert first[0] == "Trumpets"
    assert set(first[1:3]) == {"BRASS", "band"}
    assert second == []


def test_evidence_has_at_most_six_words():
    label = "alpha bravo charlie delta foxtrot hotel juliet lima"
    matcher = LexicalMatcher([category("A", label)]).fit(corpus())
    assert len(evidence_of(matcher, label, "", [0])[0]) == 6


def test_what_a_rule_finds_across_a_sentence_is_no_word():
    rule = category("A", "Zebra", include_pattern="friends of .* school")
    matcher = LexicalMatcher([rule]).fit(corpus())
    assert evidence_of(matcher, f"friends of {'many ' * 20} school", "", [0]) == [[]]
