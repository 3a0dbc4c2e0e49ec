"""Texts of grants and categories, their words and their patterns."""

import time

import pytest

from classifier.ml.documents import documents_of, keywords_of
from classifier.ml.text import BadPattern, Corpus, compiled_pattern
from classifier.ml.words import stem, stems, words
from tests.classifier.ml.examples import category, corpus


def test_a_pattern_matches_without_regard_to_case():
    assert compiled_pattern(r"\bchoirs?\b").search("The CHOIR sings")


def test_a_pattern_that_re2_refuses_is_refused_with_the_reason():
    with pytest.raises(BadPattern, match="invalid perl operator"):
        compiled_pattern("(?<=a)b")


def test_a_pattern_with_a_broken_character_is_refused():
    with pytest.raises(BadPattern, match="broken character"):
        compiled_pattern("a\ud800")


def test_sequences_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="2 texts, 1 recipients and 2 batches"):
        Corpus(["a", "b"], ["x"], ["p", "p"])


def test_taking_rows_keeps_texts_recipients_and_batches_together():
    taken = corpus("a", "b", "c", recipients=["x", "y", "z"]).take([2, 0])
    assert (taken.texts, taken.recipients) == (["c", "a"], ["z", "x"])
    assert len(taken) == 2


@pytest.mark.parametrize(
    "text",
    [
        "mail jane.doe@example.org",
        "mail @janedoe",
        "mail 0161 496 0000",
        "mail ABN 51 824 753 556",
        "mail M33 4AB",
        "mail https://example.org/jane-doe",
        "mail user_jane",
    ],
)
def test_addresses_numbers_and_codes_are_no_words(text):
    assert set(words(text)) <= {"mail", "ABN"}


def test_words_stand_as_in_the_text_and_may_have_accents():
    assert list(words("Élan: the CAFÉ's choir")) == ["Élan", "the", "CAFÉ", "choir"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("charity", "charities"), ("train", "training"), ("class", "classes"), ("swim", "swimming")],
)
def test_forms_of_one_word_have_one_stem(one, other):
    assert stem(one) == stem(other)


def test_stop_words_have_no_stem_but_words_that_name_categories_do():
    assert stems("the fire and the flood") == ["fire", "flood"]


@pytest.mark.parametrize("run", ["a", "a.", "@", "https://a", "ab1"])
def test_a_long_run_without_a_blank_is_read_at_once(run):
    text = run * (200_000 // len(run))
    began = time.process_time()
    stems(text)
    assert time.process_time() - began < 5


def test_the_words_of_a_rule_are_words_of_its_category():
    rule = category("C", "Choirs", include_pattern=r"(?i)\bsing(ing|er)s?\b|\bchoral (?:music|art)")
    assert keywords_of(rule) == ["sing", "ing", "choral", "music", "art"]
    assert documents_of([rule], with_keywords=True)[0][2:] == keywords_of(rule)
    assert documents_of([rule], with_keywords=False)[0] == ["choirs", "choirs"]
