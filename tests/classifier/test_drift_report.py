"""The report on drift: steady months are left alone, and what changes rings once."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import CoverageNight, Grant, Notice, Snapshot, StoredReport, Suggestion
from annotation.services.sensitive_categories import mark_sensitive
from annotation.services.stored_reports import request_report
from classifier.drift_samples import LEAST, months_back, samples
from classifier.stored_reports import write_requested_reports
from classifier.thin_suggestions import thin_suggested
from tests.classifier.drift_world import (
    NOW,
    ZONE,
    history,
    it_is,
    month_of_grants,
    open_causes,
    report,
    site,
    weeks_of_ticks,
)
from tests.factories import AdministratorFactory, LabelFactory, ModelVersionFactory

__all__ = ["it_is", "site", "weeks_of_ticks"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


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


def test_nothing_is_said_of_thin_categories_while_their_examples_are_to_be_counted(categories):
    """After a move figures are of before it; what came ticked meanwhile is told by the next."""

    def written():
        request_report("drift")
        list(write_requested_reports())
        return StoredReport.objects.newest("drift").body

    month_of_grants(0, {"ARTS": 5}, categories)
    assert written()["thin_waits"] is False
    month_of_grants(1, {"SPORT": 3}, categories)
    night = CoverageNight.objects.create(for_date=date(2026, 1, 1), n_asked=1)
    lagging = written()
    assert (lagging["thin_waits"], lagging["thin_suggested"]) == (True, ["ARTS"])
    assert open_causes("thin") == []
    # A night's own count finds what is wrong, and nothing waits for it.
    CoverageNight.objects.filter(pk=night.pk).update(n_answered=1)
    assert written()["newly_thin"] == ["SPORT"] and open_causes("thin") == ["SPORT"]
    CoverageNight.objects.filter(pk=night.pk).update(n_asked=2)
    for _ in range(10):
        LabelFactory(category=categories["SPORT"])
    written()
    assert open_causes("thin") == ["SPORT"]  # nor is one taken away


def test_the_page_shows_what_the_worker_wrote(client, categories, weeks_of_ticks):
    history(categories, {"GARDEN": 40})
    weeks_of_ticks([(40, 4), (40, 6), (40, 5), (40, 5), (40, 12)])
    boss = AdministratorFactory()
    client.force_login(boss)
    assert "There are no figures yet" in client.get("/drift/").content.decode()
    request_report("drift", boss)
    assert [one.status for one in write_requested_reports()] == ["done"]
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/drift/").content.decode()
    assert len(queries) <= 12
    assert page.count('tag warn">Alarm') == 6  # three in the list, and each beside its figure
    assert "12 of 40" in page and "Ticks taken away by week, usually 0.12: 1 of 27" in page
    notices = client.get("/notices/").content.decode()
    assert "The words of the newest month" in notices


def test_a_sensitive_category_never_comes_ticked_and_opens_no_notice(categories):
    month_of_grants(0, {"SPORT": 3, "ARTS": 3}, categories)
    assert thin_suggested() == ["ARTS", "SPORT"]
    mark_sensitive(AdministratorFactory(), categories["ARTS"], is_sensitive=True)
    assert thin_suggested() == ["SPORT"]


@pytest.mark.parametrize(
    ("day", "n", "first"),
    [((2026, 3, 18), 0, (2026, 3, 1)), ((2026, 3, 18), 3, (2025, 12, 1)),
     ((2026, 1, 31), 13, (2024, 12, 1))],
)  # fmt: skip
def test_months_are_counted_back_over_the_new_year(day, n, first):
    assert months_back(date(*day), n) == date(*first)
