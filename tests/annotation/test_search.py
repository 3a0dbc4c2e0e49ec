"""Finding grants by words: what counts as a word, and that no writer can forget to say so."""

import random
import re

import pytest
from django.db import connection, transaction

from annotation.models import Grant
from annotation.reports.grant_filters import filtered
from annotation.reports.search import LONGEST_TERM, MOST_TERMS, terms
from tests.factories import GrantFactory

pytestmark = pytest.mark.django_db


def found(typed, name="q"):
    return sorted(filtered({name: typed}).values_list("title", flat=True))


@pytest.fixture
def grants():
    for title, fields in {
        "Surf club": {"description": "Lessons for the club's swimmers.", "reference": "GR-2024/17"},
        "Club surf": {"description": "swim, swam", "recipient_name": "Māori Women's League"},
        "Café": {"description": "İstanbul and/or 1.5 km <b>bold</b> under_score a@b.org"},
        "公立学校": {"description": "Привет 한국어 हिन्दी", "recipient_place": "South Yarra, VIC"},
    }.items():
        GrantFactory(**{"title": title, "description": "", "recipient_name": ""} | fields)


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("surf", "Club surf|Surf club"),
        ("SURF club", "Club surf|Surf club"),
        ('"surf club"', "Surf club"),
        ("“surf club”", "Surf club"),
        ('"surf club', "Surf club"),
        ('"surf clu"', ""),
        ("swim", "Club surf|Surf club"),  # the last word may go on
        ("swim surf", "Club surf"),  # the others may not
        ("swim* surf", "Club surf|Surf club"),
        ('"swim"', "Club surf"),
        ("wimmers", ""),  # a word is found from its beginning
        ("GR-2024/17", "Surf club"),
        ("gr-2024/1", "Surf club"),
        ("17/2024", ""),
        ("maori", "Club surf"),
        ("MĀORI", "Club surf"),
        ("women’s", "Club surf"),
        ("cafe", "Café"),
        ("cafe\N{COMBINING ACUTE ACCENT}", "Café"),
        ("istanbul", "Café"),
        ("İSTANBUL", "Café"),
        ("1.5", "Café"),
        ("or km", "Café"),
        ("bold", "Café"),
        ("b.org", "Café"),
        ("score", "Café"),
        ("公立", "公立学校"),
        ("ПРИВЕТ", "公立学校"),
        ("한국", "公立学校"),
        ("हिन्दी", "公立学校"),
        ("yarra", "公立学校"),
        ("swim -swam", "Club surf"),  # no operator: both words occur
        ("swim OR bold", ""),
        ("swim NOT swam", ""),
    ],
)
def test_what_is_typed_finds(grants, typed, titles):
    assert found(typed) == [title for title in titles.split("|") if title]


@pytest.mark.parametrize(
    ("typed", "n"), [("yarra", 1), ('"south yarra"', 1), ("vic sou", 1), ("surf", 0), ("west", 0)]
)
def test_a_place_is_found_in_places_only(grants, typed, n):
    GrantFactory(title="West of South Yarra")
    assert len(found(typed, "place")) == n


WORDS = ["swim", "Swimming", "choir", "choirs", "café", "cafe", "surf-club", "GR/7", "don't", "7"]


@pytest.mark.parametrize("seed", range(3))
def test_words_find_what_is_found_by_hand(seed):
    draw = random.Random(seed)
    for n in range(60):
        GrantFactory(
            reference=str(n),
            title=" ".join(draw.choices(WORDS, k=draw.randrange(4))),
            description=", ".join(draw.choices(WORDS, k=draw.randrange(4))),
            recipient_name="",
        )
    for _ in range(60):
        typed = " ".join(draw.choices(WORDS, k=draw.randrange(1, 3)))
        if draw.random() < 0.3:
            typed = f'"{typed}"'
        expected = {g.pk for g in Grant.objects.all() if has(g, typed)}
        assert set(filtered({"q": typed}).values_list("pk", flat=True)) == expected, typed


def has(grant, typed):
    """Decided with spaces around words."""
    facts = (grant.reference, grant.title, grant.description, grant.recipient_name)
    text = plain(" ".join(facts))
    if typed.startswith('"'):
        return plain(typed) in text
    *whole, last = typed.split()
    return plain(last).rstrip() in text and all(plain(word) in text for word in whole)


def plain(text):
    return f" {re.sub('[^a-z0-9]+', ' ', text.lower().replace('é', 'e')).strip()} "


# No writer can forget it


def test_every_way_of_writing_is_found():
    grant = GrantFactory(title="one")
    assert found("one") == ["one"]
    grant.title = "two"
    grant.save()
    assert (found("one"), found("two")) == ([], ["two"])
    Grant.objects.update(title="three", recipient_place="Perth")
    assert (found("two"), found("three"), found("perth", "place")) == ([], ["three"], ["three"])
    grant.refresh_from_db()
    grant.title = "four"
    Grant.objects.bulk_update([grant], ["title"])
    assert (found("three"), found("four")) == ([], ["four"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE annotation_grant SET title = 'five', recipient_place = ''")
    assert (found("four"), found("five"), found("perth")) == ([], ["five"], [])
    grant.delete()
    made = GrantFactory.build_batch(3, title="six", import_run=grant.import_run)
    Grant.objects.bulk_create(made)
    assert (found("five"), len(found("six"))) == ([], 3)
    Grant.objects.filter(pk=made[0].pk).delete()
    assert len(found("six")) == 2


def test_what_is_taken_back_is_not_found():
    GrantFactory(title="before")
    with transaction.atomic():
        Grant.objects.update(title="after")
        assert found("after") == ["after"]
        transaction.set_rollback(True)
    assert (found("before"), found("after")) == (["before"], [])


@pytest.mark.postgres_only
def test_a_reading_by_a_model_leaves_the_words_untouched():
    GrantFactory(title="before")
    where = "SELECT ctid FROM annotation_grantwords"
    with connection.cursor() as cursor:
        cursor.execute(where)
        place = cursor.fetchall()
        Grant.objects.update(top_score=0.5, quality_flags=["short"])
        cursor.execute(where)
        assert cursor.fetchall() == place


@pytest.mark.parametrize("text", ["ab " * 700_000, "x" * 2_000_000, "𠀀 " * 500_000, "é" * 200_000])
def test_a_text_of_two_megabytes_is_stored_and_found(text):
    grant = GrantFactory(title="Long", description=text)
    Grant.objects.update(description=f"short {text}")
    assert found("short") == ["Long"]
    grant.delete()
    assert found("short") == []


# What is typed


def test_as_much_is_searched_for_as_anybody_types():
    assert len(terms("a " * 5_000)) == MOST_TERMS
    (term,) = terms("x" * 10_000)
    assert len(term.words[0]) == LONGEST_TERM


@pytest.mark.parametrize("typed", ["  ", "%", "*", '""', '" "', "!!! ...", "\0", "🎭", "\u200b"])
def test_signs_alone_are_no_words(typed):
    assert terms(typed) == ()
    GrantFactory()
    assert found(typed) == []
