"""What a test that commits leaves behind is gone before the next, the guarded tables' rows too."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from annotation.models import Annotation, AuditEvent, Decision, User
from annotation.services.audit import record
from annotation.services.decisions import submit_annotation
from annotation.services.queue import claim_next_grant
from tests.emptying import KEPT, emptied, empty_tables, filled
from tests.factories import SuggestionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_table_is_empty_afterwards_but_those_that_migrate_fills():
    suggestion, annotator = SuggestionFactory(grant__queued=True), UserFactory()
    claim = claim_next_grant(annotator)
    submit_annotation(annotator, claim.token, {}, idempotency_key="key")
    record(annotator, "tried something", suggestion.grant)
    assert Annotation.objects.exists() and Decision.objects.exists() and AuditEvent.objects.exists()

    empty_tables()

    with connection.cursor() as cursor:
        tables = emptied(cursor)
        assert User._meta.db_table in tables
        assert filled(cursor, tables) == []
        assert set(filled(cursor, KEPT)) == KEPT
    assert ContentType.objects.get_for_model(User)
