"""The parts of pages that compute something: numbers, evidence, words."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.reports.progress import Today
from annotation.templatetags import words
from annotation.views.evidence import Segment, paragraphs, segments
from annotation.views.workspace import shares

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("sizes", "numbers"),
    [
        ([10], [9]),
        ([10, 10], [6, 3]),
        ([4, 10], [4, 5]),
        ([1, 10], [1, 8]),
        ([10, 10, 10], [3, 3, 3]),
        ([10, 10, 10, 10], [3, 2, 2, 2]),
        ([0, 2], [0, 2]),
        ([], []),
        ([10] * 12, [9] + [0] * 11),
    ],
)
def test_nine_numbers_are_shared_out_from_the_top(sizes, numbers):
    assert shares(sizes) == numbers


def spoken(pieces):
    return [(piece.text, piece.speaks_for) for piece in pieces]


def test_whole_words_are_found_without_regard_to_case_or_kind_of_space():
    pieces = segments("Swim lessons: a SWIM\tlesson, no swimmers", [["swim", "Swim lesson"]])
    assert spoken(pieces) == [
        ("Swim", (0,)), (" lessons: a ", ()), ("SWIM\tlesson", (0,)), (", no swimmers", ()),
    ]  # fmt: skip


def test_words_that_overlap_are_cut_where_they_meet():
    pieces = segments("beach safety program", [["beach safety"], ["safety program"], []])
    assert spoken(pieces) == [("beach ", (0,)), ("safety", (0, 1)), (" program", (1,))]


def test_words_that_look_like_patterns_are_only_words():
    assert spoken(segments("a.b a+b (x", [[".*", "a+b", "(x", "", " "]])) == [
        ("a.b ", ()), ("a+b", (0,)), (" ", ()), ("(x", (0,)),
    ]  # fmt: skip


def test_paragraphs_are_lines_with_something_on_them():
    assert paragraphs("one\n\n  \r\ntwo", []) == [[Segment("one")], [Segment("two")]]


@given(st.text(max_size=300), st.lists(st.lists(st.text(max_size=5), max_size=4), max_size=4))
def test_cutting_loses_no_letter(text, evidence):
    assert "".join(piece.text for piece in segments(text, evidence)) == text


@pytest.mark.parametrize(
    ("share", "said"),
    [(1, ">99"), (0.996, ">99"), (0.94, "94"), (0.5, "50"), (0.004, "<1"), (0, "<1")],
)
def test_no_probability_claims_to_be_certain(share, said):
    assert words.per_cent(share) == f"{said}{NBSP}%"


@pytest.mark.parametrize(
    ("part", "said"), [(0, "0"), (1, "100"), (0.004, "<1"), (0.996, ">99"), (0.35, "35")]
)
def test_what_was_counted_may_be_none_or_all(part, said):
    assert words.counted_share(part) == f"{said}{NBSP}%"


def test_a_figure_is_as_exact_as_the_ends_of_its_interval():
    assert [words.figure(value, 0.22) for value in (0.0, 0.04, 0.22)] == ["0.00", "0.04", "0.22"]
    assert [words.figure(value, 0.022) for value in (0.009, 0.022)] == ["0.009", "0.022"]
    for low, high, told in (
        (0.0766, 0.4759, "7–48"),
        (0.001, 0.0042, "0–1"),
        (0.9958, 0.999, "99–100"),
        (0.07, 0.29, "7–29"),
    ):
        assert words.bounds(SimpleNamespace(low=low, high=high)) == told


def test_a_month_and_a_year_are_named():
    assert words.period_words("2025-03") == f"March{NBSP}2025"
    assert words.period_words("2019") == "2019"


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("18450.00", "AUD", "$18,450"),
        ("1875.50", "AUD", "$1,875.50"),
        ("2266", "GBP", f"GBP{NBSP}2,266"),
        ("-40", "AUD", "−$40"),
        (None, "", ""),
    ],
)
def test_money_names_its_currency(amount, currency, said):
    amount = Decimal(amount) if amount else None
    assert words.money(SimpleNamespace(amount_awarded=amount, currency=currency)) == said


def test_days_and_times_are_australian():
    assert words.day(date(2025, 3, 14)) == f"14{NBSP}March{NBSP}2025"
    assert words.clock(datetime(2025, 3, 14, 3, 31, tzinfo=UTC)) == f"2.31{NBSP}pm"


@pytest.mark.parametrize(
    ("seconds", "said"), [(9, "9 s"), (190, "3 min 10 s"), (700, "11 min"), (4200, "1 h 10 min")]
)
def test_a_wait_is_told_as_exactly_as_one_can_know_it(seconds, said):
    assert words.duration(seconds) == said.replace(" ", NBSP).replace(f"h{NBSP}", "h ").replace(
        f"min{NBSP}1", "min 1"
    )


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (Today(41, 60, 17), f"17 an hour, about 1{NBSP}h 5{NBSP}min to go"),
        (Today(60, 60, 17), "17 an hour"),
        (Today(3, 60, None), ""),
    ],
)
def test_the_pace_says_how_long_it_takes(today, said):
    assert words.to_go(today) == said


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (1, "grant", "1 grant"),
        (1204, "grant", "1,204 grants"),
        (1, "categories", "1 category"),
        (0, "model versions", "0 model versions"),
        (1, "model versions", "1 model version"),
    ],
)
def test_things_are_counted_in_the_right_number(number, noun, said):
    assert words.counted(number, noun) == said
