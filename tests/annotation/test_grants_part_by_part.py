"""Grants looked for part by part: nearby first, then further, and nothing is missed."""

from urllib.parse import parse_qsl

import pytest

from annotation.models import Grant
from annotation.reports import grants as report
from annotation.reports.grant_filters import filtered
from annotation.reports.grants import find_grants
from annotation.templatetags.finding import found_words
from tests.annotation import random_site
from tests.annotation.test_grants_report import everything
from tests.factories import GrantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def site(rows_of_module):
    """Forty grants in every state, made once: each test takes its own changes back."""
    with rows_of_module():
        random_site.build(4, 40)
        yield


@pytest.mark.parametrize("state", report.LOOKED_UP)
@pytest.mark.parametrize("near", [1, 5, 1_000])
def test_a_state_is_looked_for_nearby_first_and_nothing_is_missed(state, near, monkeypatch):
    monkeypatch.setattr(report, "NEAR", near)
    monkeypatch.setattr(report, "PAGE", 3)
    expected = list(filtered({"state": state}).order_by("pk"))
    assert len(expected) > 4
    assert everything({"state": state}) == expected
    page = find_grants({"state": state, "before": str(expected[-1].pk)})
    assert [row.grant for row in page.rows] == expected[-4:-1]
    assert find_grants({"state": state, "after": str(2**63 - 1)}).rows == []


@pytest.mark.parametrize("state", report.LOOKED_UP)
def test_a_rare_state_is_looked_for_part_by_part_and_nothing_is_missed(state, monkeypatch, client):
    """A page may be empty then, and leads on; the way back finds the same."""
    monkeypatch.setattr(report, "NEAR", 2)
    monkeypatch.setattr(report, "LOOKED_AT", 5)
    GrantFactory.create_batch(12)
    expected = list(filtered({"state": state}).order_by("pk"))
    pages = [find_grants({"state": state})]
    while link := pages[-1].next:
        pages.append(find_grants(dict(parse_qsl(link[1:]))))
    assert [row.grant for page in pages for row in page.rows] == expected
    assert not all(page.rows for page in pages)
    last = Grant.objects.order_by("-pk")[0].pk + 1
    pages = [find_grants({"state": state, "before": str(last)})]
    while link := pages[-1].previous:
        pages.append(find_grants(dict(parse_qsl(link[1:]))))
    assert [row.grant for page in reversed(pages) for row in page.rows] == expected
    client.force_login(UserFactory())
    empty = client.get("/grants/", {"state": state, "before": str(last)}).content.decode()
    assert "None so far" in empty
    assert "Look back" in empty


@pytest.mark.parametrize("order", ["lowest", "highest"])
def test_a_state_in_the_order_of_scores_is_looked_for_part_by_part_too(order, monkeypatch):
    for grant in Grant.objects.all():
        scores = [s.score for s in grant.suggestions.all()]
        Grant.objects.filter(pk=grant.pk).update(top_score=round(max(scores), 1))  # with ties
    query = {"state": "suggested", "order": order}
    expected = [row.grant for row in find_grants(query).rows]
    assert len(expected) > 4
    monkeypatch.setattr(report, "PAGE", 3)
    monkeypatch.setattr(report, "LOOKED_AT", 2)
    pages = [find_grants(query)]
    while link := pages[-1].next:
        pages.append(find_grants(dict(parse_qsl(link[1:]))))
    assert [row.grant for page in pages for row in page.rows] == expected
    assert not all(page.rows for page in pages)
    last = pages[-1].rows[-1].grant if pages[-1].rows else expected[-1]
    pages = [find_grants(query | {"before": f"{last.top_score!r}~{last.pk}"})]
    while link := pages[-1].previous:
        pages.append(find_grants(dict(parse_qsl(link[1:]))))
    back = [row.grant for page in reversed(pages) for row in page.rows]
    assert back == expected[: expected.index(last)]


@pytest.mark.parametrize("query", [{"q": "choir"}, {"flag": "short"}, {"score_to": "0.9"}])
def test_many_are_looked_for_nearby_and_few_by_their_keys_alike(query, monkeypatch):
    expected = list(filtered(query).order_by("pk"))
    assert len(expected) > 5
    monkeypatch.setattr(report, "PAGE", 2)
    for counted, near in ((100, 1), (3, 1), (3, 8), (3, 1_000)):
        monkeypatch.setattr(report, "COUNTED", counted)
        monkeypatch.setattr(report, "NEAR", near)
        pages = [find_grants(query)]
        while link := pages[-1].next:
            pages.append(find_grants(dict(parse_qsl(link[1:]))))
        assert [row.grant for page in pages for row in page.rows] == expected
        assert find_grants(query | {"before": str(expected[3].pk)}).rows[-1].grant == expected[2]


@pytest.mark.parametrize("state", report.LOOKED_UP)
def test_a_state_is_counted_among_the_first_grants_only(state, monkeypatch):
    monkeypatch.setattr(report, "PAGE", 3)
    whole = find_grants({"state": state})
    assert (whole.n_total, whole.is_exact) == (filtered({"state": state}).count(), True)
    monkeypatch.setattr(report, "LOOKED_AT", 20)
    page = find_grants({"state": state})
    twentieth = Grant.objects.order_by("pk")[20].pk
    among = filtered({"state": state}).filter(pk__lt=twentieth).count()
    assert (page.n_total, page.is_exact) == (max(among, 3), False)
    assert 0 < among < whole.n_total
    assert found_words(page) == f"at least {max(among, 3)} grants"
