"""Exports of any size: constant memory, a bounded number of queries, one state of the database."""

import threading
import tracemalloc

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Category, Grant, Label, Suggestion
from annotation.services.exports import ExportOrder, start_export
from tests.annotation import random_site
from tests.factories import GrantFactory, LabelFactory, UserFactory

BATCH = 10
ORDERS = [
    ExportOrder("grants", "csv", threshold=0.1),
    ExportOrder("grants", "xlsx"),
    ExportOrder("grants", "jsonl"),
    ExportOrder("left-out", "csv"),
]


@pytest.fixture
def small_batches(monkeypatch):
    for module in ("grant_lines", "annotation_lines"):
        monkeypatch.setattr(f"annotation.reports.{module}.BATCH", BATCH)


def queries(order):
    with CaptureQueriesContext(
        connection,
    ) as found:
        for _ in start_export(order).pieces:
            pass
    return len(found)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("order", "a_batch"),
    [
        (ExportOrder("grants", "csv"), 6),
        (ExportOrder("grants", "csv", threshold=0.1), 7),
        (ExportOrder("decisions", "jsonl"), 3),
    ],
)
def test_a_batch_costs_the_same_number_of_queries_whatever_the_size(
    order, a_batch, small_batches, monkeypatch
):
    random_site.build(1, 48)
    name = "annotation_lines" if order.what == "decisions" else "grant_lines"
    few = queries(order)
    monkeypatch.setattr(f"annotation.reports.{name}.BATCH", 1_000)
    one = queries(order)
    n = start_export(order).n_lines
    assert few - one <= a_batch * (-(-n // BATCH) - 1)
    assert one <= 16


@pytest.mark.django_db
@pytest.mark.parametrize("order", ORDERS, ids=lambda o: f"{o.what}-{o.form}")
def test_the_first_bytes_leave_before_the_last_grants_are_read(order, small_batches, monkeypatch):
    monkeypatch.setattr("annotation.exporters.csv_file.PIECE", 500)
    monkeypatch.setattr("annotation.exporters.xlsx_file.PIECE", 500)
    monkeypatch.setattr("annotation.exporters.json_lines.PIECE", 500)
    GrantFactory.create_batch(5 * BATCH)
    export = start_export(order)
    with CaptureQueriesContext(connection) as found:
        next(export.pieces)
        next(export.pieces)
        read = [q["sql"] for q in found if "LIMIT" in q["sql"] and "annotation_grant" in q["sql"]]
    assert 1 <= len(read) <= 2
    export.pieces.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["jsonl", "360-csv"])
def test_the_file_shows_one_moment_and_no_writer_waits_for_it(form, small_batches, monkeypatch):
    """Without the snapshot the grant written meanwhile would come along."""
    monkeypatch.setattr("annotation.exporters.json_lines.PIECE", 100)
    monkeypatch.setattr("annotation.exporters.csv_file.PIECE", 100)
    whole = {
        "amount_awarded": 5, "currency": "AUD", "award_date": "2024-01-02", "funder_name": "F",
        "recipient_identifier": "R", "funder_identifier": "F",
    }  # fmt: skip
    GrantFactory.create_batch(3 * BATCH, **whole)
    export = start_export(ExportOrder("grants", form, is_raw=True))
    pieces = [next(export.pieces)]
    writer = threading.Thread(target=_write, args=[whole])
    writer.start()
    writer.join(10)
    assert not writer.is_alive()
    pieces += export.pieces
    data = b"".join(pieces)
    assert data.count(b"\n") == 3 * BATCH + (form == "360-csv")
    assert b"LATE" not in data and b"Changed" not in data
    assert Grant.objects.filter(reference="LATE").exists()


def _write(whole):
    try:
        GrantFactory(reference="LATE", **whole)
        Grant.objects.filter(pk=Grant.objects.order_by("pk").last().pk - 1).update(title="Changed")
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_reader_who_goes_away_leaves_the_connection_usable(small_batches, monkeypatch):
    monkeypatch.setattr("annotation.exporters.csv_file.PIECE", 100)
    GrantFactory.create_batch(3 * BATCH)
    export = start_export(ExportOrder("grants", "csv"))
    next(export.pieces)
    export.pieces.close()
    assert UserFactory().pk
    assert len(list(start_export(ExportOrder("grants", "csv")).pieces)) > 3


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_number_of_grants():
    """Twenty times the grants, with labels and suggestions, in the same memory."""
    label = LabelFactory()
    run, category = label.grant.import_run, Category.objects.get()

    def peak(n):
        grants = Grant.objects.bulk_create(
            Grant(reference=f"M-{n}-{k}", title="T" * 500, content_sha256="0", stream="pool",
                  inclusion_probability=0.1, import_run=run)
            for k in range(n)
        )  # fmt: skip
        Label.objects.bulk_create(
            Label(grant=g, category=category, source="imported", import_run=run) for g in grants
        )
        del grants
        tracemalloc.start()
        size = sum(len(piece) for piece in start_export(ExportOrder("grants", "xlsx")).pieces)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, most

    small, large = peak(2_000), peak(12_000)
    assert large[1] < 1.3 * small[1]
    assert Suggestion.objects.count() == 0
