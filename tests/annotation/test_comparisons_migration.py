"""Going back before comparisons leaves them out, with whatever else the table holds."""

import pytest
from django.core.management import call_command
from django.db import connection

from annotation.models import StoredReport
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def migrate_to():
    """``migrate_to("0027")``; in the end everything is as it was."""
    yield lambda number: call_command("migrate", "annotation", number, verbosity=0)
    call_command("migrate", verbosity=0)


def test_comparisons_that_somebody_asked_for_go_and_the_others_stay(migrate_to):
    boss = AdministratorFactory()
    for question, subject in (("comparison", "1-2"), ("drift", "")):
        StoredReport.objects.create(question=question, subject=subject, requested_by=boss)
    migrate_to("0027")
    with connection.cursor() as cursor:
        cursor.execute("SELECT question FROM annotation_storedreport")
        assert cursor.fetchall() == [("drift",)]
