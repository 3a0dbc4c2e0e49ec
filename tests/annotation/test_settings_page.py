"""The settings page: what it takes, what it asks first, and what it refuses in which words."""

import re
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from annotation.models import AuditEvent, SiteSettings
from annotation.models.site_settings import setting_names
from annotation.services.site_settings import change_settings
from tests.factories import (
    AdministratorFactory,
    FacetFactory,
    GrantFactory,
    ModelVersionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
AS_STORED = {
    "revision": "0",
    "text_fields": ["title", "description"],
    "audit_share": "10",
    "audit_drawing": "uniform",
    "audit_usual_amount": "50000",
    "audit_turns": "10",
    "random_share": "45",
    "coverage_share": "18",
    "value_share": "0",
    "recheck_share": "0",
    "order_every": "100",
    "blind_share": "5",
    "second_share": "0",
    "required_annotations": "2",
    "plant_share": "0",
    "claim_minutes": "30",
    "daily_goal": "60",
    "ticking": "tuned",
    "fixed_threshold": "50",
    "least_score": "2",
    "backend": "production",
    "promotion_margin": "0.01",
    "night_starts_at": "02:00",
    "time_zone": "Australia/Melbourne",
    "data_licence": "",
}


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def browser(client, grace):
    client.force_login(grace)
    return client


def send(browser, **typed):
    return browser.post("/settings/", AS_STORED | typed)


def words(answer):
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", unescape(text))


def current():
    return SiteSettings.objects.current()


def test_every_setting_is_on_the_page_with_its_help(browser):
    html = words(browser.get("/settings/"))
    for name in setting_names():
        field = SiteSettings._meta.get_field(name)
        assert field.help_text in html
    assert "Default:" not in html and "Back to the default" not in html  # nothing differs from it
    assert "From 1 to 90 %" in html
    assert "it must be better. From 0 to 0.1 of F1." in html  # one range a setting
    assert "Nobody has changed anything" in html


def test_what_is_stored_stands_in_the_fields_and_saved_as_it_stands_changes_nothing(browser):
    answer = send(browser)
    assert answer.status_code == 302
    assert "Nothing was changed" in words(browser.get("/settings/"))
    assert not AuditEvent.objects.exists()


def test_a_small_change_is_saved_at_once_and_shown_with_its_author(browser):
    assert send(browser, daily_goal="45").status_code == 302
    page = words(browser.get("/settings/"))
    assert current().daily_goal == 45
    assert "1 change saved, in force at once." in page
    assert re.search(r"Daily goal 60.grants 45.grants grace", page)
    assert re.search(r"Default: 60.grants", page)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"audit_share": "95"}, "95 is outside what is allowed. Enter 1 to 90 %."),
        ({"audit_share": "much"}, "“much” is no number. Enter 1 to 90 %."),
        ({"audit_share": "nan"}, "nan is outside what is allowed"),
        ({"audit_share": "1e999"}, "is outside what is allowed"),
        ({"claim_minutes": "2.5"}, "2.5 is no whole number. Enter 1 to 1440 minutes."),
        ({"daily_goal": ""}, "Enter 1 to 10000 grants."),
        ({"text_fields": []}, "Choose one at least: without text nothing is suggested."),
        ({"text_fields": ["title", "password"]}, "password"),
        ({"ticking": "best"}, "“best” is not one of the choices."),
        ({"audit_drawing": "size"}, "“size” is not one of the choices."),
        ({"audit_usual_amount": "0"}, "Enter 1 to 1000000000 a grant."),
        ({"random_share": "9.9"}, "9.9 is outside what is allowed. Enter 10 to 100 %."),
        ({"random_share": "75"}, "add up to 103 %. Take 3 points off"),
        ({"value_share": "20", "recheck_share": "7.5"}, "add up to 100.5 %. Take 0.5 points off"),
        ({"time_zone": "Australia/Atlantis"}, "“Australia/Atlantis” is not one of the choices."),
        ({"night_starts_at": "25:00"}, "“25:00” is no time of day. Enter one such as 02:00."),
        ({"night_starts_at": "02:00:30"}, "is too exact. Enter hour and minute"),
        ({"night_starts_at": "02:00+10:00"}, "is too exact. Enter hour and minute"),
        ({"revision": "x"}, "Nothing is saved"),
    ],
)
def test_what_will_not_do_is_named_beside_the_field_and_nothing_is_saved(browser, typed, problem):
    answer = (
        send(browser, daily_goal="45", **typed)
        if "daily_goal" not in typed
        else send(browser, **typed)
    )
    assert answer.status_code == 422
    assert problem in words(answer)
    assert "Nothing is saved" in words(answer)
    assert not SiteSettings.objects.exists()


def test_the_licence_of_the_data_is_a_line_of_text_that_stands_on_model_cards(browser):
    version = ModelVersionFactory()
    card = f"/versions/{version.pk}/card/"
    assert "Not stated: an administrator can name it" in words(browser.get(card))
    licence = "CC BY-NC 4.0, see my_terms; © <Our> Community"
    assert send(browser, data_licence=f"  {licence.replace(' ', chr(10), 1)} ").status_code == 302
    assert current().data_licence == licence
    assert licence in words(browser.get(card))
    page = browser.get("/settings/")
    assert 'value="CC BY-NC 4.0, see my_terms; © &lt;Our&gt; Community"' in page.content.decode()
    assert re.search(f"Licence of the data none {re.escape(licence)} grace", words(page))
    answer = send(browser, revision="1", data_licence="")
    assert answer.status_code == 302
    assert "Not stated" in words(browser.get(card))


@pytest.mark.parametrize("typed", ["x" * 301, "CC\0BY"])
def test_a_licence_that_is_too_long_or_no_text_is_refused(browser, typed):
    answer = send(browser, data_licence=typed)
    assert answer.status_code == 422 and "Nothing is saved" in words(answer)
    assert not SiteSettings.objects.exists()


def test_the_page_says_what_is_left_for_the_grants_the_model_is_least_sure_about(browser, grace):
    assert "now 27 %, goes to the grants" in words(browser.get("/settings/")).replace("\xa0", " ")
    change_settings(grace, 0, {"value_share": 0.125})
    assert "now 14.5 %, goes to the grants" in words(browser.get("/settings/")).replace("\xa0", " ")


def test_what_was_typed_is_still_there_beside_the_problem(browser):
    html = send(browser, audit_share="<b>9", daily_goal="45").content.decode()
    assert 'value="&lt;b&gt;9"' in html
    assert 'value="45"' in html
    assert "<b>9" not in html


def test_other_texts_are_asked_about_first_and_saved_on_the_second_word(browser):
    GrantFactory()
    typed = {"text_fields": ["title", "programme"]}
    asked = send(browser, **typed)
    assert asked.status_code == 200
    assert "Every grant’s text becomes another one" in words(asked)
    assert "reads the one grant anew" in words(asked)
    GrantFactory()
    assert "reads all 2 grants anew" in words(send(browser, **typed))
    assert "Title, Description → Title, Program" in words(asked)
    assert current().text_fields == ["title", "description"]

    carried = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.content.decode())
    again = {}
    for name, value in carried:
        again.setdefault(name, []).append(value)
    back = browser.post("/settings/", again | {"back": "1"}).content.decode()
    assert re.search(r'name="text_fields" value="programme" checked', back)
    assert not SiteSettings.objects.exists()
    assert browser.post("/settings/", again | {"confirmed": "1"}).status_code == 302
    assert current().text_fields == ["title", "programme"]
    assert current().reading == 1


def test_fields_of_text_are_kept_in_their_order_and_once(browser):
    send(browser, text_fields=["programme", "title", "title"], confirmed="1")
    assert current().text_fields == ["title", "programme"]


def test_back_to_the_default_types_it_and_keeps_what_else_was_typed(browser, grace):
    change_settings(grace, 0, {"audit_share": 0.2, "text_fields": ["title"]})
    stored = {"revision": "1", "audit_share": "20", "text_fields": ["title"]}
    answer = send(browser, **stored, daily_goal="45", default="audit_share")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(r'name="audit_share"[^>]*value="10"', html)
    assert re.search(r'name="daily_goal"[^>]*value="45"', html)
    assert "“Audit stream” is back at its default below" in words(answer)
    assert current().audit_share == 0.2
    html = send(browser, **stored, default="text_fields").content.decode()
    assert re.search(r'name="text_fields" value="description" checked', html)


def test_a_default_of_nothing_known_is_an_ordinary_save(browser):
    assert send(browser, daily_goal="45", default="password").status_code == 302
    assert current().daily_goal == 45


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "1"}])
def test_the_second_of_two_administrators_is_told_and_can_save_after_looking(browser, confirmed):
    change_settings(AdministratorFactory(username="ada"), 0, {"claim_minutes": 10})
    answer = send(browser, daily_goal="45", **confirmed)
    assert answer.status_code == 409
    page = words(answer)
    assert "Somebody else has changed the settings" in page
    assert re.search(r"Stored: 10.minutes", page)
    assert re.search(r"Stored: 60.grants", page)
    assert current().daily_goal == 60
    revision = re.search(r'name="revision" value="(\d+)"', answer.content.decode())[1]
    assert send(browser, revision=revision, claim_minutes="10", daily_goal="45").status_code == 302
    assert (current().claim_minutes, current().daily_goal) == (10, 45)


def test_facets_are_edited_with_the_rest(browser):
    facet = FacetFactory(code="subject")
    key = f"facet-{facet.pk}"
    page = browser.get("/settings/").content.decode()
    assert f'name="{key}-label"' in page
    typed = {f"{key}-label": "What for", f"{key}-place": "1", f"{key}-is_required": "on"}
    assert send(browser, **typed).status_code == 302
    facet.refresh_from_db()
    assert (facet.label, facet.position, facet.is_required) == ("What for", 0, True)
    page = words(browser.get("/settings/"))
    assert "subject: label Subject What for grace" in page
    assert "subject: must be answered no yes grace" in page


@pytest.mark.parametrize(
    ("label", "place", "problem"),
    [
        ("", "2", "Enter what annotators shall call it."),
        ("B", "0", "Enter its place: 1 is the first."),
        ("B", "x", "Enter its place: 1 is the first."),
        ("A", "2", "“A” is taken by A. Give each facet its own."),
        ("B", "1", "“1” is taken by A. Give each facet its own."),
    ],
)
def test_a_facet_s_mistake_is_named(browser, label, place, problem):
    one, two = FacetFactory(code="a", position=0), FacetFactory(code="b", position=1)
    answer = send(browser, **{
        f"facet-{one.pk}-label": "A", f"facet-{one.pk}-place": "1",
        f"facet-{two.pk}-label": label, f"facet-{two.pk}-place": place,
    })  # fmt: skip
    assert answer.status_code == 422
    assert problem in words(answer)


def test_the_page_says_where_facets_come_from_when_there_are_none(browser):
    assert "they come with a taxonomy" in words(browser.get("/settings/"))


def test_times_on_pages_are_of_the_zone_that_is_set(browser):
    send(browser, time_zone="Pacific/Auckland", daily_goal="45", confirmed="1")
    at = AuditEvent.objects.latest("pk").happened_at
    page = words(browser.get("/settings/"))
    assert "Times are Auckland time" in page
    local = at.astimezone(ZoneInfo("Pacific/Auckland"))
    assert f"{local.hour % 12 or 12}.{local:%M}" in page


def test_annotators_find_no_settings(client):
    client.force_login(UserFactory())
    assert client.get("/settings/").status_code == 403
    assert b"Settings" not in client.get("/grants/").content
