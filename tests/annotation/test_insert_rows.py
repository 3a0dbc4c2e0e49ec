"""Rows written many at once are the rows that the ORM would have written."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from annotation.models import Grant, Label, QueueItem
from annotation.services.insert_rows import insert_rows
from tests.factories import CategoryFactory, GrantFactory, ImportRunFactory

pytestmark = pytest.mark.django_db
NAMES = ("reference", "title", "amount_awarded", "award_date", "quality_flags", "stream")
ROWS = [
    ("G-1", "Bus hire", Decimal("1250.50"), date(2025, 3, 14), ["short", "duplicate"], "pool"),
    ("G-2", "", None, None, [], Grant.Stream.AUDIT),
]
# What PostgreSQL's COPY would take for an empty cell, an end of the file, of a cell, or of a row.
ODD = [
    "\\N", "\\.", "a\\tb", "a\tb", "two\nlines", "a\r\nb", "\\", "'\"`;--", "Māori 🎭", "%s %(a)s",
]  # fmt: skip


def like():
    return Grant(import_run=ImportRunFactory(), inclusion_probability=0.1, currency="AUD")


def stored():
    return [
        {key: value for key, value in row.items() if key not in ("id", "created_at")}
        for row in Grant.objects.order_by("reference").values()
    ]


def test_they_hold_what_bulk_create_writes():
    template = like()
    insert_rows(template, NAMES, ROWS)
    assert all(grant.created_at for grant in Grant.objects.all())
    ours = stored()
    Grant.objects.all().delete()
    of_all = ("import_run", "inclusion_probability", "currency")
    shared = {name: getattr(template, name) for name in of_all}
    Grant.objects.bulk_create(Grant(**shared, **dict(zip(NAMES, row, strict=True))) for row in ROWS)
    assert ours == stored()


@pytest.mark.parametrize("text", ODD)
def test_no_text_is_taken_for_a_sign_of_the_database(text):
    insert_rows(like(), ("reference", "title"), [("G-1", text), (f"ref {text}", "next")])
    assert set(Grant.objects.values_list("reference", "title")) == {
        ("G-1", text), (f"ref {text}", "next"),
    }  # fmt: skip


def test_what_a_list_of_json_holds_comes_back():
    grant = GrantFactory()
    shown = [{"category": "ARTS", "why": 'tab\t, back\\slash and "marks"\n'}]
    insert_rows(QueueItem(shown=shown, reason="x\ty"), ("grant_id",), [(grant.pk,)])
    item = QueueItem.objects.get()
    assert (item.shown, item.reason, item.is_open, item.claim) == (shown, "x\ty", True, None)


def test_what_the_database_refuses_is_refused_as_ever_and_nothing_stays():
    grant, category = GrantFactory(), CategoryFactory()
    keys = [(grant.pk, category.pk), (grant.pk, category.pk)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Label(source="applicant"), ("grant_id", "category_id"), keys)
    assert not Label.objects.exists()


def test_no_rows_are_no_error():
    insert_rows(like(), NAMES, [])
    assert not Grant.objects.exists()
