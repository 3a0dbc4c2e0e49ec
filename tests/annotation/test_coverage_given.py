"""Coverage by the days on which examples were given, and the lists that its figures lead to."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from annotation.models import (
    Category,
    Grant,
    GrantRollup,
    ModelVersion,
    QueueItem,
    SiteSettings,
)
from annotation.reports.coverage import coverage
from annotation.reports.given import Days, day_in
from annotation.reports.grant_filters import filtered
from annotation.reports.left_out import n_left_out
from annotation.services.rollup_check import put_right
from tests.annotation.random_history import History
from tests.annotation.rollups_by_hand import by_hand, given_of, line
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
)

pytestmark = pytest.mark.django_db


def lived(seed, folder, monkeypatch, now):
    """A history of four days, the last of them yesterday."""
    for n in range(4, 0, -1):
        at = now - timedelta(days=n)
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        if n == 4:
            history = History(seed, folder)
        history.go(25)
    monkeypatch.undo()
    put_right()


def given_to(grant):
    """(category that counts, local day) of all that stands for a grant, read row by row."""
    return {(category, timezone.localdate(at)) for category, at in given_of(grant)}


def is_secret(grant):
    item = QueueItem.objects.filter(grant=grant, is_open=True).first()
    return item is not None and (item.is_blind or item.n_required > 1)


def of_days(first, last):
    """Grant -> the categories given to it within the days, of grants that may be told."""
    given = {grant: given_to(grant) for grant in Grant.objects.all() if not is_secret(grant)}
    return {
        grant.pk: {c for c, day in pairs if (first or day) <= day <= (last or day)}
        for grant, pairs in given.items()
    }


SPANS = [(4, 4), (3, None), (None, 3), (3, 2), (0, 0)]  # days ago


def test_the_board_of_any_days_is_what_is_counted_by_hand(tmp_path, monkeypatch):
    """The same on a site that has yet to count when all was given."""
    now = timezone.now()
    lived(1, tmp_path, monkeypatch, now)
    whole = some = 0
    category_of = {c.pk: c for c in Category.objects.current()}
    streams = dict(Grant.objects.values_list("pk", "stream"))
    days_with_examples = 0
    for span in SPANS:
        first, last = (
            timezone.localdate(now) - timedelta(days=n) if n is not None else None for n in span
        )
        truth = of_days(first, last)
        days = Days(first, last)
        board = coverage(days=days)
        with transaction.atomic():
            GrantRollup.objects.update(given_first_at=None, given_last_at=None)
            assert coverage(days=days) == board
            transaction.set_rollback(True)
        whole += GrantRollup.objects.filter(days.hold_all()).count()
        some += GrantRollup.objects.filter(days.hold_some()).count()
        assert board.n_labelled == board.n_grants == sum(map(bool, truth.values()))
        days_with_examples += board.n_labelled > 0
        for row in board.rows:
            (category,) = (c for c in category_of.values() if c.code == row.code)
            direct = {g for g, found in truth.items() if category.pk in found}
            below = {
                g
                for g, found in truth.items()
                if any(category.pk in line(category_of[c]) for c in found)
            }
            assert row.examples == len(direct)
            assert row.of_pool == sum(streams[g] == "pool" for g in direct)
            assert row.with_below == len(below)
            query = {
                "given_from": first.isoformat() if first else "",
                "given_to": last.isoformat() if last else "",
            }
            listed = filtered(query | {"itself": row.code})
            assert {*listed.values_list("pk", flat=True)} == direct
            listed = filtered(query | {"category": row.code})
            assert {*listed.values_list("pk", flat=True)} == below
        listed = filtered(query).values_list("pk", flat=True)
        assert {*listed} == {g for g, found in truth.items() if found}
    assert days_with_examples >= 3
    assert whole and some  # the history has grants of both ways


def test_a_row_is_right_with_days_before_and_after_what_was_given():
    """To the microsecond: what is given at midnight is of the day that begins."""
    label = LabelFactory(category=CategoryFactory(code="SPORT"))
    zone = timezone.get_current_timezone()
    for at in (time(), time.max):
        given = datetime.combine(date(2026, 3, 1), at, zone)
        type(label).objects.update(created_at=given)
        put_right()
        for day, n in ((28, 0), (1, 1), (2, 0)):
            on = date(2026, 2 if day == 28 else 3, day)
            (row,) = coverage(days=Days(on, on)).rows
            assert row.examples == n
        (row,) = coverage(days=Days(date(2026, 3, 1), None)).rows
        assert row.examples == 1


def test_each_figure_leads_to_as_many_grants_and_the_list_says_how_many_it_hides(tmp_path):
    History(0, tmp_path).go(40)
    category = Category.objects.active().first()
    LabelFactory(grant=GrantFactory(queued=True, queued__n_required=2), category=category)
    version = ModelVersion.objects.get(kind="lexical")
    audited = GrantFactory(queued=True, stream="audit", scored_by=version)
    SuggestionFactory(grant=audited, category=category, model_version=version)
    figures, _ = by_hand()
    n_hidden = 0
    for category in Category.objects.active():
        has = figures.get(category.pk, {})
        for name, figure in (
            ("itself", "examples"), ("category", "with_below"), ("suggested", "pending"),
        ):  # fmt: skip
            query = {name: category.code}
            hidden = n_left_out(query)
            assert filtered(query).count() + hidden == has.get(figure, 0), (name, category.code)
            n_hidden += hidden
    assert n_hidden >= 3  # of the label with all above it, and of the suggestion


@pytest.fixture
def browser():
    client = Client()
    client.force_login(AdministratorFactory(username="grace"))
    return client


def figure_in(html, code, name):
    cell = html.split(f'id="r-{code}"')[1].split(f'data-l="{name}">')[1].split("</td>")[0]
    href = re.search(r'href="([^"]*)"', cell)
    return re.sub(r"<[^>]+>", " ", cell).split()[0], href and href[1].replace("&amp;", "&")


def test_the_row_leads_to_its_examples_and_to_what_waits_with_the_filters_that_are_set(browser):
    today = timezone.localdate().isoformat()  # whatever the day is when the last row is written
    above = CategoryFactory(code="SPORT")
    below = CategoryFactory(code="SWIM", facet=above.facet, broader=above)
    for category, programme in ((above, "Active"), (below, "Active"), (below, "Quiet")):
        LabelFactory(grant=GrantFactory(programme=programme), category=category)
    suggestion = SuggestionFactory(
        grant=GrantFactory(programme="Active", queued=True), category=above
    )
    Grant.objects.filter(pk=suggestion.grant_id).update(top_score=suggestion.score)
    html = browser.get(f"/coverage/?programme=Active&given_from={today}").content.decode()
    for name in ("Examples", "Suggested, waiting"):
        number, address = figure_in(html, "SPORT", name)
        listed = browser.get(address).context["found"]
        assert (int(number), listed.n_total) == (1, 1), name
    assert "given_from" not in figure_in(html, "SPORT", "Suggested, waiting")[1]
    assert "audit grants and second opinions, too" not in html
    for query in ("", f"?given_from={today}"):  # of what waits a day leaves nothing out
        board = browser.get(f"/coverage/{query}").content.decode()
        assert board.count("audit grants and second opinions, too") == 1, query
    number, address = figure_in(html, "SPORT", "With all below")
    assert (int(number), browser.get(address).context["found"].n_total) == (2, 2)
    assert figure_in(html, "SWIM", "Suggested, waiting") == ("0", None)


def test_the_list_says_to_administrators_alone_what_it_leaves_out(browser, client):
    category = CategoryFactory(code="SPORT")
    for n_required in (1, 2):
        grant = GrantFactory(queued=True, queued__n_required=n_required)
        LabelFactory(grant=grant, category=category)
    html = browser.get("/grants/?itself=SPORT").content.decode()
    assert "1 grant of the coverage page is left out here: still to be decided" in html
    # Of a few grants the number would tell of one of them.
    for query in ("", "?itself=SPORT&q=swim", "?state=labelled"):
        assert "is left out here" not in browser.get(f"/grants/{query}").content.decode()


def test_days_are_those_of_the_site_outside_of_a_request_too():
    SiteSettings(time_zone="Pacific/Kiritimati").save()  # 14 hours before Greenwich
    label = LabelFactory(category=CategoryFactory())
    rows = type(label).objects
    day = Days(date(2026, 3, 1), date(2026, 3, 1)).within("created_at")
    rows.update(created_at=datetime(2026, 2, 28, 10, tzinfo=UTC))
    assert rows.filter(day).exists()
    rows.update(created_at=datetime(2026, 3, 1, 10, tzinfo=UTC))
    assert not rows.filter(day).exists()


def test_days_are_those_of_the_site():
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    field = LabelFactory(category=CategoryFactory())
    rows = type(field).objects
    zone = timezone.get_current_timezone()
    for at, is_in in (
        (datetime.combine(first, time(), zone), True),
        (datetime.combine(first, time(), zone) - timedelta(microseconds=1), False),
        (datetime.combine(last, time.max, zone), True),
        (datetime.combine(last + timedelta(days=1), time(), zone), False),
    ):
        rows.update(created_at=at)
        assert rows.filter(Days(first, last).within("created_at")).exists() == is_in


@pytest.mark.parametrize(
    "value", ["", "2026", "2026-02-30", "20260301", "1969-12-31", "3000-01-01", "²026-01-01", "\0"]
)
def test_what_is_no_day_asks_for_nothing(browser, value):
    assert day_in(value) is None
    CategoryFactory()
    page = browser.get("/coverage/", {"given_from": value})
    assert page.context["is_of_all"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("given_from=2026-13-41&given_to=2026-02-01", "“2026-13-41” is no day"),
        ("given_from=2026-09-01&given_to=2026-01-01", "2026-01-01 is before 2026-09-01"),
    ],
)
def test_days_that_cannot_be_meant_are_named_and_no_board_is_empty_for_them(browser, asked, told):
    LabelFactory(grant=GrantFactory(), category=CategoryFactory(code="SPORT"))
    html = browser.get(f"/coverage/?{asked}").content.decode()
    assert told in html and 'role="alert"' in html


@pytest.mark.parametrize("filters", ["year=abc", "year=0000", "place=!!!"])
def test_a_filter_that_no_grant_can_pass_calls_no_category_thin(browser, filters):
    LabelFactory(grant=GrantFactory(), category=CategoryFactory(code="SPORT"))
    html = browser.get(f"/coverage/?{filters}&given_from=2026-01-01").content.decode()
    assert "No grant matches" in html and 'id="r-SPORT"' not in html
    assert {row.examples for row in coverage(found=filtered({"place": "!!!"})).rows} == {0}


def test_days_without_examples_leave_the_grants_of_a_filter_on_the_board(browser):
    category = CategoryFactory(code="SPORT")
    LabelFactory(grant=GrantFactory(programme="Active"), category=category)
    html = browser.get("/coverage/?programme=Active&given_to=2001-01-01").content.decode()
    assert "No grant matches" not in html
    assert figure_in(html, "SPORT", "Examples")[0] == "0"


@pytest.mark.parametrize("name", ["given_from", "given_to"])
def test_a_list_of_days_that_are_none_is_refused(browser, name):
    html = browser.get("/grants/", {name: "2026-02-30"}).content.decode()
    assert "“2026-02-30” is no day from 1970 to 2999" in html
    assert not filtered({name: "2026-02-30"}).exists()
    html = browser.get("/grants/?given_from=2026-02-02&given_to=2026-02-01").content.decode()
    assert "2026-02-01 is before 2026-02-02, where it begins" in html


def test_a_board_of_days_is_twelve_queries_whatever_there_is(
    browser, django_assert_max_num_queries
):
    category = CategoryFactory(code="SPORT")
    for _ in range(12):
        LabelFactory(grant=GrantFactory(programme="Active"), category=category)
    today = timezone.localdate().isoformat()
    browser.get("/coverage/")  # whoever comes is noted once in a while
    with django_assert_max_num_queries(12):
        browser.get(f"/coverage/?given_from={today}&programme=Active&branch=SPORT")
