"""The coverage page: its figures, its order, its deeds, its file; and what it says to everybody."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import AuditEvent, Category, CategoryRollup, CoverageNight, Sprint
from annotation.reports.coverage import coverage
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    client = Client()
    client.force_login(AdministratorFactory(username="grace"))
    return client


@pytest.fixture
def tree():
    """Sport with two below it, and youth in another facet; choirs have an example each place."""
    subject, population = FacetFactory(code="subject"), FacetFactory(code="population")
    sport = CategoryFactory(facet=subject, code="SPORT", label="Sport")
    swim = CategoryFactory(facet=subject, code="SWIM", label="Swimming", broader=sport)
    surf = CategoryFactory(facet=subject, code="SURF", label="Surfing", broader=sport)
    youth = CategoryFactory(facet=population, code="YOUTH", label="=Youth")
    return {c.code: c for c in (sport, swim, surf, youth)}


def counted(category, **figures):
    CategoryRollup.objects.update_or_create(category=category, defaults=figures)


def words(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def row_of(response, code):
    html = response.content.decode()
    found = re.search(rf'<tr id="r-{code}">.*?</tr>', html, re.S)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])))


def codes(response):
    return [row.code for row in response.context["page"].object_list]


def test_shares_have_their_interval_and_are_hidden_under_ten(browser, tree):
    counted(tree["SWIM"], accepted=30, rejected=6, left=4, added=4)
    counted(tree["SURF"], accepted=2, rejected=1, audit_right=12, audit_ticked=9, audit_hits=9)
    page = browser.get("/coverage/")
    # 30 of 40, and 10 of 40 against the suggestion; intervals as Wilson's formula gives them.
    assert "75 % (60–86) of 40 25 % (14–40) of 40" in row_of(page, "SWIM").replace("\xa0", " ")
    surf = row_of(page, "SURF").replace("\xa0", " ")
    assert "Too few: 3 of 10 Too few: 1 of 10" not in surf
    assert "Too few: 3 of 10 Too few: 3 of 10 Too few: 9 of 10 75 % (47–91) of 12" in surf


def test_what_is_too_few_is_ordered_last_either_way(browser, tree):
    counted(tree["SWIM"], audit_right=20, audit_ticked=20, audit_hits=18)
    counted(tree["SURF"], audit_right=20, audit_ticked=20, audit_hits=4)
    counted(tree["YOUTH"], audit_right=3, audit_ticked=3, audit_hits=3)
    up, down = (codes(browser.get(f"/coverage/?sort={sign}precision")) for sign in ("", "-"))
    assert up == ["SURF", "SWIM", "SPORT", "YOUTH"]
    assert down == ["SWIM", "SURF", "SPORT", "YOUTH"]


@pytest.mark.parametrize(
    "sort", ["target", "below", "pending", "accepted", "overridden", "recall", "reviewed", "hours"]
)
def test_every_column_orders_the_rows_both_ways(browser, tree, sort):
    Category.objects.filter(code="SWIM").update(target=5)
    counted(tree["SWIM"], reviewed_at=timezone.now())
    assert len(codes(browser.get(f"/coverage/?sort={sort}"))) == 4
    assert len(codes(browser.get(f"/coverage/?sort=-{sort}"))) == 4


def test_a_branch_is_looked_at_by_itself(browser, tree):
    LabelFactory(category=tree["SWIM"])
    page = browser.get("/coverage/?branch=SPORT")
    assert codes(page) == ["SPORT", "SURF", "SWIM"]
    assert [m.facet for m in page.context["maps"]] == ["subject"]
    assert codes(browser.get("/coverage/?branch=nothing")) == ["SPORT", "SURF", "YOUTH", "SWIM"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("branch=nothing", "“nothing” is no category here"),
        ("facet=nothing", "“nothing” is no facet here"),
        ("level=9", "“9” is no level here"),
        ("level=²", "“²” is no level here"),
        ("level=01", "“01” is no level here"),
        ("band=7", "“7” is no number of examples to choose here"),
    ],
)
def test_a_part_that_the_taxonomy_does_not_have_is_named_and_left_out(browser, tree, asked, said):
    page = browser.get(f"/coverage/?{asked}&q=swim")
    assert f"{said}: all of them are shown." in words(page)
    assert codes(page) == ["SWIM"]


@pytest.mark.parametrize("name", ["branch", "facet", "level", "band"])
def test_a_byte_of_nothing_in_the_name_of_a_part_is_passed_over(browser, tree, name):
    part = {"branch": "SPORT", "facet": tree["SPORT"].facet.code, "level": "1", "band": "0"}[name]
    page = browser.get("/coverage/", {name: f"{part}\0"})
    assert "are shown" not in words(page)
    assert codes(page) == codes(browser.get("/coverage/", {name: part}))


def test_where_no_grant_matches_nothing_is_called_thin(browser, tree):
    LabelFactory(category=tree["SWIM"], grant=GrantFactory(recipient_place="Ballarat"))
    page = browser.get("/coverage/?place=Balarat&q=swim")
    assert "No grant matches" in words(page) and "Thin categories" not in words(page)
    assert 'href="/coverage/?q=swim"' in page.content.decode()
    assert "No grant matches" not in words(browser.get("/coverage/?place=Ballarat"))


def test_a_year_and_a_person_without_grants_are_named(browser, tree):
    GrantFactory(award_date=date(2024, 5, 1))
    page = words(browser.get("/coverage/?year=2050&annotator=nobody"))
    assert "No grant was awarded in “2050”." in page
    assert "“nobody” has annotated no grant." in page
    known = words(browser.get("/coverage/?year=2024&place=Nowhere"))
    assert "No grant matches" in known and "No grant was awarded" not in known


def test_the_number_of_thin_categories_leads_to_all_of_them(browser, tree):
    page = browser.get("/coverage/?branch=SWIM")
    assert "Thin categories, under 10 examples 4 of 4" in words(page)
    assert 'href="/coverage/?band=thin#coverage-table"' in page.content.decode()
    assert len(codes(browser.get("/coverage/?band=thin"))) == 4


def test_some_grants_alone_are_counted_as_their_filter_says(browser, tree):
    for programme, code in (("Active", "SWIM"), ("Active", "SURF"), ("Quiet", "SWIM")):
        LabelFactory(grant=GrantFactory(programme=programme), category=tree[code])
    suggested = GrantFactory(programme="Quiet", queued=True)
    SuggestionFactory(grant=suggested, category=tree["YOUTH"])
    page = browser.get("/coverage/?programme=Quiet")
    rows = {row.code: row for row in page.context["page"].object_list}
    assert {code: row.examples for code, row in rows.items()} == {
        "SPORT": 0, "SWIM": 1, "SURF": 0, "YOUTH": 0,
    }  # fmt: skip
    assert (rows["SPORT"].with_below, rows["YOUTH"].pending) == (1, 1)
    assert "Audit precision" not in page.content.decode()
    assert "/grants/?category=SWIM&amp;programme=Quiet" in page.content.decode()
    assert page.context["coverage"].n_grants == 2
    everything = browser.get("/coverage/").context["page"].object_list
    assert {row.code: row.examples for row in everything}["SWIM"] == 2


def test_annotate_next_asks_for_a_category_and_leads_back_to_its_row(browser, tree):
    sent = {"ask": "SWIM", "back": "q=i&sort=-name&next=https%3A%2F%2Felsewhere.example"}
    answer = browser.post("/coverage/want/", sent)
    assert answer["Location"] == "/coverage/?q=i&sort=-name#r-SWIM"
    page = browser.get("/coverage/")
    assert "Asked for by grace" in row_of(page, "SWIM")
    assert "Swimming: grants likely to be of it come first of their stream." in words(page)
    browser.post("/coverage/want/", {"stop": "SWIM"})
    assert "Asked for" not in words(browser.get("/coverage/"))


def test_a_target_is_set_from_the_row_and_keeps_what_was_asked(browser, tree):
    browser.post("/coverage/want/", {"ask": "SWIM"})
    form = browser.get("/coverage/?target=SWIM&sort=name")
    assert "Target of Swimming" in words(form)
    answer = browser.post("/coverage/want/", {"code": "SWIM", "target": "12", "back": "sort=name"})
    assert answer["Location"] == "/coverage/?sort=name#r-SWIM"
    swim = Category.objects.get(code="SWIM")
    assert (swim.target, swim.asked_for_by.username) == (12, "grace")
    assert "0 of 12" in row_of(browser.get("/coverage/"), "SWIM")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"code": "SWIM", "target": "0"}, "Enter a whole number from 1 to 10,000"),
        ({"code": "SWIM", "target": "many"}, "Enter a whole number from 1 to 10,000"),
        ({"ask": "NONE"}, "There is no such category, or it is retired."),
        ({}, "Name one category"),
        ({"ask": "SWIM", "stop": "SURF"}, "Name one category"),
    ],
)
def test_a_deed_that_makes_no_sense_is_refused_in_words(browser, tree, sent, said):
    answer = browser.post("/coverage/want/", sent)
    assert answer.status_code == 422
    assert said in words(answer)
    # Whatever is followed from here leads back to the page, and not to this address.
    assert 'href="/coverage/?sort=name' in answer.content.decode()
    assert 'href="?' not in answer.content.decode()
    assert not Category.objects.exclude(target=None, asked_for_by=None).exists()


def test_the_file_holds_what_the_page_shows_and_no_formula(browser, tree):
    counted(tree["YOUTH"], examples=3, of_pool=2, accepted=15, left=5, audit_right=4)
    answer = browser.post("/coverage/coverage.csv?facet=population")
    assert 'filename="coverage.csv"' in answer["Content-Disposition"]
    (event,) = AuditEvent.objects.filter(action="exported")
    assert (event.actor.username, event.subject) == ("grace", "coverage as csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    named = {"code": "YOUTH", "label": "'=Youth", "examples": "3", "band": "1–4", "left": "5"}
    assert named.items() <= row.items()
    assert (row["acceptance"], row["acceptance_n"]) == ("0.7500", "20")
    assert (row["audit_recall"], row["audit_recall_n"]) == ("", "4")


def test_the_page_says_which_categories_of_a_facet_are_thin(browser, tree):
    """As somebody hears it who does not see the map."""
    LabelFactory(category=tree["YOUTH"])
    html = browser.get("/coverage/?facet=population").content.decode()
    assert 'role="group" aria-label="Population: under 10 examples in 1 of 1 category.' in html
    assert "<title>=Youth: 1 example, band 1–4</title>" in html
    assert "Subject: " not in html


def test_the_nights_show_how_it_has_grown(browser, tree):
    today = date(2026, 3, 2)
    for n, examples in ((0, 40), (1, 30), (8, 10)):
        CoverageNight.objects.create(
            for_date=today - timedelta(days=n), counted_at=timezone.now(), n_labelled=examples,
            bands={"subject": [1, 2, 0, 0, 0]}, examples={"subject": [0, examples, 0, 0, 0]},
        )  # fmt: skip
    page = browser.get("/coverage/")
    assert [(w.examples, w.gained, w.days) for w in page.context["weeks"]] == [
        (10, None, None),
        (30, 20, 7),
        (40, 10, 1),
    ]
    assert "+20 in 7 days" in words(page).replace("\xa0", " ")
    assert "Examples grew from 10 to 40 in 8 days" in page.content.decode()


def test_it_says_when_figures_are_still_to_come(browser, tree):
    assert "being counted anew" not in words(browser.get("/coverage/"))
    CoverageNight.objects.create(for_date=timezone.localdate())
    assert "being counted anew" in words(browser.get("/coverage/"))


def test_an_open_sprint_is_led_to(browser, tree):
    boss = AdministratorFactory()
    sprint = Sprint.objects.create(category=tree["SWIM"], started_by=boss)
    html = browser.get("/coverage/").content.decode()
    assert f'/sprints/{sprint.pk}/">Open sprint' in html
    assert '/sprints/?category=SURF">Sprint' in html


def test_what_no_night_has_counted_is_not_said_to_be_nought(browser, tree):
    row = browser.get("/coverage/").content.decode().split('data-l="Audit precision"')[1]
    assert "Not counted yet" in row.split("</td>")[0]
    CoverageNight.objects.create(
        for_date=date(2025, 3, 14), counted_at=timezone.now(), bands={"subject": [0] * 5},
        examples={"subject": [0] * 5},
    )  # fmt: skip
    row = browser.get("/coverage/").content.decode().split('data-l="Audit precision"')[1]
    assert "0 of 10" in row.split("</td>")[0]


def test_one_filter_finds_the_thin(browser, tree):
    page = browser.get("/coverage/")
    assert 'href="/coverage/?band=thin#coverage-table"' in page.content.decode()
    thin = {row.code for row in coverage().rows if row.examples < 10}
    assert thin and set(codes(browser.get("/coverage/?band=thin"))) == thin
    assert codes(browser.get("/coverage/?band=2")) == []  # five to nine alone


def test_the_bands_of_the_key_are_filters_and_none_at_all_is_one_of_them(browser, tree):
    LabelFactory(category=tree["SWIM"])
    page = browser.get("/coverage/?facet=subject")
    assert 'href="/coverage/?facet=subject&amp;band=0#coverage-table"' in page.content.decode()
    assert codes(browser.get("/coverage/?facet=subject&band=0")) == ["SPORT", "SURF"]


def test_what_somebody_still_decides_alone_is_in_no_part_of_the_grants(browser, tree):
    """Of few grants a figure would tell what the first of two said."""
    for n_required in (1, 2):
        grant = GrantFactory(programme="Quiet", queued=True, queued__n_required=n_required)
        LabelFactory(grant=grant, category=tree["SWIM"])
    part = browser.get("/coverage/?programme=Quiet")
    swim = next(row for row in part.context["page"].object_list if row.code == "SWIM")
    assert (swim.examples, part.context["coverage"].n_grants) == (1, 1)
    text = b"".join(browser.post("/coverage/coverage.csv?programme=Quiet").streaming_content)
    rows = csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
    assert {row["code"]: row["examples"] for row in rows}["SWIM"] == "1"


@pytest.mark.parametrize(
    "query", ["", "?branch=SPORT", "?programme=Quiet&branch=SPORT&target=SWIM&band=0"]
)
def test_a_page_is_twelve_queries_whatever_there_is(browser, tree, query):
    LabelFactory(grant=GrantFactory(programme="Quiet"), category=tree["SWIM"])
    browser.get("/coverage/")  # whoever comes is noted once in a while
    with CaptureQueriesContext(connection) as few:
        browser.get(f"/coverage/{query}")
    deeper = CategoryFactory(facet=tree["SWIM"].facet, broader=tree["SWIM"])
    for category in CategoryFactory.create_batch(20, facet=deeper.facet, broader=deeper):
        LabelFactory(grant=GrantFactory(programme="Quiet"), category=category)
    with CaptureQueriesContext(connection) as many:
        browser.get(f"/coverage/{query}")
    assert len(few) == len(many) <= 12
