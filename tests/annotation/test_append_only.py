"""What was decided and done never changes: the database itself refuses."""

import importlib

import pytest
from django.db import IntegrityError, connection, transaction

from annotation.models import Annotation, AuditEvent, Decision, ErasurePermit, Outcome
from annotation.services.audit import record
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant
from tests.factories import CategoryFactory, SuggestionFactory, UserFactory

LATER = ["0012_guidelines_adjudications_and_sprints", "0031_plants"]
pytestmark = pytest.mark.django_db(transaction=True)
MODELS = [Annotation, Outcome, Decision, AuditEvent]
TABLES = importlib.import_module("annotation.migrations.0002_append_only").TABLES
FIELDS = {Annotation: "seconds", Outcome: "facet_id", Decision: "category_id", AuditEvent: "action"}


@pytest.fixture(autouse=True)
def one_row_of_each():
    suggestion = SuggestionFactory()
    CategoryFactory(facet=suggestion.category.facet)
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    answers = {"subject": FacetAnswer("none_fits", rejected=(suggestion.category.code,))}
    submit_annotation(annotator, claim.token, answers, idempotency_key="key")
    record(annotator, "tried something", suggestion.grant)


def test_every_model_of_the_log_is_guarded():
    assert [model._meta.db_table for model in MODELS] == TABLES


@pytest.mark.parametrize("model", MODELS)
def test_the_orm_cannot_change_or_delete_it(model):
    row = model.objects.get()
    with pytest.raises(IntegrityError, match="append-only"):
        row.save()
    with pytest.raises(IntegrityError, match="append-only"):
        model.objects.update(**{FIELDS[model]: getattr(row, FIELDS[model])})
    with pytest.raises(IntegrityError, match="append-only"):
        row.delete()
    assert model.objects.values().get() == model.objects.filter(pk=row.pk).values().get()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_raw_sql_cannot_change_or_delete_it(model, sql):
    before = list(model.objects.values())
    table = model._meta.db_table
    with (
        pytest.raises(IntegrityError, match=f"{table} is append-only"),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(table))
    assert list(model.objects.values()) == before


def test_bulk_writes_cannot_change_it():
    decision = Decision.objects.get()
    decision.verdict = "accepted"
    with pytest.raises(IntegrityError):
        Decision.objects.bulk_update([decision], ["verdict"])
    with pytest.raises(IntegrityError):
        Decision.objects.bulk_create(
            [decision],
            update_conflicts=True,
            update_fields=["verdict"],
            unique_fields=["annotation", "category"],
        )
    assert Decision.objects.get().verdict == "rejected"


def test_it_grows():
    record(None, "tried another thing")
    assert AuditEvent.objects.count() == 2


def test_deletes_pass_while_a_permit_is_held_and_no_longer():
    with transaction.atomic():
        permit = ErasurePermit.objects.create(reason="test")
        Decision.objects.all().delete()
        Outcome.objects.all().delete()
        permit.delete()
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Annotation.objects.all().delete()
    assert (Decision.objects.count(), Outcome.objects.count(), Annotation.objects.count()) == (
        0,
        0,
        1,
    )


def test_a_permit_opens_deletes_and_never_changes():
    with transaction.atomic():
        permit = ErasurePermit.objects.create(reason="test")
        for model in MODELS:
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                model.objects.update(**{FIELDS[model]: 1})
        permit.delete()


def test_a_failed_erasure_leaves_everything_and_no_permit():
    with transaction.atomic():
        ErasurePermit.objects.create(reason="test")
        Decision.objects.all().delete()
        transaction.set_rollback(True)
    assert Decision.objects.count() == 1
    assert not ErasurePermit.objects.exists()


def test_the_log_cannot_be_emptied_by_deleting_what_it_hangs_on():
    annotation = Annotation.objects.get()
    for row in (annotation.grant, annotation.annotator, annotation.model_version):
        with pytest.raises(IntegrityError):
            row.delete()
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_the_migration_can_be_taken_back(vendor):
    append_only = importlib.import_module("annotation.migrations.0002_append_only")
    made, dropped = append_only.statements(vendor), append_only.statements_to_drop(vendor)
    assert len(made) == len(dropped)
    if connection.vendor == vendor:
        with transaction.atomic(), connection.cursor() as cursor:
            # Later tables lean on the same function, so their triggers go first and come last.
            later = [
                table
                for name in LATER
                for table in importlib.import_module(f"annotation.migrations.{name}").TABLES
            ]
            for sql in append_only.triggers_to_drop(vendor, later):
                cursor.execute(sql)
            for sql in [*dropped, *made, *append_only.triggers(vendor, later)]:
                cursor.execute(sql)
        with pytest.raises(IntegrityError, match="append-only"):
            Outcome.objects.update(value="labelled")
