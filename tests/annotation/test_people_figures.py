"""What each person has done: for administrators by name, for the person alone on My work."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation.models import StoredReport
from annotation.reports.people_figures import Difference
from annotation.templatetags.people_pieces import points_more, times_as_long
from tests.factories import AdministratorFactory, UserFactory, decide

pytestmark = pytest.mark.django_db
FEW = {"n": 4}


def figure(n, value, low, high):
    return {"n": n, "value": value, "low": low, "high": high}


def work(n, rate=FEW):
    return {
        "n": n, "n_blind": 3, "seconds": 3_600, "an_hour": rate, "an_hour_blind": FEW,
        "an_hour_assisted": rate, "overridden": figure(50, 0.2, 0.11, 0.33),
        "verdicts": {"accepted": 7, "rejected": 6, "added": 5, "left": 1_204},
    }  # fmt: skip


def stored(**periods):
    """``stored(zoe=…)``: of the last four weeks; of all times everybody has 99 grants."""
    people = {person.pk: found for person, found in periods.values()}
    rate = figure(40, 20.2, 18.0, 23.0)
    body = {
        "n_grants": 30, "least": 10, "blind": FEW, "assisted": figure(26, 0.7, 0.6, 0.8),
        "persons": {str(pk): figure(12, 0.5, 0.4, 0.6) for pk in people},
        "work": {
            "waiting": 1_300,
            "waiting_of": {str(pk): 17 for pk in people},
            "judged": {
                str(pk): {"n_grants": 2, "upheld": figure(11, 0.9, 0.6, 0.97)} for pk in people
            },
            "periods": {
                "4 weeks": {str(pk): found for pk, found in people.items()},
                "12 weeks": {},
                "all": {str(pk): work(99) for pk in people},
            },
            "together": {name: work(40, rate) for name in ("4 weeks", "12 weeks", "all")},
        },
    }  # fmt: skip
    StoredReport.objects.create(
        question="agreement", status="done", ended_at=timezone.now(), body=body
    )


@pytest.fixture
def told(client):
    """``told(person, "people")``: the words of a page as that person sees it."""

    def told(person, name, query=""):
        client.force_login(person)
        html = client.get(reverse(name) + query).content.decode()
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html.split("<main")[1])))

    return told


def test_people_come_by_name_however_they_do(told):
    admin = AdministratorFactory()
    best, worst = UserFactory(username="zoe"), UserFactory(username="adam")
    stored(
        zoe=(best, work(40, figure(40, 30, 28, 32))),
        adam=(worst, work(12, figure(12, 5, 4, 6))),
    )
    words = told(admin, "people").split("What each person has done")[1]
    assert words.index("adam") < words.index("zoe")
    assert (
        "adam 12 3 blind 1 h 0 min 5.0 (4.0 to 6.0) 7 accepted, 6 rejected, 5 added, 1,204" in words
    )
    assert "0.50 (0.40 to 0.60)" in words and "20 % (11–33) of 50" in words
    assert "90 % (60–97) of 11 17" in words
    assert "20.2 (18.0 to 23.0)" in words and "Waiting for adjudication 1,300" in words
    assert "too few: 4 of 10 and (0.60 to 0.80)" in words  # blind and assisted


def test_whoever_differs_from_the_others_is_told_so_in_words_that_do_not_judge(told):
    """With the difference for administrators; on one's own page it would tell of somebody else."""
    apart = {
        "apart": {
            "pace": {"value": 0.61, "low": 0.48, "high": 0.781},
            "overridden": {"value": 0.12, "low": 0.04, "high": 0.2},
        }
    }
    zoe, adam = UserFactory(username="zoe"), UserFactory(username="adam")
    stored(zoe=(zoe, work(40) | apart), adam=(adam, work(40)))
    words = told(AdministratorFactory(), "people").split("What each person has done")[1]
    of_adam, of_zoe = words.split("adam 40")[1].split("zoe 40")
    assert "Differs from the others 0.61 times as long over a usual grant (0.48 to 0.78)" in of_zoe
    assert "Differs from the others 12 points more (4 to 20)" in of_zoe
    assert "Differs" not in of_adam
    own = told(zoe, "my_work")
    assert "differs from the others, beyond chance" in own and "12 points" not in own
    assert "beyond chance" not in told(adam, "my_work")


def test_a_report_from_before_usual_grants_were_compared_is_to_be_worked_out_again(told):
    old = {"apart": {"seconds": {"value": 9.1, "low": 3.2, "high": 15.0}}}
    zoe, adam = UserFactory(username="zoe"), UserFactory(username="adam")
    stored(zoe=(zoe, work(40) | old), adam=(adam, work(40)))
    words = told(AdministratorFactory(), "people", "?period=all")  # whichever is looked at
    assert "Whose time differs is to be worked out again" in words
    assert "is worked out again with the next figures" in told(zoe, "my_work")
    assert "worked out again" not in told(adam, "my_work")
    report = StoredReport.objects.get()
    del report.body["work"]["periods"]["4 weeks"][str(zoe.pk)]["apart"]
    report.save()
    assert "to be worked out again" not in told(AdministratorFactory(username="m"), "people")


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (1.6, 1.2, 2.1, "1.60 times as long over a usual grant (1.20 to 2.10)"),
        (1.0123, 1.0031, 1.0216, "1.012 times as long over a usual grant (1.003 to 1.022)"),
        (0.8, 0.7, 0.9999, "0.8000 times as long over a usual grant (0.7000 to 0.9999)"),
        (0.8, 0.7, 1.0, "0.8000 times as long over a usual grant (0.7000 to 1.0000)"),
    ],
)
def test_no_end_of_a_pace_that_differs_looks_like_the_others(value, low, high, words):
    assert times_as_long(Difference(value, low, high)) == words


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.12, 0.04, 0.2, "12 points more (4 to 20)"),
        (-0.12, -0.2, -0.04, "12 points less (4 to 20)"),
        (0.004, 0.001, 0.007, "0.4 points more (0.1 to 0.7)"),
        (-0.1, -0.2, -0.0003, "10.00 points less (0.03 to 20.00)"),
    ],
)
def test_no_end_of_a_share_that_differs_looks_like_none(value, low, high, words):
    assert points_more(Difference(value, low, high)) == words


def test_all_together_stand_below_where_that_has_a_meaning(told):
    admin, zoe = AdministratorFactory(), UserFactory(username="zoe")
    stored(zoe=(zoe, work(12)))
    assert "All together" not in told(admin, "people")  # a report from before there was such a row
    report = StoredReport.objects.get()
    report.body["work"]["upheld"] = figure(31, 0.61, 0.43, 0.76)
    report.body["overall"] = figure(30, 0.55, 0.45, 0.65)
    report.save()
    row = told(admin, "people").split("All together")[1]
    assert row.startswith(" 40 3 blind 1 h 0 min 20.2 (18.0 to 23.0) 7 accepted, 6 rejected")
    assert "0.55 (0.45 to 0.65)" in row
    assert "20 % (11–33) of 50 61 % (43–76) of 31 1,300" in row


def test_the_period_is_chosen_and_an_unknown_one_is_the_first(told):
    admin, zoe = AdministratorFactory(), UserFactory(username="zoe")
    stored(zoe=(zoe, work(9)))
    assert "zoe 9 3 blind 1 h 0 min Too few: 4 of 10" in told(admin, "people")
    assert "zoe 99 3 blind" in told(admin, "people", "?period=all")
    assert "Nobody has annotated in this period" in told(admin, "people", "?period=12+weeks")
    assert "zoe 9 3 blind" in told(admin, "people", "?period=no+such")


def test_on_my_work_are_one_s_own_figures_and_nobody_else_s(told):
    zoe, adam, new = (UserFactory(username=name) for name in ("zoe", "adam", "newcomer"))
    stored(
        zoe=(zoe, work(40, figure(40, 30, 28, 32))),
        adam=(adam, work(12, figure(12, 5.5, 4, 6))),
    )
    words = told(adam, "my_work")
    assert "Grants an active hour 5.5 (4.0 to 6.0) 12 grants in 1 h 0 min, 3 of them blind" in words
    assert "Agreement with others 0.50 (0.40 to 0.60)" in words
    assert "zoe" not in words and "30.0" not in words
    assert "My figures" not in told(new, "my_work")


def test_a_name_leads_to_the_person_and_plants_without_answers_are_told(client, told):
    admin, zoe = AdministratorFactory(), UserFactory(username="zoe")
    stored(zoe=(zoe, work(9)))
    assert "No plants answered yet" not in told(admin, "people")
    decide(plant_share=0.01)
    assert "No plants answered yet" in told(admin, "people")
    figures = client.get(reverse("people")).content.decode().split('id="figures"')[1]
    assert f'<a href="{reverse("person", args=[zoe.pk])}">zoe</a>' in figures


def test_before_anything_is_worked_out_the_page_says_how(told):
    assert "Not worked out yet" in told(AdministratorFactory(), "people")
    assert "My figures" not in told(UserFactory(), "my_work")


def test_both_pages_ask_few_questions_however_many_people(told, client):
    people = UserFactory.create_batch(40)
    stored(**{person.username: (person, work(40)) for person in people})
    for person, name in ((AdministratorFactory(), "people"), (people[0], "my_work")):
        told(person, name)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(name))
        assert len(queries) <= 12
