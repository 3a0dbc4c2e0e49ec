"""The page on quality: what it says, what it hides, and what it costs."""

import re
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.models import Category, Outlook, Taxonomy
from annotation.reports.quality_charts import BOTTOM, LEFT, RIGHT, TOP, growth_of, honesty_of
from tests.annotation.quality_body import body, miss, row, stored
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    ModelVersionFactory,
    TaxonomyFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    client = Client()
    client.force_login(AdministratorFactory())
    return client


@pytest.fixture
def sport():
    """Sport with two below it, and the active word matcher."""
    facet = FacetFactory(code="subject")
    ModelVersionFactory(taxonomy=facet.taxonomy)
    top = CategoryFactory(facet=facet, code="S", label="Sport")
    low = [("S1", "Community sport"), ("S2", "Professional sport")]
    return [
        top,
        *(CategoryFactory(facet=facet, code=c, label=name, broader=top) for c, name in low),
    ]


def words(response):
    """What is read, each blank a plain one."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def order(page):
    return re.findall(r"<th scope=\"row\"><a href=\"/categories/(\w+)/", page.content.decode())


def test_without_a_report_the_page_says_how_to_get_one(boss, sport):
    page = words(boss.get("/quality/"))
    assert "There are no figures yet" in page and "Work out now" in page


def test_a_report_without_a_label_says_so(boss, sport):
    stored({"n_grants": 0})
    assert "No grant was labelled when it was tried." in words(boss.get("/quality/"))


def test_figures_of_another_taxonomy_are_not_shown(boss, sport):
    stored(body([row("S1")]))
    Taxonomy.objects.update(is_current=False)
    TaxonomyFactory(name="Newer", is_current=True)
    page = words(boss.get("/quality/"))
    assert "The figures are of another taxonomy" in page and "0.56" not in page


def test_the_page_says_which_examples_it_counts(boss, sport):
    stored(body([row("S1")]))
    page = words(boss.get("/quality/"))
    assert "without the audit stream" in page and "Coverage counts audit grants as well" in page


def test_each_figure_stands_with_its_interval_and_support(boss, sport):
    stored(body([row("S1"), row("S2", n_right=3, n_ticked=12)]))
    page = words(boss.get("/quality/"))
    for said in (
        "Measured on 120 audit grants, decided without suggestions",
        "Micro-F1 0.56 (0.46–0.66) keyword rules 0.43 (0.33–0.53)",
        "Quality by level",
        "Too few: 9 of 10",  # precision of a part: nine were ticked
        "1 of 2 have too few measured grants for an F1",
        "Calibration error of the shown ",
        "The calibration error of a model version is another figure",
        "Community sport S1 Sport 30 20 0.50 (0.40–0.60) 0.60 (0.50–0.70) of 15 0.45 (0.35–0.55) "
        "0.40 (0.30–0.50)",
        "Professional sport S2 Sport 30 3 Too few: 3 of 10 0.60 (0.50–0.70) of 12 Too few: 3 of 10",
    ):
        assert said in page


def test_the_table_is_sorted_and_filtered_and_what_is_hidden_comes_last(boss, sport):
    rows = [row("S1", f1=0.7, n_examples=3), row("S2", f1=0.2), row("S", n_right=4, n_examples=60)]
    stored(body(rows))
    assert order(boss.get("/quality/")) == ["S2", "S1", "S"]
    assert order(boss.get("/quality/?sort=-f1")) == ["S1", "S2", "S"]
    assert order(boss.get("/quality/?sort=-examples")) == ["S", "S2", "S1"]
    assert order(boss.get("/quality/?sort=nonsense")) == ["S2", "S1", "S"]
    assert order(boss.get("/quality/?level=1")) == ["S"]
    assert order(boss.get("/quality/?band=1")) == ["S1"]
    assert order(boss.get("/quality/?q=professional")) == ["S2"]
    assert order(boss.get("/quality/?facet=subject&q=community+sport")) == ["S1"]
    assert "No category matches" in words(boss.get("/quality/?facet=subject&q=nothing"))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("facet=other", "“other” is no facet here"),
        ("level=9", "“9” is no level here"),
        ("band=7", "“7” is no number of examples to choose here"),
    ],
)
def test_a_part_that_is_not_there_is_named_and_left_out(boss, sport, asked, said):
    stored(body([row("S1"), row("S2")]))
    page = boss.get(f"/quality/?{asked}&q=community")
    assert f"{said}: all of them are shown." in words(page)
    assert order(page) == ["S1"]


def test_a_retired_category_is_left_out(boss, sport):
    misses = [miss("S1", "S2", [GrantFactory()]), miss("S", "S1", [GrantFactory()], kind="broader")]
    stored(body([row("S1"), row("S2")], misses))
    Category.objects.filter(code="S2").update(retired_at="2026-01-01T00:00Z")
    page = boss.get("/quality/")
    assert order(page) == ["S1"]
    assert "Professional sport" not in words(page)
    assert "Sport mistaken for Community sport in 1 grant" in words(page)


def test_a_near_miss_leads_to_its_grants_but_for_secret_ones(boss, sport):
    told = GrantFactory(title="Saturday cricket")
    audit = GrantFactory(title="Rugby nights", stream="audit")
    secret = GrantFactory(title="Secret oval", stream="audit", queued=True)
    assert secret.queue_item.is_blind and secret.queue_item.is_open
    stored(body([row("S1")], [miss("S1", "S2", [told, audit, secret], n_right=20)]))
    page = words(boss.get("/quality/"))
    assert "Community sport mistaken for Professional sport in 3 grants" in page
    assert "Share of the 20 measured grants of Community sport : 15 % (6–90)." in page
    page = words(boss.get("/quality/near-miss/?right=S1&ticked=S2"))
    assert "Saturday cricket" in page and "Rugby nights" in page
    assert "Secret oval" not in page
    assert "1 grant of them is not named: somebody still decides it by themselves." in page
    assert "not here any more" not in page


def test_a_grant_that_has_gone_since_is_not_said_to_be_decided_by_somebody(boss, sport):
    gone, secret = GrantFactory(), GrantFactory(title="Oval", stream="audit", queued=True)
    stored(body([row("S1")], [miss("S1", "S2", [gone, secret, GrantFactory()], n_right=20)]))
    gone.delete()
    page = words(boss.get("/quality/near-miss/?right=S1&ticked=S2"))
    assert "1 grant of them is not named: somebody still decides it" in page
    assert "1 grant of them is not here any more: an import was taken back since." in page


def test_the_share_of_a_rare_category_is_too_few(boss, sport):
    stored(body([row("S1")], [miss("S1", "S2", [GrantFactory()], n_right=4)]))
    assert "Community sport : too few, 4 of 10." in words(boss.get("/quality/"))


@pytest.mark.parametrize("query", ["", "?right=S2&ticked=S1", "?right=S1&ticked=%00"])
def test_a_near_miss_that_is_not_among_the_figures_is_not_found(boss, sport, query):
    stored(body([row("S1")], [miss("S1", "S2", [GrantFactory()])]))
    assert boss.get(f"/quality/near-miss/{query}").status_code == 404


def test_effort_stands_over_all_and_by_category(boss, sport):
    report = stored(body([row("S1"), row("S2")]))
    own = {"model_version": report.version, "kind": "audit", "n_labels": 800, "n_measured": 120}
    Outlook.objects.create(
        measure="micro_f1", score=0.56, low=0.5, high=0.6, slope=0.0001, slope_low=0.0,
        slope_high=0.0002, forecast="about 300 more annotations", seconds_each=90, **own,
    )  # fmt: skip
    Outlook.objects.create(
        category=sport[1], measure="f1", score=0.5, low=0.4, high=0.6, kappa=0.99, is_stable=True,
        slope=0.002, slope_low=0.001, slope_high=0.004, **own,
    )  # fmt: skip
    page = words(boss.get("/quality/"))
    assert "An annotation took 1.5 active minutes." in page
    assert "+0.010 (+0.000 to +0.020) About 300 more annotations" in page
    assert "Community sport : +0.020 F1 (+0.010 to +0.040) , 30 examples now. Settled." in page
    assert order(boss.get("/quality/?sort=-gain"))[0] == "S1"


def test_dots_and_lines_stand_where_their_figures_are(sport):
    found = body([row("S1")])
    honesty = honesty_of(found)
    for dot, mean, right in zip(honesty.dots, (0.24, 0.64), (0.25, 0.4), strict=False):
        assert dot.x == pytest.approx(LEFT + mean * (RIGHT - LEFT), abs=0.1)
        assert dot.y == pytest.approx(BOTTOM - right * (BOTTOM - TOP), abs=0.1)
        assert dot.top < dot.y < dot.bottom
    assert honesty.dots[2].right.is_too_few
    assert honesty.told.endswith(
        "of those near 64\N{NO-BREAK SPACE}%, 40\N{NO-BREAK SPACE}% were right."
    )
    few = honesty_of(found | {"reliability": found["reliability"][2:]})
    assert few.told.endswith("too few to tell.")
    growth = growth_of(found)
    assert [point.n_labels for point in growth.points] == [100, 200, 400, 800]
    last = growth.curves[0].points.split()[-1].split(",")
    assert float(last[0]) == RIGHT  # 800 labels are the end of the line
    assert float(last[1]) == pytest.approx(BOTTOM - 0.56 * (BOTTOM - TOP), abs=0.1)
    heights = [label.at for label in growth.labels]
    assert all(b - a >= 15 for a, b in pairwise(heights))
    assert growth_of(found | {"growth": []}) is None
    assert honesty_of(found | {"reliability": []}) is None


def test_many_categories_cost_no_more_queries(boss, sport):
    facet = sport[0].facet
    many = [CategoryFactory(facet=facet) for _ in range(60)]
    misses = [miss("S1", "S2", [GrantFactory()])]
    stored(body([row(category.code) for category in [*sport, *many]], misses))
    for address in ("/quality/", "/quality/near-miss/?right=S1&ticked=S2"):
        boss.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert boss.get(address).status_code == 200
        assert len(queries) <= 12, [query["sql"] for query in queries]


def test_the_version_stands_in_the_curve_at_the_labels_that_it_learned_from(sport):
    growth = growth_of(body([row("S1")], n_learned=300, n_labels=800))
    assert [point.n_labels for point in growth.points] == [100, 200, 300, 400]
    assert growth.points[2].micro_f1.value == 0.56
    assert [point.is_own for point in growth.points] == [False, False, True, False]
    # A part of today's labels is more, and is not what the version is known by.
    assert growth.told == (
        "From 100 labelled grants to the 300 of this version Micro-F1 goes from 0.30 to 0.56, "
        "Macro-F1 goes from 0.30 to 0.56; keyword rules alone 0.43."
    )
    curve = growth.curves[0]
    assert curve.value == 0.56 and f"{curve.x},{curve.y}" == curve.points.split()[2]
    assert {label.words for label in growth.labels} >= {"Micro-F1 0.56", "Macro-F1 0.56"}
    fewest = growth_of(body([row("S1")], n_learned=50))
    assert fewest.told.startswith("At the 50 labelled grants of this version Micro-F1 is 0.56,")
