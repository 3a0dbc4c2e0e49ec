"""Pages of a state that few grants are in: what place they say, and what they pass over."""

from urllib.parse import parse_qsl

import pytest

from annotation.models import Grant
from annotation.reports import grants as report
from annotation.reports.grants import find_grants
from tests.factories import CategoryFactory, GrantFactory, LabelFactory, counted_at_once

pytestmark = pytest.mark.django_db
LABELLED = {"state": "labelled"}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for name, value in (("PAGE", 3), ("NEAR", 2), ("LOOKED_AT", 5), ("COUNTED", 2)):
        monkeypatch.setattr(report, name, value)


@counted_at_once()
def labelled(n):
    category = CategoryFactory()
    return [LabelFactory(category=category).grant for _ in range(n)]


def walk(page, link):
    """The page and all that its links of one direction lead to."""
    pages = [page]
    while query := getattr(pages[-1], link):
        pages.append(find_grants(dict(parse_qsl(query[1:]))))
    return pages


def told(pages):
    """What each page says of its rows: (first, last); nothing of one without rows."""
    return [(page.first, page.last) for page in pages if page.rows]


def test_the_place_is_carried_over_empty_pages_in_both_directions():
    labelled(4)
    GrantFactory.create_batch(14)
    labelled(5)
    pages = walk(find_grants(LABELLED), "next")
    assert not all(page.rows for page in pages)
    lengths = [len(page.rows) for page in pages if page.rows]
    assert sum(lengths) == 9
    ends = [sum(lengths[:n]) for n in range(1, len(lengths) + 1)]
    assert told(pages) == [(end - n + 1, end) for end, n in zip(ends, lengths, strict=True)]
    back = walk(pages[-1], "previous")
    assert not all(page.rows for page in back)
    end = 9
    for page in back[:-1]:  # the very first page begins anew with 1
        if page.rows:
            assert (page.first, page.last) == (end - len(page.rows) + 1, end)
        end -= len(page.rows)
    assert (back[-1].first, back[-1].last) == ((1, end) if end else (0, -1))


def test_without_a_place_none_is_made_up():
    labelled(4)
    GrantFactory.create_batch(14)
    last = labelled(1)[0]
    empty = find_grants(LABELLED | {"after": str(last.pk - 10)})
    assert (empty.rows, "at=" in empty.next) == ([], False)
    full = find_grants(dict(parse_qsl(empty.next[1:])))
    assert ([row.grant for row in full.rows], full.first) == ([last], None)


def test_keys_that_no_grant_has_any_more_are_passed_over_at_once():
    before = labelled(4)
    gone = GrantFactory.create_batch(40)
    after = labelled(2)
    Grant.objects.filter(pk__in=[grant.pk for grant in gone]).delete()
    for pages in (
        walk(find_grants(LABELLED), "next"),
        walk(find_grants(LABELLED | {"before": str(after[-1].pk + 1)}), "previous")[::-1],
    ):
        assert [row.grant for page in pages for row in page.rows] == before + after
        assert len(pages) <= 4
