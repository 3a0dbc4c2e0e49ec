"""The report on drift: steady months are left alone, and what changes rings once."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Annotation, Decision, Grant, Notice, Snapshot, Suggestion
from annotation.services.stored_reports import request_report
from classifier.drift_overrides import WEEKS, overrides_by_week
from classifier.drift_report import drift_report
from classifier.drift_samples import LEAST, months_back, samples
from classifier.stored_reports import write_requested_reports
from tests.classifier.conftest import text_about
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    ImportRunFactory,
    LabelFactory,
    ModelVersionFactory,
    UserFactory,
    decide,
)

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Australia/Melbourne")
NOW = datetime(2026, 3, 18, 12, tzinfo=ZONE)  # a Wednesday


@pytest.fixture
def it_is(monkeypatch):
    """Sets the clock."""

    def it_is(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment.astimezone(UTC))

    return it_is


@pytest.fixture(autouse=True)
def site(it_is, db):
    decide(time_zone="Australia/Melbourne")
    it_is(NOW)


def report():
    return drift_report(lambda share, phase: None)


def month_of_grants(months_ago, shares, categories):
    """Grants of that month; so many with the words of each category, and read as being of it."""
    version = ModelVersionFactory(taxonomy=categories["ARTS"].taxonomy)
    first = months_back(NOW.date(), months_ago)
    run = ImportRunFactory()
    drawn = [(code, i) for code, n in shares.items() for i in range(n)]
    made = Grant.objects.bulk_create(
        GrantFactory.build(
            reference=f"{first}-{code}-{i}",
            title="",
            description=text_about(code, i),
            import_run=run,
            scored_by=version,
        )
        for code, i in drawn
    )
    came = datetime.combine(first, time(12), ZONE)
    Grant.objects.filter(pk__in=[grant.pk for grant in made]).update(created_at=came)
    Suggestion.objects.bulk_create(
        Suggestion(
            grant=grant,
            category=categories[code],
            model_version=version,
            score=0.9,
            rank=1,
            is_ticked=True,
        )
        for grant, (code, _) in zip(made, drawn, strict=True)
    )


STEADY = [
    {"ARTS": 20, "SPORT": 20}, {"ARTS": 18, "SPORT": 22}, {"ARTS": 21, "SPORT": 19},
    {"ARTS": 19, "SPORT": 21}, {"ARTS": 20, "SPORT": 20}, {"ARTS": 18, "SPORT": 22},
]  # fmt: skip


def history(categories, newest):
    for ago, shares in enumerate([*STEADY, newest][::-1]):
        month_of_grants(ago, shares, categories)


def open_causes(kind="drift"):
    return sorted(Notice.objects.open().filter(kind=kind).values_list("cause", flat=True))


def test_steady_months_alarm_nobody(categories):
    history(categories, {"ARTS": 19, "SPORT": 21})
    body = report()
    assert not body["words"]["is_alarm"]
    assert [mix["is_alarm"] for mix in body["mixes"]] == [False]
    assert open_causes() == []
    assert [row["n"] for row in body["words"]["months"]] == [40] * 7


def test_another_kind_of_grants_rings_once_and_until_it_is_over(categories):
    history(categories, {"GARDEN": 40})
    body = report()
    assert body["words"]["is_alarm"] and body["mixes"][0]["is_alarm"]
    assert open_causes() == ["mix subject", "words"]
    report()
    assert Notice.objects.filter(kind="drift").count() == 2
    newest = body["words"]["months"][-1]
    assert newest["unseen"]["value"] > 0.5
    branches = {row["label"]: row for row in body["mixes"][0]["branches"]}
    assert (branches["Garden"]["now"], branches["Garden"]["n_now"]) == (40, 40)
    assert (branches["Garden"]["before"], branches["Garden"]["n_before"]) == (0, 240)

    Suggestion.objects.filter(category=categories["GARDEN"]).delete()
    Grant.objects.filter(reference__contains="GARDEN").delete()
    report()
    assert open_causes() == []


def test_too_few_months_or_grants_are_not_judged(categories):
    month_of_grants(1, {"ARTS": 40}, categories)
    month_of_grants(0, {"GARDEN": 40}, categories)
    body = report()
    assert (body["words"]["usual"], body["words"]["is_alarm"]) == (None, False)
    assert body["words"]["months"][-1]["divergence"] > 0


def test_a_site_without_anything_has_an_empty_report(db):
    body = report()
    assert body["words"]["months"] == [] and body["mixes"] == []
    assert not body["overrides"]["is_judged"]


def test_grants_that_nobody_has_read_predict_nothing(categories):
    month_of_grants(1, {"ARTS": 40}, categories)
    month_of_grants(0, {"ARTS": 40}, categories)
    first = months_back(NOW.date(), 0)
    Grant.objects.filter(reference__startswith=str(first)).update(scored_by=None)
    body = report()
    assert body["words"]["months"][-1]["n"] == 40
    assert [row["n"] for row in body["mixes"][0]["months"]] == [40, 0]


def test_months_are_held_against_what_was_learned_from(categories):
    month_of_grants(1, {"ARTS": 40}, categories)
    month_of_grants(0, {"ARTS": 40}, categories)
    version = ModelVersionFactory(taxonomy=categories["ARTS"].taxonomy)
    learned = list(Grant.objects.order_by("pk").values_list("pk", flat=True)[:LEAST])
    gone = learned[-1] + 10**6
    rows = {"annotation_ids": [], "label_ids": [], "content_sha256": "0" * 64}
    Snapshot.objects.create(model_version=version, grant_ids=[*learned, gone], **rows)
    drawn = samples(version, ZONE, NOW)
    assert sorted(drawn.reference) == learned
    assert drawn.reference == samples(version, ZONE, NOW).reference
    assert sum(drawn.n_of_months.values()) == 80 - LEAST


@pytest.fixture
def weeks_of_ticks(it_is):
    """``weeks_of_ticks([(10, 1), ...])``: ticks and how many went, the last whole week last."""
    categories = CategoryFactory.create_batch(20)
    annotator, grants = UserFactory(), []
    monday = NOW.date() - timedelta(days=NOW.weekday())

    def annotate(n, away, key):
        grants.append(GrantFactory())
        annotation = Annotation.objects.create(
            grant=grants[-1],
            annotator=annotator,
            taxonomy_release=categories[0].taxonomy.release,
            stream="random",
            content_sha256="0" * 64,
            idempotency_key=key,
            body_sha256="0" * 64,
        )
        Decision.objects.bulk_create(
            Decision(
                annotation=annotation,
                category=category,
                verdict="rejected" if i < away else "accepted",
                score=0.9,
                rank=1,
                was_ticked=True,
            )
            for i, category in enumerate(categories[:n])
        )

    def weeks_of_ticks(weeks):
        for ago, (n, away) in enumerate(reversed(weeks), start=1):
            it_is(datetime.combine(monday - timedelta(weeks=ago), time(0, 30), ZONE))
            for start in range(0, n, 20):
                annotate(min(20, n - start), min(20, max(0, away - start)), f"{ago}-{start}")
        it_is(NOW)

    return weeks_of_ticks


def by_week():
    return overrides_by_week(ZONE, NOW)


def test_weeks_begin_on_monday_by_the_site_s_clock(weeks_of_ticks):
    weeks_of_ticks([(40, 4), (20, 5)])
    found = {row["week"]: (row["n"], row["changed"]) for row in by_week()["weeks"] if row["n"]}
    assert found == {"2026-03-02": (40, 4), "2026-03-09": (20, 5)}
    assert by_week()["weeks"][-1] | {"low": 0} == {
        "week": "2026-03-16", "n": 0, "changed": 0, "share": None, "low": 0, "high": 1.0,
        "goes_on": True,
    }  # fmt: skip


def test_a_week_as_usual_alarms_nobody(weeks_of_ticks):
    weeks_of_ticks([(40, 4), (40, 6), (40, 5), (40, 5), (40, 8)])
    found = by_week()
    assert found["centre"] == pytest.approx(20 / 160)
    assert (found["is_judged"], found["is_alarm"]) == (True, False)


def test_a_week_above_three_sigma_rings_and_the_next_good_one_ends_it(weeks_of_ticks):
    weeks_of_ticks([(40, 4), (40, 6), (40, 5), (40, 5), (40, 12)])
    # .125 and three times the root of .125 x .875 / 40: .282, and 12 of 40 are .3.
    found = by_week()
    high = 0.125 + 3 * (0.125 * 0.875 / 40) ** 0.5
    assert found["weeks"][WEEKS - 1]["high"] == pytest.approx(high)
    assert found["is_alarm"]
    report()
    assert open_causes() == ["overrides"]


@pytest.mark.parametrize(
    "weeks",
    [
        [(40, 4), (40, 5), (40, 5), (20, 15)],  # too few last week
        [(40, 4), (60, 5), (40, 30)],  # too few weeks before
        [(20, 2), (20, 2), (20, 2), (20, 2), (40, 30)],  # too few ticks before
    ],
)
def test_too_little_is_not_judged(weeks_of_ticks, weeks):
    weeks_of_ticks(weeks)
    assert (by_week()["is_judged"], by_week()["is_alarm"]) == (False, False)


def test_thin_categories_that_newly_come_ticked_open_a_notice_once(categories):
    month_of_grants(0, {"ARTS": 5}, categories)
    request_report("drift")
    list(write_requested_reports())
    assert open_causes("thin") == []  # nothing before it to be new against

    month_of_grants(1, {"SPORT": 3, "GARDEN": 2}, categories)
    for _ in range(2):
        request_report("drift")
        list(write_requested_reports())
    assert open_causes("thin") == ["SPORT"]
    notice = Notice.objects.get(kind="thin")
    assert notice.details == {"codes": ["SPORT"]}
    assert notice.words.startswith("Sport newly comes ticked")

    for _ in range(10):
        LabelFactory(category=categories["SPORT"])
    report()
    assert open_causes("thin") == []


def test_the_page_shows_what_the_worker_wrote(client, categories, weeks_of_ticks):
    history(categories, {"GARDEN": 40})
    weeks_of_ticks([(40, 4), (40, 6), (40, 5), (40, 5), (40, 12)])
    boss = AdministratorFactory()
    client.force_login(boss)
    assert "Not worked out yet" in client.get("/drift/").content.decode()
    request_report("drift", boss)
    assert [one.status for one in write_requested_reports()] == ["done"]
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/drift/").content.decode()
    assert len(queries) <= 12
    assert page.count('tag warn">Alarm') == 6  # three in the list, and each beside its figure
    assert "12 of 40" in page and "Ticks taken away by week, usually 0.12: 1 of 27" in page
    notices = client.get("/notices/").content.decode()
    assert "The words of the newest month" in notices


@pytest.mark.parametrize(
    ("day", "n", "first"),
    [((2026, 3, 18), 0, (2026, 3, 1)), ((2026, 3, 18), 3, (2025, 12, 1)),
     ((2026, 1, 31), 13, (2024, 12, 1))],
)  # fmt: skip
def test_months_are_counted_back_over_the_new_year(day, n, first):
    assert months_back(date(*day), n) == date(*first)
