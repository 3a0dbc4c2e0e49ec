"""Changing the settings: one row, one deed, every change in the log, nothing crossed."""

import importlib
import os
from datetime import time

import pytest
from django.apps import apps

from annotation.errors import NotAllowed, SettingsChanged, SettingsRefused
from annotation.models import AuditEvent, Facet, Grant, QueueItem, SiteSettings
from annotation.models.setting_limits import LIMITS, ORDERS_THE_QUEUE, READ_BY_THE_MODEL
from annotation.models.site_settings import default_of, setting_names, settings_held
from annotation.reports.site_settings import consequences, latest_changes
from annotation.services.queue_order import is_order_due
from annotation.services.site_settings import Change, FacetValues, change_settings
from tests.factories import AdministratorFactory, FacetFactory, GrantFactory, UserFactory, decide

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


def current():
    return SiteSettings.objects.current()


def as_stored(*facets):
    return [FacetValues(f.pk, f.label, f.position, f.is_required) for f in facets]


def test_before_anybody_changed_anything_the_defaults_hold_without_a_row():
    assert not SiteSettings.objects.exists()
    assert {name: getattr(current(), name) for name in setting_names()} == {
        name: default_of(name) for name in setting_names()
    }


def test_every_default_is_within_its_limits():
    for name, (low, high, _) in LIMITS.items():
        assert low <= default_of(name) <= high


def test_a_change_is_stored_counted_and_logged_with_both_values_and_who(grace):
    change_settings(grace, 0, {"daily_goal": 40, "night_starts_at": time(3, 30)})
    assert (current().daily_goal, current().night_starts_at) == (40, time(3, 30))
    assert current().revision == 1
    said = {(e.actor, e.subject, e.details["before"], e.details["after"]) for e in events()}
    assert said == {(grace, "daily_goal", 60, 40), (grace, "night_starts_at", "02:00", "03:30")}


def events():
    return AuditEvent.objects.filter(action="setting changed")


def test_the_same_values_again_change_nothing(grace):
    change_settings(grace, 0, {"daily_goal": 40})
    assert change_settings(grace, 1, {"daily_goal": 40}) == []
    assert (current().revision, events().count()) == (1, 1)


def test_of_two_who_saw_the_same_the_second_is_told_and_nothing_is_stored(grace):
    change_settings(grace, 0, {"daily_goal": 40})
    with pytest.raises(SettingsChanged, match="Somebody else has changed the settings"):
        change_settings(AdministratorFactory(), 0, {"claim_minutes": 10})
    assert current().claim_minutes == 30
    assert events().count() == 1


def test_annotators_change_nothing():
    with pytest.raises(NotAllowed):
        change_settings(UserFactory(), 0, {"daily_goal": 40})
    assert current().daily_goal == 60


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"audit_share": 0.95}, "audit_share cannot be 0.95: it goes from 0.01 to 0.9"),
        ({"audit_share": float("nan")}, "audit_share cannot be nan"),
        ({"claim_minutes": 0}, "it goes from 1 to 1440"),
        ({"random_share": 0.09}, "random_share cannot be 0.09: it goes from 0.1 to 1"),
        ({"random_share": 0.8}, "random_share: The shares of the queue add up to 108 %. Take 8"),
        ({"audit_drawing": "size"}, "audit_drawing"),
        ({"text_fields": []}, "text_fields"),
        ({"text_fields": ["title", "password"]}, "Choose one or more of: title"),
        ({"time_zone": "Australia/Atlantis"}, "no time zone “Australia/Atlantis”"),
        ({"ticking": "best"}, "ticking"),
    ],
)
def test_a_value_that_will_not_do_is_named_and_nothing_is_stored(grace, values, problem):
    with pytest.raises(SettingsRefused, match=problem):
        change_settings(grace, 0, {"daily_goal": 40} | values)
    assert not events().exists()


def test_facets_are_named_placed_and_required_here(grace):
    one, two = FacetFactory(code="a", position=0), FacetFactory(code="b", position=1)
    wanted = [FacetValues(one.pk, "Who", 1, True), FacetValues(two.pk, two.label, 0, False)]
    change_settings(grace, 0, {}, wanted)
    assert list(Facet.objects.values_list("code", "label", "is_required")) == [
        ("b", "B", False),
        ("a", "Who", True),
    ]
    assert set(events().values_list("subject", flat=True)) == {
        "a: label", "a: position", "a: is_required", "b: position",
    }  # fmt: skip


@pytest.mark.parametrize(("label", "position"), [("A", 5), ("Other", 0)])
def test_two_facets_of_one_name_or_place_are_refused(grace, label, position):
    one, two = FacetFactory(code="a", position=0), FacetFactory(code="b", position=1)
    wanted = [*as_stored(one), FacetValues(two.pk, label, position, False)]
    with pytest.raises(SettingsRefused, match="Give each its own"):
        change_settings(grace, 0, {}, wanted)
    assert not events().exists()


def test_a_facet_that_is_gone_is_told(grace):
    facet = FacetFactory()
    wanted = as_stored(facet)
    facet.delete()
    with pytest.raises(SettingsChanged, match="taxonomy has changed"):
        change_settings(grace, 0, {}, wanted)


@pytest.mark.parametrize("name", setting_names())
def test_what_the_model_reads_by_makes_every_grant_be_read_anew(grace, name):
    others = {
        "text_fields": ["title"], "ticking": "fixed", "time_zone": "UTC",
        "night_starts_at": time(4), "audit_drawing": "amount", "required_annotations": 3,
        "data_licence": "CC BY 4.0", "backend": "linear_svm",
    }  # fmt: skip
    value = others.get(name) or LIMITS[name][1] / 3
    change_settings(grace, 0, {name: int(value) if isinstance(default_of(name), int) else value})
    assert current().reading == (1 if name in READ_BY_THE_MODEL else 0)
    assert is_order_due() == (name in READ_BY_THE_MODEL | ORDERS_THE_QUEUE)


def test_a_request_reads_the_settings_once_and_sees_its_own_change(
    grace, django_assert_num_queries
):
    with settings_held():
        with django_assert_num_queries(1):
            assert current().daily_goal == current().daily_goal == 60
        change_settings(grace, 0, {"daily_goal": 40})
        assert current().daily_goal == 40
    decide(daily_goal=50)
    assert current().daily_goal == 50


def test_outside_a_request_nothing_is_kept():
    assert current().daily_goal == 60
    SiteSettings.objects.filter(pk=1).delete()
    decide(daily_goal=50)
    assert current().daily_goal == 50


def test_a_grant_s_text_is_the_chosen_fields_in_order():
    grant = GrantFactory(title="Nets", description="For juniors", programme="Small grants")
    assert grant.text == "Nets\nFor juniors"
    decide(text_fields=["title", "programme"])
    assert grant.text == "Nets\nSmall grants"


def test_the_past_is_told_newest_first_and_a_command_has_no_name(grace):
    change_settings(grace, 0, {"daily_goal": 40})
    change_settings(None, 1, {"daily_goal": 50})
    assert [(past.change, past.who) for past in latest_changes()] == [
        (Change("daily_goal", 40, 50), "a command"),
        (Change("daily_goal", 60, 40), "grace"),
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text_fields", ["Every grant’s text becomes another one", "reads the one grant anew"]),
        ("least_score", ["reads the one grant anew"]),
        ("audit_share", ["Only grants imported from now on"]),
        ("audit_drawing", ["Only grants imported from now on"]),
        ("second_share", ["The queue is ordered anew", "nobody has opened or annotated"]),
        ("coverage_share", ["The queue is ordered anew"]),
        ("time_zone", ["new time zone"]),
        ("daily_goal", []),
        ("subject: label", []),
    ],
)
def test_what_a_change_brings_is_said(name, words):
    GrantFactory()
    said = consequences([Change(name, None, None)])
    assert len(said) == len(words)
    assert all(word in sentence for word, sentence in zip(words, said, strict=True))


def test_a_new_audit_share_touches_no_grant_that_is_here(grace):
    grant = GrantFactory(stream="audit", inclusion_probability=0.1, queued=True)
    change_settings(grace, 0, {"audit_share": 0.5})
    after = Grant.objects.get()
    assert (after.stream, after.inclusion_probability) == ("audit", 0.1)
    assert QueueItem.objects.get(grant=grant).stream == "audit"


def test_variables_of_old_become_the_first_values(monkeypatch):
    migration = importlib.import_module("annotation.migrations.0008_site_settings")
    migration.take_over_variables(apps, None)
    assert not SiteSettings.objects.exists()
    for name, value in {
        "TEXT_FIELDS": "title, programme", "NIGHT_STARTS_AT": "03:15", "AUDIT_SHARE": "0.2",
        "RANDOM_SHARE": "0.7", "CLAIM_MINUTES": "15", "DAILY_GOAL": "45",
    }.items():  # fmt: skip
        monkeypatch.setitem(os.environ, name, value)
    migration.take_over_variables(apps, None)
    found = current()
    assert found.text_fields == ["title", "programme"]
    assert (found.night_starts_at, found.audit_share) == (time(3, 15), 0.2)
    assert (found.random_share, found.claim_minutes, found.daily_goal) == (0.7, 15, 45)
