"""What keeps an import from being undone: whatever people have said of its grants."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.errors import ImportRefused
from annotation.models import Grant, ImportRun, Note, Sprint, SprintDecision, SprintGrant
from annotation.services.notes import comment, set_flag
from annotation.services.sprints import (
    Candidate,
    decide,
    fill_sprint,
    start_sprint,
    take_sprint,
    undo_decision,
)
from annotation.services.undo_import import (
    begin_undo,
    carry_out_undo,
    undo_import,
    why_not_undone,
)
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    ImportRunFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def run():
    """A finished import that created two grants."""
    run = ImportRunFactory(state=ImportRun.State.DONE)
    GrantFactory.create_batch(2, import_run=run, queued=True)
    return run


@pytest.fixture
def asked(run, grace):
    """A sprint asks about one of them, and nobody has said anything yet."""
    start_sprint(grace, CategoryFactory())
    sprint = take_sprint()
    first = Grant.objects.filter(import_run=run).order_by("pk").first()
    fill_sprint(sprint, [Candidate(first.pk, "model", 0.4, [])], None)
    sprint.refresh_from_db()
    return sprint


def refused(run, grace, words):
    assert why_not_undone(run) == words
    with pytest.raises(ImportRefused, match="cannot be undone"):
        undo_import(run, grace)
    assert Grant.objects.filter(import_run=run).count() == 2


@pytest.mark.parametrize("verdict", ["yes", "no", "unsure"])
def test_a_decision_of_a_sprint_is_never_deleted(run, grace, asked, verdict):
    decide(UserFactory(), asked.grants.get(), verdict)
    refused(run, grace, "People have said something of its grants once, in sprints or in notes.")
    assert SprintDecision.objects.count() == 1


def test_neither_is_one_that_was_taken_back(run, grace, asked):
    annotator = UserFactory()
    decide(annotator, asked.grants.get(), "yes")
    undo_decision(annotator, asked)
    refused(run, grace, "People have said something of its grants 2 times, in sprints or in notes.")


def test_a_comment_is_never_deleted(run, grace):
    comment(UserFactory(), run.grants.first(), "The second page is missing.")
    refused(run, grace, "People have said something of its grants once, in sprints or in notes.")
    assert Note.objects.get().text == "The second page is missing."


def test_neither_is_a_flag(run, grace):
    set_flag(UserFactory(), run.grants.first(), True)
    refused(run, grace, "People have said something of its grants once, in sprints or in notes.")


def test_notes_and_decisions_elsewhere_keep_nothing(run, grace):
    other = GrantFactory(queued=True)
    comment(grace, other, "Of another import.")
    assert why_not_undone(run) == ""
    assert undo_import(run, grace) == 2
    assert Grant.objects.get() == other


def test_a_question_that_nobody_has_answered_goes_with_its_grant(run, grace, asked):
    assert undo_import(run, grace) == 2
    assert not SprintGrant.objects.exists()
    assert Sprint.objects.get() == asked


@pytest.mark.parametrize(("is_sqlite", "n_turns"), [(True, 3), (False, 1)])
def test_an_undo_on_sqlite_lets_others_write_in_between(
    run, grace, settings, monkeypatch, is_sqlite, n_turns
):
    """Each transaction is short, and what follows it is as long, but never a fifth of a second."""
    GrantFactory.create_batch(118, import_run=run)
    settings.IS_SQLITE, naps = is_sqlite, []
    monkeypatch.setattr("time.sleep", naps.append)
    begun = begin_undo(run, grace, is_at_once=True)
    with CaptureQueriesContext(connection) as queries:
        assert carry_out_undo(begun) == 120
    beats = [q for q in queries if re.match(r'UPDATE "annotation_importrun"', q["sql"])]
    assert len(beats) == n_turns + 2  # the end beats as well, and then says so
    assert len(naps) == (n_turns if is_sqlite else 0)
    assert all(0 < nap <= 0.2 for nap in naps)
