"""Patterns of keyword rules: what is refused in which words, and what a rule finds."""

import time

import pytest

from annotation.patterns import LONGEST, BadPattern, Rule, check, compiled

REFUSED = {
    "cat(?=a)b": "At character 4, (?= looks ahead or behind, which RE2 cannot",
    "(?<!x)y": "At character 1, (?<! looks ahead or behind",
    "\\bx(a)\\1": "At character 7, \\1 refers back to a group, which RE2 cannot",
    "women\\’s": "At character 6, \\’ is no escape that RE2 knows",
    "aa(abc(d": "At character 7, ( opens a bracket that is never closed",
    "[(]x(\\(": "At character 5, ( opens a bracket that is never closed",
    "a(b))c)": "At character 5, ) closes a bracket that was never opened",
    "xy[abc": "At character 3, [ opens a list of signs that is never closed",
    "b*|*a": "At character 4, * has nothing before it that it could repeat",
    "ba**": "At character 3, ** repeats what is repeated already",
    "ba{2000}": "At character 3, {2000} repeats too often",
    "((a{100}){100}){100}": "{100} repeats too often",
    "a\\": "At character 2, \\ is a backslash with nothing behind it",
    "x[z-a]": "At character 3, z-a is no range or class that RE2 knows",
    "a(?i": "At character 2, (?i is a kind of group that RE2 does not know",
    "é\ud800": "Character 2 is broken",
    "(.{1,100}){10}z": "It unfolds into 8,995 steps; at most 5,000",
    "a" * (LONGEST + 1): "It has 5,001 characters, 1 more than a pattern may have",
    "a*": "content with nothing at all",
    "swim|": "content with nothing at all",
    "\\b": "content with nothing at all",
    "$": "content with nothing at all",
}


@pytest.mark.parametrize(("pattern", "words"), REFUSED.items(), ids=lambda value: value[:20])
def test_a_pattern_is_refused_with_what_and_where(pattern, words):
    with pytest.raises(BadPattern) as error:
        check(pattern)
    assert words in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    "pattern", ["swim", "\\b(cats?|dogs?)\\b", "W.?I.?", "[(]a", "(?:a|b)c", "(?P<n>a)", "x{1000}"]
)
def test_a_sound_pattern_passes(pattern):
    check(pattern)


def test_a_rule_hits_where_it_includes_and_does_not_exclude():
    rule = Rule("\\bswim", "\\bsink")
    assert rule.hits("We SWIM in the sea")
    assert not rule.hits("We swim and sink")
    assert not rule.hits("We row")
    assert not Rule("", "\\bsink").hits("We swim")
    assert not Rule("  ", "").hits("We  swim")
    assert rule.hits("swim \ud800")


def test_what_cannot_be_read_in_linear_time_elsewhere_is_read_at_once():
    rule = Rule("(x+x+)+y", "^(\\w+\\s?)*$")
    began = time.process_time()
    assert not rule.hits("x" * 100_000)
    assert time.process_time() - began < 2


def test_a_passage_marks_what_is_found_and_keeps_the_text_around_it():
    text = "We will run a ten-week learn-to-swim program for 🎭 families. " * 20 + "More lessons."
    pieces = Rule("swim|lessons", "").passages(text, around=12, most=3)
    assert [piece.text for piece in pieces if piece.is_found] == ["swim", "swim", "swim"]
    whole = "".join(piece.text for piece in pieces)
    assert whole.startswith("… learn-to-swim program for")
    assert whole.endswith("…")
    assert len(whole) < 200
    ends = Rule("lessons", "").passages(text, around=12, most=3)
    assert [piece.text for piece in ends][-2:] == ["lessons", "."]


def test_a_passage_without_a_find_is_the_beginning_of_the_text():
    (piece,) = Rule("nowhere", "").passages("a" * 100, around=10, most=3)
    assert (piece.text, piece.is_found) == ("a" * 20 + " …", False)


@pytest.mark.parametrize("pattern", ["\\b", "a*", "^"])
def test_an_empty_find_marks_nothing(pattern):
    assert compiled(pattern)
    assert not any(piece.is_found for piece in Rule(pattern, "").passages("xyz", 10, 3))
