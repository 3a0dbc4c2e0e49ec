"""Fourteen kinds of bad input to search and rules: a clear answer each, no fault, no hang.

The numbers are those of the list of bad inputs that the project is held to.
"""

import time
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.reports.grant_filters import NAMES, filtered
from annotation.reports.grants import find_grants
from annotation.views.evidence import segments
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.rules import RuleSet
from classifier.ml.text import BadPattern, CategoryText, Corpus, compiled_pattern
from tests.classifier.ml.examples import evidence_of
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)
from tests.patience import patience

SECONDS = 2
SEARCHED = {
    "62 ten kilobytes": ["x" * 10_000, "a " * 5_000, '"' * 10_000, "é" * 10_000],
    "63 signs of LIKE": ["%", "_", "\\", "100%", "under_score", "\\%"],
    "64 FTS5": [
        '"', '""', 'a "b', "NEAR(", "NEAR(a b, 2)", "words:a", "rowid : 1", "*", "a*b", "^a", "(a",
        "a)", "a AND", "OR", "NOT a", "{words} : a", "- a", "a + b",
    ],
    "65 tsquery": ["a & b", "|", "!a", "a <-> b", "a <2> b", "a:*", "a:AB", "'a' & ", "'", "<->"],
    "66 SQL": ["'; DROP TABLE annotation_grant; --", "a'b", 'a";', "--", "/* */", "%s", "%(a)s"],
    "67 NUL and surrogates": ["\0", "a\0b", "\ufffd", "\ufeff", "\u202e", "\u2028"],
    "68 writing systems": ["🎭", "公立学校", "İi", "Iı", "ẞ", "हिन्दी", "ﷺ", "e" + "\u0301" * 9_000],
    "69 patterns": ["(a+)+$", r"(\w+\s?)*$", "(.*){50}", r"\1", "(?=a)", "(", "a{1000}"],
}  # fmt: skip
EVERYWHERE = [
    "", "  ", "-1", "0", "1e9", "1e999", "²", "٣", "NaN", "Infinity", "-0", "1_000", "0x10",
    str(2**31), str(2**63), "9" * 400, "9" * 5_000, "[", "__class__", "annotator__password",
    "a:b:c", ":", "~", "0.5~1", "nan~1", "1e-400", "0." + "3" * 30,
]  # fmt: skip


@pytest.fixture
def visitor(db):
    GrantFactory(title="Plain", queued=True)
    client = Client()
    client.force_login(AdministratorFactory())
    return client


def ask(visitor, query, path="/grants/"):
    began = time.monotonic()
    response = visitor.get(f"{path}?{query if isinstance(query, str) else urlencode(query)}")
    assert time.monotonic() - began < patience(SECONDS)
    return response


# 61 to 69: what is typed


@pytest.mark.parametrize("typed", ["", "  ", "\t", "\N{NO-BREAK SPACE}"])
def test_61_nothing_typed_shows_everything(visitor, typed):
    response = ask(visitor, {"q": typed})
    assert response.context["found"].n_total == 1
    assert not response.context["form"].errors


@pytest.mark.parametrize("kind", SEARCHED)
def test_62_to_69_whatever_is_typed_is_words_or_is_refused_with_its_value(visitor, kind):
    for typed in SEARCHED[kind]:
        response = ask(visitor, {"q": typed})
        assert response.status_code == 200, typed
        if response.context["found"] is None:
            (why,) = response.context["form"].errors["q"]
            assert typed[:5].strip() in why or "characters" in why
            assert response.context["form"].data["q"] == typed
        assert filtered({"q": typed}).count() <= 1  # past the form as well
        assert find_grants({"place": typed}).n_total <= 1


def test_67_half_a_surrogate_pair_is_read_as_a_sign(visitor):
    assert ask(visitor, "q=%ED%A0%80").status_code == 200
    assert filtered({"q": "pla\ud800"}).count() == 1


@pytest.mark.parametrize("name", [*NAMES, "after", "before", "at", "ordering", "page"])
def test_no_value_of_any_filter_is_a_fault(visitor, name):
    SuggestionFactory()
    for value in [*EVERYWHERE, *(texts[0] for texts in SEARCHED.values())]:
        given = {name: value, "order": "lowest"} if name in ("after", "before") else {name: value}
        response = ask(visitor, given)
        assert response.status_code == 200, (name, value)
        page = find_grants(given)
        assert len(page.rows) <= page.n_total <= 2


WRONG = {
    "q": "%", "place": "%", "category": "no such", "itself": "no such", "suggested": "no such",
    "given_from": "2026-02-30", "given_to": "yesterday",
    "outcome": "subject:perhaps", "state": "lost", "stream": "river", "annotator": "nobody",
    "score_from": "1.5", "score_to": "nan", "year": "abc", "amount_from": "1e999",
    "amount_to": "$x", "flag": "none such", "order": "title",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG.items())
def test_a_wrong_value_is_named_and_nothing_else_is_lost(visitor, name, value):
    right = {"q": "plain", "amount_from": "5000", "state": "waiting"}
    response = ask(visitor, right | {name: value})
    html = response.content.decode()
    assert f"“{value}”" in html
    assert response.context["found"] is None and "not right" in html
    assert f'id="find-{name}-error"' in html
    kept = {n for n in right if n != name}
    assert {chip.name for chip in response.context["chips"]} == kept
    assert ('value="5000"' in html) == ("amount_from" in kept)
    # Elsewhere it is refused too, and never ignored: a file would hold too much.
    order = {"as": "csv", name: value}
    assert visitor.post("/export/grants/", order).status_code == 422
    answer = visitor.post("/api/v1/exports/grants/", order, "application/json")
    assert (answer.status_code, list(answer.json())) == (400, [name])
    assert filtered({name: value}).count() == 0 or name == "order"


def test_a_range_that_ends_before_it_begins_says_so(visitor):
    response = ask(visitor, {"amount_from": "$5,000", "amount_to": "400", "score_to": ".5"})
    assert "400 is less than 5000" in response.content.decode()
    assert [chip.name for chip in response.context["chips"]] == ["score_to", "amount_from"]


def test_the_last_of_a_name_given_twice_counts(visitor):
    assert ask(visitor, "q=plain&q=nothing").context["found"].n_total == 0


# 69 to 73: rules that come with a taxonomy


def matches(*texts, **patterns):
    categories = [
        CategoryText(code, "S", code, (), "", "", (), include_pattern=include, exclude_pattern="")
        for code, include in patterns.items()
    ]
    return RuleSet(categories).matches(texts).tolist()


@pytest.mark.parametrize("pattern", ["(a+)+$", r"(\w+\s?)*$", "(.*){50}", "|".join(["ab"] * 999)])
def test_69_a_pattern_that_ruins_other_engines_is_quick(pattern):
    began = time.monotonic()
    matches("a" * 50_000 + "!", A=pattern)
    assert time.monotonic() - began < patience(SECONDS)


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)", "(", "(?:a{1000}){1000}"])
def test_69_a_pattern_that_is_refused_is_no_rule(pattern):
    with pytest.raises(BadPattern):
        compiled_pattern(pattern)
    assert matches("a(a", A=pattern, B="a") == [[False, True]]


def test_70_two_rules_that_match_alike_both_hold():
    assert matches("choir", A="choir", B="choir") == [[True, True]]


def test_71_a_rule_that_matches_every_text_drowns_no_other():
    assert matches("choir", "swim", A=".", B="choir") == [[True, True], [True, False]]


def test_72_a_retired_category_offers_no_rule(visitor):
    category = CategoryFactory(include_pattern="plain", retired_at=timezone.now(), code="OLD")
    label = LabelFactory(category=category)
    assert filtered({"category": "OLD"}).get() == label.grant  # what was decided is still found
    assert "OLD" not in visitor.get("/categories.json").json()["code"]


@pytest.mark.parametrize("pattern", ["x*", "^", r"\b"])
def test_73_a_match_of_nothing_is_no_evidence(pattern):
    category = CategoryText("A", "S", "Zz", (), "", "", (), pattern, "")
    grants = Corpus(["choir"], ["club"], ["program"])
    matcher = LexicalMatcher([category]).fit(grants)
    assert not any(word.strip() for word in evidence_of(matcher, "choir", "program", [0])[0])


@pytest.mark.parametrize(
    "words", [[""], [" "], ["", "choir"], ["choir", "oir cl"], ["club", "club"], ["zz"], ["."], []]
)
def test_73_no_stretch_of_text_is_empty_or_ends_before_it_begins(words):
    text = "choir club"
    pieces = segments(text, [words, words[::-1]])
    assert all(piece.text for piece in pieces)
    assert "".join(piece.text for piece in pieces) == text
    # Each says so often that it speaks for a suggestion as it does: once.
    assert all(len(set(piece.speaks_for)) == len(piece.speaks_for) for piece in pieces)


# 74: what another person's work is found by


def test_74_what_is_decided_blind_is_not_found_and_asking_costs_the_same(visitor):
    hidden = SuggestionFactory(grant=GrantFactory(stream="audit", queued=True), score=0.9)
    LabelFactory(grant=hidden.grant, category=hidden.category)
    nothing = CategoryFactory(code="EMPTY")
    client = Client()
    client.force_login(UserFactory())
    client.get("/grants/")  # the first visit notes the session
    n_queries = []
    for code in (hidden.category.code, nothing.code):
        with CaptureQueriesContext(connection) as asked:
            response = ask(client, f"category={quote(code)}")
        assert response.context["found"].n_total == 0
        n_queries.append(len(asked))
    assert n_queries[0] == n_queries[1]
