"""The rule editor and the classifier read patterns alike: what one says, the other says."""

import pytest
import re2

from annotation import patterns
from classifier.ml import text
from classifier.ml.rules import RuleSet
from tests.annotation.test_patterns import REFUSED
from tests.classifier.ml.examples import category

ODD = [
    "swim", "SWIM", "(?i)swim", "(?-i)Swim", "(swim)(ming)?", "(?P<what>swim)", "^swim$",
    "(?m)^swim$", "(?s)swim.sea", "swim.sea", "\\bswim\\b", "\\Bwim", "\\pL+", "\\p{Greek}",
    "[[:alpha:]]+", "\\d{2,}", "ﬁ", "ß", "straße", "İ", "k", "[^\\x00-\\x7f]", "\\x{1F3AD}", "🎭",
    "\\Qa.b\\E", "a|", "(|)", "\\C", "\\z", "(a+)+$", "(.*){50}", "(?:a{1000}){1000}",
    "((a{100}){100}){100}", "(.{1,100}){10}z", " ", "\n", "\0", "", "|".join(["ab"] * 999),
    "\ud800", "a" * 5_000,
]  # fmt: skip
TEXTS = [
    "", "swim", "We SWIM in\nthe sea", "swim\nsea", "swim sea", "STRASSE und Straße",
    "K k \u212a", "ﬁsh", "İstanbul ıi", "αβγ 42", "🎭 a.b", "a" * 3_000 + "!",
    "half a \ud800 pair", "nul \0 here", "ab",
]  # fmt: skip


def compiled_by(compile_pattern, fault, pattern):
    try:
        return compile_pattern(pattern)
    except fault:
        return None


def test_their_options_are_the_same():
    one, other = patterns.options(), text.pattern_options()
    names = [name for name in dir(re2.Options()) if not name.startswith("_")]
    assert "case_sensitive" in names
    assert {n: getattr(one, n) for n in names} == {n: getattr(other, n) for n in names}


@pytest.mark.parametrize("pattern", [*ODD, *REFUSED], ids=lambda pattern: ascii(pattern)[:30])
def test_both_refuse_and_find_the_same(pattern):
    tried = compiled_by(patterns.compiled, patterns.BadPattern, pattern)
    read = compiled_by(text.compiled_pattern, text.BadPattern, pattern)
    assert (tried is None) == (read is None)
    rule = patterns.Rule("" if tried is None else pattern, "")
    rules = RuleSet([category("C", "Choirs", include_pattern=pattern)])
    assert rules.matches(TEXTS)[:, 0].tolist() == [rule.hits(given) for given in TEXTS]
