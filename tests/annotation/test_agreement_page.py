"""How well people agree: what the page makes of stored figures."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation.models import Category, StoredReport
from tests.factories import AdministratorFactory, CategoryFactory, FacetFactory, UserFactory

pytestmark = pytest.mark.django_db


def figure(n, value=None, reach=0.05):
    if value is None:
        return {"n": n}
    return {"n": n, "value": value, "low": value - reach, "high": value + reach}


def stored(facets=(), categories=(), pairs=(), n_grants=50):
    body = {
        "n_grants": n_grants,
        "least": 10,
        "overall": figure(n_grants, 0.712),
        "blind": figure(9),
        "assisted": figure(41, 0.74),
        "more_assisted": figure(9),
        "facets": list(facets),
        "categories": list(categories),
        "pairs": list(pairs),
    }
    return StoredReport.objects.create(
        question="agreement", status="done", ended_at=timezone.now(), body=body
    )


@pytest.fixture
def told(client):
    """``told("?q=…")``: the words of the page."""
    client.force_login(AdministratorFactory())

    def told(query=""):
        html = client.get(reverse("agreement") + query).content.decode()
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html.split("<main")[1])))

    return told


def test_before_anything_is_worked_out_it_offers_to(told):
    assert "Not worked out yet" in told() and "There are no figures yet" in told()
    assert "By category" not in told()


def test_where_nobody_has_decided_twice_it_says_what_to_do(told):
    stored(n_grants=0)
    assert "No grant has been decided by two people yet" in told()
    assert "Open the settings" in told()


def test_facets_levels_categories_and_pairs_with_their_support(told):
    facet = FacetFactory(code="subject", label="Subject")
    disputed, rare, sure, gone = (CategoryFactory(facet=facet, label=n) for n in "DRSG")
    Category.objects.filter(pk=gone.pk).update(retired_at=timezone.now())
    zoe, adam = UserFactory(username="zoe"), UserFactory(username="adam")
    levels = [{"level": 1, **figure(50, 0.82)}, {"level": 2, **figure(4)}]
    stored(
        facets=[{"facet": facet.pk, **figure(50, 0.66), "levels": levels}],
        categories=[
            {"category": sure.pk, **figure(30, 0.95)},
            {"category": rare.pk, **figure(3)},
            {"category": disputed.pk, **figure(12, -0.02)},
            {"category": gone.pk, **figure(12, 0.5)},
        ],
        pairs=[{"people": [zoe.pk, adam.pk], **figure(11, 0.7)}],
    )
    words = told()
    assert "Agreement of all 0.71 (0.66 to 0.76)" in words
    assert "Too few: 9 of 10 grants" in words  # decided blind by two
    assert "Subject 50 0.66 (0.61 to 0.71) Too low to rely on" in words
    assert "Subject, level 1 50 0.82 (0.77 to 0.87) With care" in words
    assert "Subject, level 2 4 Too few: 4 of 10 –" in words
    lowest, middle, last = (words.index(f"{c.label} {c.code}") for c in (disputed, sure, rare))
    assert lowest < middle < last  # the least agreement first, too few last
    assert "12 −0.02 (−0.07 to 0.03) Too low to rely on" in words
    assert gone.code not in words
    assert "adam and zoe 11 0.70 (0.65 to 0.75)" in words


def test_a_category_is_found_among_thirteen_hundred_in_few_queries(told, client):
    facet = FacetFactory(code="subject", label="Subject")
    other = FacetFactory(code="population", label="Population")
    many = [
        Category(taxonomy=facet.taxonomy, facet=facet, code=f"K{n:04}", label=f"Kind {n}",
                 path=f"K{n:04}/", level=1, position=n)
        for n in range(1_300)
    ]  # fmt: skip
    Category.objects.bulk_create(many)
    child = CategoryFactory(facet=other, label="Young people")
    rows = [{"category": c.pk, **figure(20, 0.8)} for c in [*many, child]]
    stored(
        facets=[{"facet": f.pk, **figure(50, 0.6), "levels": []} for f in (facet, other)],
        categories=rows,
        pairs=[
            {"people": [a.pk, b.pk], **figure(20, 0.8)}
            for a, b in [UserFactory.create_batch(2) for _ in range(20)]
        ],
    )
    told()
    with CaptureQueriesContext(connection) as queries:
        assert "1 to 50 of 1,301" in told()
    assert len(queries) <= 12
    assert "Young people" in told("?q=young") and "Kind 7" not in told("?q=young")
    assert "Young people" in told("?facet=population")
    assert "1,251 to 1,300 of 1,301" in told("?page=26")
    assert "No category matches" in told("?q=nothing+of+that+name")
    page = told("?facet=other&q=young")
    assert "“other” is no facet here: all of them are shown." in page and "Young people" in page
