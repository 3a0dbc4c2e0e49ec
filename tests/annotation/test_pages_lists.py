"""The grants list and the coverage page: filters, order and pages in the address."""

import pytest
from django.test import Client

from annotation.models import Grant
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    client = Client()
    client.force_login(AdministratorFactory())
    return client


def found(browser, path):
    return [row.grant.title for row in browser.get(path).context["found"].rows]


def rows(browser, path):
    return [row.code for row in browser.get(path).context["page"].object_list]


def test_a_category_is_found_by_its_name_too(browser):
    category = CategoryFactory(code="S1", label="Choirs")
    grant = GrantFactory(title="Wednesday Warblers")
    GrantFactory(title="Another")
    LabelFactory(grant=grant, category=category)
    assert found(browser, "/grants/?category=choirs") == ["Wednesday Warblers"]
    assert found(browser, "/grants/?category=S1") == ["Wednesday Warblers"]
    response = browser.get("/grants/?category=nothing")
    assert b"No category is called" in response.content


def test_pages_lead_forth_and_back_with_the_filter_kept(browser):
    GrantFactory.create_batch(60, title="swim")
    GrantFactory(title="run")
    first = browser.get("/grants/?q=swim")
    assert b"1 to 25 of 60" in first.content
    second = browser.get("/grants/" + first.context["found"].next)
    assert b"26 to 50 of 60" in second.content
    last = browser.get("/grants/" + second.context["found"].next)
    assert b"51 to 60 of 60" in last.content
    assert last.context["found"].next is None
    back = browser.get("/grants/" + last.context["found"].previous)
    assert b"26 to 50 of 60" in back.content


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=-1", f"after={'9' * 30}", "year=x", "year=99999", "state=x", "q=%00",
     "category=%00", "q=%25_%5C", "before=0"],
)  # fmt: skip
def test_a_senseless_filter_is_no_fault(browser, query):
    GrantFactory()
    assert browser.get(f"/grants/?{query}").status_code == 200


def test_money_is_written_with_its_currency(browser):
    GrantFactory(amount_awarded="18450.00", currency="AUD")
    GrantFactory(amount_awarded="2266.50", currency="GBP")
    html = browser.get("/grants/").content.decode()
    assert "$18,450<" in html
    assert "GBP\N{NO-BREAK SPACE}2,266.50" in html


@pytest.fixture
def covered():
    """One category with two examples, one with one, one with none."""
    facet = FacetFactory(code="subject")
    a, b, c = (CategoryFactory(facet=facet, code=code, label=f"Label {code}") for code in "ABC")
    for category in (a, a, b):
        LabelFactory(category=category)
    return a, b, c


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", "CBA"), ("sort=-examples", "ABC"), ("sort=name", "ABC"), ("sort=-name", "CBA"),
        ("sort=nonsense", "CBA"), ("band=0", "C"), ("band=1", "BA"), ("q=label+c", "C"),
        ("facet=subject", "CBA"), ("facet=other", "CBA"), ("level=1", "CBA"), ("level=2", "CBA"),
        ("page=99", "CBA"), ("page=x", "CBA"),
    ],
)  # fmt: skip
def test_coverage_is_filtered_and_ordered_by_the_address(browser, covered, query, order):
    assert "".join(rows(browser, f"/coverage/?{query}")) == order


def test_thirteen_hundred_categories_come_in_pages(browser, django_assert_max_num_queries):
    facet = FacetFactory()
    CategoryFactory.create_batch(1_300, facet=facet)
    browser.get("/coverage/")  # the visit is noted
    with django_assert_max_num_queries(12):
        response = browser.get("/coverage/")
    assert len(rows(browser, "/coverage/?page=26")) == 50
    assert b"1 to 50 of 1,300" in response.content
    # 50 rows of 1.9 kB with eleven figures each, 200 boxes of 0.35 kB, and 10 kB around them.
    assert len(response.content) < 180_000


def test_a_grant_that_is_not_there_is_not_found(browser):
    assert not Grant.objects.exists()
    response = browser.get("/grants/1/")
    assert response.status_code == 404
    assert b"There is no such page" in response.content
