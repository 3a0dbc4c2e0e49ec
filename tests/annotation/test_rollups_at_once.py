"""Figures while many people write at once: none is lost, and nobody waits for nobody."""

import time
import uuid
from contextlib import suppress
from threading import Event

import pytest
from django.db import transaction

from annotation.errors import NothingToUndo
from annotation.models import (
    CategoryRollup,
    Decision,
    Grant,
    GrantRollup,
    ImportRun,
    Label,
    QueueItem,
    SprintDecision,
    SprintGrant,
    Suggestion,
)
from annotation.services.answers import FacetAnswer
from annotation.services.coverage_nights import count_due
from annotation.services.decisions import submit_annotation, withdraw_last
from annotation.services.import_grants import import_grants
from annotation.services.merge_categories import merge_category
from annotation.services.queue import claim_next_grant
from annotation.services.rollup_check import put_right
from annotation.services.rollups import recount
from annotation.services.sprints import Candidate, decide, fill_sprint, start_sprint, take_sprint
from annotation.services.suggestions import replace_suggestions
from annotation.services.undo_import import undo_import
from tests.annotation.rollups_by_hand import assert_right
from tests.annotation.test_concurrency import at_once
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    ModelVersionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def categories():
    facet = FacetFactory()
    top = CategoryFactory(facet=facet)
    return [top, *CategoryFactory.create_batch(3, facet=facet, broader=top)]


def suggest(grants, categories):
    version = ModelVersionFactory()
    replace_suggestions(version, [grant.pk for grant in grants], [
        Suggestion(
            grant=grant, category=category, model_version=version, rank=rank, score=0.7,
            is_ticked=True,
        )
        for grant in grants
        for rank, category in enumerate(categories[:3], 1)
    ])  # fmt: skip


def test_eight_people_who_choose_the_same_categories_lose_no_figure(categories):
    """Two of them may share a grant, and the model reads all of it anew meanwhile."""
    grants = GrantFactory.create_batch(20, queued=True, queued__n_required=2)
    suggest(grants, categories)
    *people, reader = UserFactory.create_batch(9)

    def work(person):
        if person == reader:
            for _ in range(3):
                suggest(grants[::-1], categories)
            return
        for _ in range(3):
            claim = claim_next_grant(person)
            codes = [s["category"] for s in claim.shown]
            said = FacetAnswer(
                "labelled", tuple(codes[:2]), tuple(codes[2:]), (categories[3].code,)
            )
            key = str(uuid.uuid4())
            submit_annotation(person, claim.token, {"subject": said}, idempotency_key=key)
        with suppress(NothingToUndo):  # another person may have taken the grant up by now
            withdraw_last(person)

    assert at_once(work, [*people, reader]) == [None] * 9
    assert Decision.objects.count() == 8 * 3 * 4
    assert_right()
    assert not put_right()


def test_those_who_are_the_first_to_count_a_grant_count_it_once(categories):
    """There is no row to be locked yet."""
    grants = GrantFactory.create_batch(2)
    start_sprint(AdministratorFactory(), categories[1])
    sprint = take_sprint()
    fill_sprint(sprint, [Candidate(grant.pk, "random", 0.1, []) for grant in grants], None)
    asked = list(SprintGrant.objects.select_related("sprint", "grant"))
    assert not GrantRollup.objects.exists()

    def say_yes(person):
        for one in asked:
            decide(person, one, "yes")

    at_once(say_yes, UserFactory.create_batch(4))
    assert SprintDecision.objects.count() == 8
    assert CategoryRollup.objects.get(category=categories[1]).examples == 2
    assert CategoryRollup.objects.get(category=categories[0]).with_below == 2
    assert_right()


def test_a_rebuild_amid_the_work_takes_nothing_from_it(categories):
    suggest(GrantFactory.create_batch(10, queued=True), categories)
    GrantRollup.objects.update(pending=[])
    *people, rebuilder = UserFactory.create_batch(6)

    def work(person):
        if person == rebuilder:
            put_right()
            return
        for _ in range(2):
            claim = claim_next_grant(person)
            said = FacetAnswer("labelled", (claim.shown[0]["category"],))
            key = str(uuid.uuid4())
            submit_annotation(person, claim.token, {"subject": said}, idempotency_key=key)

    at_once(work, [*people, rebuilder])
    assert not QueueItem.objects.open().exists()
    put_right()
    assert_right()


def test_an_undone_import_waits_for_all_its_grants_before_any_figure(categories, tmp_path, caplog):
    """Its grants have doubles, whose flags change; who holds a double counts it meanwhile.

    The other way round the two would wait for one another, and one of them be tried again.
    """
    caplog.set_level("INFO")
    first, second = categories[1:3]
    path = tmp_path / "grants.csv"
    for reference, code in (("G-1", first.code), ("G-2", second.code)):
        path.write_text(f"reference,title,description,categories\n{reference},Tea,For all,{code}\n")
        import_grants(path)
    double = Grant.objects.get(reference="G-1")
    run = ImportRun.objects.order_by("pk").last()
    held = Event()

    def hold_and_count(_):
        with transaction.atomic():
            Grant.objects.select_for_update(no_key=True).get(pk=double.pk)
            held.set()
            time.sleep(0.5)  # the other one has come to its locks by then; if not, no harm
            Label.objects.create(grant=double, category=second, source="adjudicated")
            recount([double.pk])

    def undo(boss):
        held.wait()
        undo_import(run, boss)

    def work(person):
        return (undo if person == boss else hold_and_count)(person)

    boss = AdministratorFactory()
    assert at_once(work, [boss, UserFactory()]) == [None, None]
    assert "deadlock" not in caplog.text
    assert list(Grant.objects.values_list("reference", flat=True)) == ["G-1"]
    assert_right()


def test_categories_are_merged_amid_the_work_and_a_count_makes_all_right(categories, caplog):
    caplog.set_level("INFO")
    suggest(GrantFactory.create_batch(16, queued=True), categories)
    boss = AdministratorFactory()
    *people, counter = UserFactory.create_batch(5)

    def work(person):
        if person == boss:
            merge_category(categories[1], categories[2], boss)
        elif person == counter:
            count_due(lambda go_on: {})
        else:
            for _ in range(3):
                claim = claim_next_grant(person)
                said = FacetAnswer("labelled", (claim.shown[1]["category"],))
                key = str(uuid.uuid4())
                submit_annotation(person, claim.token, {"subject": said}, idempotency_key=key)

    at_once(work, [boss, *people, counter])
    assert "deadlock" not in caplog.text
    count_due(lambda go_on: {})
    assert_right()
    assert not put_right()
