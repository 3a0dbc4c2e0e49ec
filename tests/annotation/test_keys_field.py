"""Keys of a row are a list in Python, four bytes each in the database, and read of many rows."""

import pytest
from django.core import serializers
from django.db import IntegrityError, transaction

from annotation.models import Grant, GrantRollup
from annotation.models.keys_field import packed, unpacked
from annotation.reports.coverage_of_grants import figures_of
from annotation.services.insert_rows import insert_rows
from tests.factories import GrantFactory

pytestmark = pytest.mark.django_db
# A byte of nothing in any place, a line's end, a tab, a backslash, the largest there can be.
KEYS = [1, 0, 256, 9, 10, 13, 92, 65_536, 16_777_216, 2**31, 2**32 - 1]


@pytest.fixture(params=["save", "bulk_create", "insert_rows", "update"])
def kept(request):
    """A row with the keys, written in each of the ways that there are."""
    grant = GrantFactory()
    row = GrantRollup(grant=grant, examples=KEYS, is_labelled=True)
    if request.param == "save":
        row.save()
    elif request.param == "bulk_create":
        GrantRollup.objects.bulk_create([row])
    elif request.param == "insert_rows":
        insert_rows(GrantRollup(is_labelled=True), ("grant_id", "examples"), [(grant.pk, KEYS)])
    else:
        GrantRollup.objects.create(grant=grant)
        GrantRollup.objects.update(examples=KEYS, is_labelled=True)
    return GrantRollup.objects.get()


def test_they_come_back_however_they_were_written(kept):
    assert kept.examples == KEYS
    assert (kept.above, kept.pending) == ([], [])
    assert GrantRollup.objects.filter(examples=KEYS).exists()


def test_those_of_all_rows_are_counted_as_one_value():
    for keys in (KEYS, KEYS[:3], []):
        GrantRollup.objects.create(grant=GrantFactory(), examples=keys, is_labelled=bool(keys))
    found = figures_of(Grant.objects.all(), {})
    assert found.examples == {key: 1 + (key in KEYS[:3]) for key in KEYS}
    assert (found.n_labelled, found.n_grants) == (2, 3)


def test_a_backup_as_text_brings_them_back(kept):
    text = serializers.serialize("json", [kept])
    GrantRollup.objects.all().delete()
    for read in serializers.deserialize("json", text):
        read.save()
    assert GrantRollup.objects.get().examples == KEYS


@pytest.mark.parametrize("key", [-1, 2**32])
def test_a_key_that_has_no_room_is_refused_before_anything_is_stored(key):
    with pytest.raises(OverflowError):
        packed([1, key])


def test_a_row_is_never_without_its_lists():
    with pytest.raises(IntegrityError), transaction.atomic():
        GrantRollup.objects.create(grant=GrantFactory(), above=None)


def test_what_is_packed_row_by_row_is_unpacked_at_once():
    assert unpacked(packed([7, 8]) + packed([]) + packed([9])).tolist() == [7, 8, 9]
