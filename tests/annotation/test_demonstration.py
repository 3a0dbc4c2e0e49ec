"""The demonstration: what a new site starts with, and how it goes without a trace."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from annotation.errors import DemonstrationGone, NotAllowed
from annotation.models import (
    Annotation,
    AuditEvent,
    Category,
    CoverageNight,
    Decision,
    ErasurePermit,
    Facet,
    Grant,
    ImportRun,
    Label,
    ModelVersion,
    Outcome,
    Plant,
    PlantReply,
    QueueItem,
    Skip,
    Suggestion,
    Taxonomy,
    TaxonomyRelease,
    User,
)
from annotation.services.decisions import FacetAnswer, submit_annotation, withdraw_last
from annotation.services.demonstration import (
    demonstration_counts,
    load_demonstration,
    remove_demonstration,
)
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.plants import withdraw
from annotation.services.queue import claim_next_grant
from annotation.services.skips import skip_grant
from tests.annotation import planted
from tests.factories import (
    AdministratorFactory,
    GrantFactory,
    SuggestionFactory,
    TaxonomyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
SUBJECT = {"Subject": FacetAnswer("labelled", added=("SB02",))}


@pytest.fixture
def loaded():
    load_demonstration()


@pytest.fixture
def administrator():
    return AdministratorFactory()


def work(annotator, answers=SUBJECT):
    token = claim_next_grant(annotator).token
    key = str(token)
    return submit_annotation(annotator, token, answers, idempotency_key=key).annotation


def test_two_thirds_of_its_grants_are_labelled_and_the_others_wait(loaded):
    assert (Category.objects.count(), Grant.objects.count()) == (210, 389)
    assert Label.objects.values("grant").distinct().count() == 259
    assert QueueItem.objects.count() == 130
    assert set(ImportRun.objects.values_list("rows_faulty", flat=True)) == {0}
    assert demonstration_counts() == {
        "categories": 210,
        "grants": 389,
        "annotations": 0,
        "model versions": 2,
    }


def test_it_asks_for_a_first_training(loaded):
    assert ModelVersion.objects.waiting().count() == 1
    assert ModelVersion.objects.active().is_lexical


def test_loading_twice_does_nothing(loaded):
    assert load_demonstration() is False
    assert Grant.objects.count() == 389


@pytest.mark.parametrize("own", [TaxonomyFactory, GrantFactory])
def test_it_is_not_loaded_beside_what_a_site_holds(own):
    own()
    assert load_demonstration() is False
    assert Category.objects.count() == 0


def test_an_annotator_may_not_remove_it(loaded):
    with pytest.raises(NotAllowed):
        remove_demonstration(UserFactory())
    assert Grant.objects.count() == 389


def test_removal_leaves_nothing_of_it(loaded, administrator):
    annotator = UserFactory()
    for _ in range(3):
        work(annotator)
    withdraw_last(annotator)
    work(annotator, {})
    skip_grant(annotator, claim_next_grant(annotator).token, "other")
    claim_next_grant(annotator)
    version = ModelVersion.objects.active()
    SuggestionFactory(
        grant=Grant.objects.first(), category=Category.objects.first(), model_version=version
    )
    CoverageNight.objects.create(for_date=date(2026, 3, 14), counted_at=timezone.now())
    remove_demonstration(administrator)
    for model in (
        Taxonomy, TaxonomyRelease, Facet, Category, Grant, Label, ImportRun, QueueItem, Skip,
        ModelVersion, Suggestion, Annotation, Outcome, Decision, ErasurePermit,
        CoverageNight,
    ):  # fmt: skip
        assert not model.objects.exists(), model
    assert User.objects.count() == 2


def test_removal_takes_the_plants_of_its_categories(loaded, administrator):
    taken, refused = Category.objects.filter(level=2)[:2]
    categories = {category.code: category for category in (taken, refused)}
    others = UserFactory.create_batch(2)
    adjudication = planted.settle(categories, administrator, others, [taken.code], [refused.code])
    planted.decided(others[0], adjudication, ["accepted"])
    withdraw(PlantReply.objects.get(), "key")
    remove_demonstration(administrator)
    assert not Plant.objects.exists()
    assert not PlantReply.objects.exists()


def test_removal_tells_and_logs_what_it_deleted(loaded, administrator):
    work(UserFactory())
    counts = remove_demonstration(administrator)
    assert counts == {"categories": 210, "grants": 389, "annotations": 1, "model versions": 2}
    event = AuditEvent.objects.first()
    assert (event.action, event.actor, event.details) == (
        "demonstration removed",
        administrator,
        counts,
    )
    assert AuditEvent.objects.filter(action="training requested").exists()


def test_a_second_removal_says_that_it_is_gone(loaded, administrator):
    remove_demonstration(administrator)
    with pytest.raises(DemonstrationGone, match="has been removed already"):
        remove_demonstration(administrator)
    assert demonstration_counts() is None


def test_grants_of_one_s_own_stay_and_wait_again(loaded, administrator):
    annotator = UserFactory()
    QueueItem.objects.all().delete()
    own, held = GrantFactory.create_batch(2, queued=True)
    work(annotator)
    claim_next_grant(annotator)
    Grant.objects.filter(pk=own.pk).update(scored_by=ModelVersion.objects.active())
    remove_demonstration(administrator)
    assert set(Grant.objects.all()) == {own, held}
    own.refresh_from_db()
    assert own.scored_by is None
    state = QueueItem.objects.values_list("is_open", "n_done", "claim", "claimed_by", "shown")
    assert set(map(str, state)) == {"(True, 0, None, None, [])"}
    assert not Annotation.objects.exists()


def test_a_labelled_grant_of_one_s_own_waits_once_its_labels_are_gone(loaded, administrator):
    grant = GrantFactory()
    Label.objects.create(grant=grant, category=Category.objects.first(), source="applicant")
    remove_demonstration(administrator)
    assert not Label.objects.exists()
    assert QueueItem.objects.get().grant == grant


def test_a_skip_of_one_s_own_grant_stays(loaded, administrator):
    grant = GrantFactory()
    Skip.objects.create(grant=grant, annotator=UserFactory(), reason="other")
    remove_demonstration(administrator)
    assert Skip.objects.get().grant == grant


def test_afterwards_the_log_is_closed_again(loaded, administrator):
    remove_demonstration(administrator)
    with pytest.raises(IntegrityError, match="append-only"):
        AuditEvent.objects.all().delete()


def test_afterwards_an_own_taxonomy_can_be_imported(loaded, administrator, tmp_path):
    remove_demonstration(administrator)
    path = tmp_path / "own.csv"
    path.write_text("facet,code,label\nSubject,SB01,Mine\n")
    import_taxonomy(path)
    assert not Taxonomy.objects.current().is_demonstration


def command(name, **options):
    out = io.StringIO()
    call_command(name, stdout=out, **options)
    return out.getvalue()


def test_the_commands_load_and_remove_it(administrator):
    assert command("load_demonstration") == "The demonstration is loaded.\n"
    assert command("load_demonstration") == "The site is not empty: nothing loaded.\n"
    said = command("remove_demonstration", user=administrator.username, yes=True)
    assert said == "Deleted 210 categories, 389 grants, 0 annotations, 2 model versions.\n"
    with pytest.raises(CommandError, match="removed already"):
        command("remove_demonstration", user=administrator.username)


def test_the_command_asks_first_and_knows_who_may(loaded, administrator, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda question: "no")
    with pytest.raises(CommandError, match="Nothing was deleted"):
        command("remove_demonstration", user=administrator.username)
    with pytest.raises(CommandError, match="Only administrators"):
        command("remove_demonstration", user=UserFactory().username, yes=True)
    with pytest.raises(CommandError, match="There is no active user 'nobody'"):
        command("remove_demonstration", user="nobody", yes=True)
    assert Grant.objects.count() == 389
