"""The pages of model versions: one version whole, what a promotion says, what a turn shows."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from annotation.models import Grant, Label, ModelVersion, Outlook, Snapshot
from annotation.reports.version_story import life_of
from annotation.services.model_versions import (
    cancel_training,
    note_reading_speed,
    promote,
    request_training,
)
from annotation.services.rollups import take_out
from annotation.services.step_back import step_back
from annotation.services.trainings import fail_training, take_training
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory, ModelVersionFactory

pytestmark = pytest.mark.django_db
FIGURE = {"value": 0.71, "low": 0.6, "high": 0.8}
RULES = {"value": 0.41, "low": 0.3, "high": 0.5}
GATE = {
    "candidate": 0.71,
    "incumbent": 0.7,
    "difference": {"value": -0.012, "low": -0.02, "high": 0.01},
}


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def browser(client, grace):
    client.force_login(grace)
    return client


@pytest.fixture
def lexical():
    return ModelVersionFactory(taxonomy=LabelFactory().category.taxonomy)


def version(lexical, **facts):
    facts = {"artifact_sha256": "a" * 64} | facts
    return ModelVersion.objects.create(taxonomy=lexical.taxonomy, **facts)


def words(answer):
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", unescape(text)).replace("\N{NO-BREAK SPACE}", " ")


def test_one_version_is_shown_whole(browser, lexical):
    trained = version(
        lexical, status="rejected", reason="F1 0.71, it must be better.", seed=7,
        library_versions={"numpy": "2.1"},
        metrics={
            "figures": {"micro_f1": FIGURE, "ece": FIGURE}, "measured_on": "54 audit grants",
            "rules": {"micro_f1": RULES, "ece": RULES}, "gate": GATE,
            "learned_from": {"sprint_decision_ids": [1, 2, 3], "adjudication_ids": [4]},
        },
    )  # fmt: skip
    Snapshot.objects.create(
        model_version=trained, taxonomy_release=lexical.taxonomy.release, grant_ids=[1, 2, 3],
        annotation_ids=[1], label_ids=[4, 5], content_sha256="b" * 64,
    )  # fmt: skip
    page = words(browser.get(f"/versions/{trained.pk}/"))
    for said in (
        "Calibration error how far, on average, a probability is from the share that comes true",
        "Why it was refused F1 0.71, it must be better.",
        "Micro-F1 0.71 (0.60–0.80) Keyword rules alone: 0.41 (0.30–0.50)",
        "Measured on 54 audit grants", "−0.012 (−0.020 to +0.010)", "Grants 3 grants",
        "Annotations 1 annotation", "Labels of files and adjudication 2 labels",
        "Adjudicated grants 1 grant", "Decisions in sprints 3 decisions",
        "Test taxonomy release 1", "Seed 7", "b" * 64, "a" * 64, "numpy 2.1",
        f"Promote v{trained.pk} anyway",
    ):  # fmt: skip
        assert said in page
    assert page.count("Keyword rules alone") == 1  # they give no probability to calibrate


def test_what_further_labels_would_bring_is_told_in_words(browser, lexical):
    trained = version(lexical, status="rejected")
    own = {"model_version": trained, "kind": "audit", "n_labels": 800, "n_measured": 60}
    Outlook.objects.create(
        measure="micro_f1", score=0.434, low=0.4, high=0.47, kappa=0.991, is_stable=True,
        slope=0.0001, slope_low=0.00005, slope_high=0.0002, goal=0.45, more=300, more_low=200,
        more_high=900, seconds_each=90.0, forecast="about 300 more annotations to micro-F1 0.45",
        **own,
    )  # fmt: skip
    category = LabelFactory().category
    Outlook.objects.create(measure="f1", category=category, kappa=0.5, is_stable=False, **own)
    page = words(browser.get(f"/versions/{trained.pk}/"))
    for said in (
        "When to stop What further annotations would bring, on audit grants",
        "An annotation took 1.5 active minutes.",
        "Micro-F1 0.43 (0.40–0.47) 0.99 settled +0.010 (+0.005 to +0.020) About 300 more",
        f"{category.label} too few measured 0.50 still moving not known not known",
    ):
        assert said in page
    assert "When to stop" not in words(browser.get(f"/versions/{lexical.pk}/"))


@pytest.fixture
def parent(lexical):
    return version(lexical, status="retired", activated_at=timezone.now())


def refresh(parent, **facts):
    row = {"kind": "refresh", "parent": parent, "status": "in_use", "finished_at": timezone.now()}
    return version(parent, **(row | facts))


def test_a_refresh_is_folded_under_its_parent_and_has_a_page(browser, lexical, parent):
    learned = refresh(parent, reason=f"Learned 25 more labelled grants since {parent}.")
    Snapshot.objects.create(
        model_version=learned, taxonomy_release=lexical.taxonomy.release, grant_ids=[7, 8],
        annotation_ids=[1, 2, 3], label_ids=[], content_sha256="b" * 64,
    )  # fmt: skip
    listed = words(browser.get("/versions/"))
    assert "1 refresh between two nights" in listed
    assert f"{learned} In use" in listed
    page = words(browser.get(f"/versions/{learned.pk}/"))
    for said in (
        f"{learned}, a refresh of {parent}", "Learned 25 more labelled grants",
        f"What it learned beyond {parent} Grants 2 grants", "A refresh is not measured",
        "In use for the grants that come next",
    ):  # fmt: skip
        assert said in page
    assert "Promote" not in page.split("Life")[0]
    assert "Stop training" not in page


def test_one_that_was_left_out_says_why(browser, parent):
    refresh(parent, status="rejected", reason="Left out: it would take 130 s.", artifact_sha256="")
    assert "Left out: it would take 130 s." in words(browser.get("/versions/"))


def test_a_refresh_that_learns_is_not_stopped_by_hand(browser, parent):
    learning = refresh(parent, status="training", artifact_sha256="", finished_at=None)
    assert "Stop training" not in words(browser.get(f"/versions/{learning.pk}/"))
    assert browser.post(f"/versions/{learning.pk}/stop/").status_code == 409


def test_a_refresh_is_not_promoted_by_hand(browser, parent):
    answer = browser.post(f"/versions/{refresh(parent).pk}/promote/", {"reason": "I like it"})
    assert answer.status_code == 409
    assert "no gate has measured it" in words(answer)


def test_only_ten_refreshes_are_shown(browser, parent):
    for _ in range(12):
        refresh(parent, status="retired")
    page = words(browser.get("/versions/"))
    assert "12 refreshes between two nights" in page
    assert "The newest ten are shown." in page
    assert page.count(" Dropped ") == 10


def test_the_word_matcher_s_page_says_that_it_learned_nothing(browser, lexical):
    page = words(browser.get(f"/versions/{lexical.pk}/"))
    assert "the word matcher" in page
    assert "Nothing: it reads the words of the categories" in page


def test_before_any_label_a_version_says_what_it_knows(browser, lexical):
    ModelVersion.objects.update(status="retired")
    version(lexical, status="active", artifact_sha256="1" * 64, reason="Made of words.")
    page = words(browser.get("/versions/"))
    assert "It knows the words of categories, rules and grants" in page
    assert "Made of words." in page


def test_where_nothing_is_new_it_is_said_what_the_same_and_another_kind_would_learn(
    browser, lexical
):
    assert "No annotation is new" not in words(
        browser.get("/versions/")
    )  # nothing has been learned yet
    version(lexical, status="rejected", backend="sgd", started_at=timezone.now())
    page = words(browser.get("/versions/"))
    assert (
        "No annotation is new : trained with “Logistic regression by stochastic gradient descent”, "
        "as the last one was, it learns the same again, unless labels, rules or the taxonomy have "
        "changed. Another kind of model learns anew from the same labels." in page
    )


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_training_that_was_broken_off_has_learned_nothing_to_learn_again(
    browser, lexical, status
):
    version(lexical, status=status, backend="sgd", started_at=timezone.now())
    assert "learns the same again" not in words(browser.get("/versions/"))


def test_no_label_is_needed_to_retrain_but_a_grant_is(browser, lexical):
    Label.objects.all().delete()
    take_out(Grant.objects.values_list("pk", flat=True))
    Grant.objects.all().delete()
    assert "Retrain now: there is no grant to learn from" in words(browser.get("/versions/"))
    GrantFactory()
    assert "there is no grant" not in words(browser.get("/versions/"))
    browser.post("/versions/retrain/")
    assert ModelVersion.objects.waiting().exists()


def test_a_version_of_a_taxonomy_not_in_use_has_no_page(browser, lexical):
    lexical.taxonomy.is_current = False
    lexical.taxonomy.save()
    assert browser.get(f"/versions/{lexical.pk}/").status_code == 404


def test_the_life_of_a_version_is_told_in_order(lexical, grace):
    at = [timezone.now() + timedelta(minutes=n) for n in range(6)]
    trained = version(
        lexical, status="retired", requested_by=grace, started_at=at[1], attempt=2,
        attempt_started_at=at[2], finished_at=at[3], activated_at=at[3], retired_at=at[5],
    )  # fmt: skip
    assert [(step.words, step.at) for step in life_of(trained)] == [
        ("Requested by grace", trained.requested_at),
        ("Training began", at[1]),
        ("Attempt 2, after its worker died", at[2]),
        ("Trained and measured", at[3]),
        ("Became active", at[3]),
        ("Retired: another version took its place", at[5]),
    ]


@pytest.mark.parametrize(
    ("status", "end"),
    [("rejected", "Measured and refused by the gate"), ("failed", "Failed"),
     ("cancelled", "Stopped")],
)  # fmt: skip
def test_how_it_ended_is_named(lexical, status, end):
    later = timezone.now() + timedelta(minutes=1)
    ended = version(lexical, status=status, finished_at=later, for_date="2025-03-14")
    ended.refresh_from_db()
    assert [step.words for step in life_of(ended)] == [
        "Requested for the night of 14 March 2025", end,
    ]  # fmt: skip


def test_one_that_is_active_again_was_retired_before(lexical, grace):
    other = version(lexical, status="retired")
    promote(other, grace, "try")
    promote(lexical, grace, "back")
    lexical.refresh_from_db()
    name, its = str(other), f"v{lexical.pk}"
    assert [step.words for step in life_of(lexical)][-2:] == [
        f"Retired: {name} took its place, by grace; try", "Made active again by grace: back",
    ]  # fmt: skip
    other.refresh_from_db()
    promote(other, grace, "after all")
    other.refresh_from_db()
    assert [step.words for step in life_of(other)][1:] == [
        "Promoted by grace: try", f"Retired: rolled back to {its}, by grace; back",
        "Made active again by grace: after all",
    ]  # fmt: skip


def test_one_that_could_not_be_read_says_so_in_its_life(lexical):
    ModelVersion.objects.filter(pk=lexical.pk).update(status="retired")
    broken = version(lexical, status="active", activated_at=timezone.now())
    step_back(broken, "no file")
    broken.refresh_from_db()
    lexical.refresh_from_db()
    gone = f"Retired: it could not be read, {lexical} took its place"
    assert [step.words for step in life_of(broken)][-1] == gone
    assert [step.words for step in life_of(lexical)][-1] == (
        f"Became active: {broken} could not be read"
    )


def test_a_promotion_says_who_answers_how_much_is_read_and_how_long(browser, lexical):
    GrantFactory.create_batch(3, queued=True)
    newer = version(lexical, status="retired")
    page = words(browser.get(f"/versions/{newer.pk}/promote/"))
    assert f"Promote v{newer.pk}?" in page
    assert f"v{newer.pk} makes the suggestions from now on, and v{lexical.pk} retires" in page
    assert "reads 4 grants again in the background, 3 grants of the queue first" in page
    assert "how long that takes is not known yet" in page
    note_reading_speed(newer, 0.1)
    assert "about 40 s in all" in words(browser.get(f"/versions/{newer.pk}/promote/"))


def test_a_version_that_has_read_all_says_so_and_counts_nothing(browser, lexical):
    newer = version(lexical, status="retired")
    GrantFactory(queued=True)
    Grant.objects.update(scored_by=newer)
    page = words(browser.get(f"/versions/{newer.pk}/promote/"))
    assert "It has read every grant already." in page
    assert "0 grants" not in page and "Until its turn" not in page


def test_an_earlier_version_is_rolled_back_to_and_a_later_one_promoted(browser, lexical):
    ModelVersion.objects.filter(pk=lexical.pk).update(status="retired")
    active, later = version(lexical, status="active"), version(lexical, status="retired")
    page = words(browser.get("/versions/"))
    assert f"Roll back to v{lexical.pk}" in page
    assert f"Promote v{later.pk}" in page
    assert f"Roll back to v{later.pk}" not in page
    assert f"Roll back to v{lexical.pk}?" in words(browser.get(f"/versions/{lexical.pk}/promote/"))
    assert f"Keep v{active.pk}" in words(browser.get(f"/versions/{later.pk}/promote/"))


def watch(browser, status, version):
    return words(browser.get(f"/versions/training/?was={status}&version={version.pk}"))


def test_while_nothing_turns_only_the_card_comes(browser, lexical):
    request_training()
    waiting = ModelVersion.objects.get(status="requested")
    answer = browser.get(f"/versions/training/?was=requested&version={waiting.pk}")
    assert b"version-list" not in answer.content
    assert b'id="turn"' not in answer.content


def test_no_word_of_the_request_stays_behind(browser, lexical):
    answer = browser.post("/versions/retrain/", follow=True)
    assert "is waiting for a worker" in words(answer)
    assert not list(answer.context["messages"])


def test_the_end_of_a_training_is_said_in_words(browser, lexical, grace):
    request_training()
    training = take_training()
    assert "has ended" not in watch(browser, "requested", training)
    fail_training(training, ValueError("The disk is full"))
    said = watch(browser, "training", training)
    assert f"v{training.pk} failed; what was active stays. ValueError: The disk is full" in said
    stopped = request_training()
    cancel_training(stopped, grace)
    assert f"v{stopped.pk} has ended. Stopped by grace." in watch(browser, "requested", stopped)
    ModelVersion.objects.filter(pk=stopped.pk).update(status="rejected", reason="Worse.")
    assert "was refused; what was active stays. Worse." in watch(browser, "training", stopped)
    promote(ModelVersion.objects.get(pk=version(lexical, status="retired").pk), grace, "x")
    active = ModelVersion.objects.active()
    assert f"v{active.pk} passed the gate and is active." in watch(browser, "training", active)


@pytest.mark.parametrize("pk", ["", "x", "-1", "9" * 40, "²"])
def test_a_senseless_version_to_watch_is_no_fault(browser, lexical, pk):
    assert browser.get("/versions/training/", {"was": "training", "version": pk}).status_code == 200


def test_how_far_the_active_version_has_read_is_shown_until_it_is_through(browser, lexical):
    page = words(browser.get("/versions/"))
    assert "It has still to read 1 grant of 1 grant" in page
    assert b"hx-trigger" in browser.get("/versions/reading/").content
    Grant.objects.update(scored_by=lexical)
    answer = browser.get("/versions/reading/")
    assert "It has read the one grant there is." in words(answer)
    assert b"hx-trigger" not in answer.content


def test_the_schedule_names_hour_zone_and_day_and_leads_to_the_settings(browser, lexical):
    page = browser.get("/versions/")
    assert "Nightly at 2.00 am, Melbourne time, next on" in words(page)
    assert b'href="/settings/#id_night_starts_at"' in page.content
