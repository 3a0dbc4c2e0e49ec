"""New texts are held against all others, each once, and the nearest are kept."""

import pytest

from annotation.models import Grant, Lease, TextPair
from annotation.services import leases
from annotation.services.look_alikes import keep_look_alikes, look_alikes_wait
from classifier import look_alikes as finding
from classifier import tasks
from classifier.look_alikes import LEASE, find_look_alikes
from tests.factories import GrantFactory, ImportRunFactory

pytestmark = pytest.mark.django_db
TEXT = "New heaters chairs lamps and tables for the hall of the {} choir"


def grant(text, key):
    return GrantFactory(title=text, description="", text_key=key)


def rows():
    kept = TextPair.objects.values_list("text_key", "other_key", "similarity")
    return {(key, other): round(similarity, 2) for key, other, similarity in kept}


@pytest.fixture
def three():
    """Two that are alike and one that is not."""
    return [grant(TEXT.format("women's"), "a"), grant(TEXT.format("town"), "b"), grant("Bus", "c")]


def test_both_ways_are_kept(three):
    assert find_look_alikes() == 3
    assert rows() == {("a", "b"): 0.82, ("b", "a"): 0.82}
    assert not Grant.objects.not_compared().exists()


def test_the_second_time_there_is_nothing_to_do(three, django_assert_num_queries):
    find_look_alikes()
    before = rows()
    with django_assert_num_queries(1):
        assert find_look_alikes() == 0
    assert rows() == before


def test_a_new_text_is_compared_with_those_of_before(three):
    find_look_alikes()
    grant(TEXT.format("children's"), "d")
    assert find_look_alikes() == 1
    assert rows().keys() == {(x, y) for x in "abd" for y in "abd" if x != y}


def test_a_double_of_a_compared_text_is_settled_without_rows(three):
    find_look_alikes()
    grant("Bus", "c")
    assert find_look_alikes() == 0
    assert not Grant.objects.not_compared().exists()
    assert len(rows()) == 2


def test_at_most_five_are_kept_and_the_nearest_stay(monkeypatch):
    for n in range(7):
        grant(TEXT.format(f"number{n}"), f"k{n}")
    find_look_alikes()
    for n in range(7):
        assert TextPair.objects.filter(text_key=f"k{n}").count() == 5
    keep_look_alikes({"k0": [("best", 0.99), ("worst", 0.1)]})
    kept = TextPair.objects.filter(text_key="k0").values_list("other_key", flat=True)
    assert len(kept) == 5
    assert "best" in kept and "worst" not in kept


def test_a_text_that_no_grant_has_any_more_is_forgotten(three):
    find_look_alikes()
    three[1].delete()
    grant("Something new altogether", "d")
    find_look_alikes()
    assert rows() == {}


def test_a_run_that_was_killed_is_taken_up_again(three, monkeypatch):
    monkeypatch.setattr(finding, "WRITTEN_AT_ONCE", 1)
    real, calls = finding.keep_look_alikes, []

    def dies(found, compared=()):
        calls.append(compared)
        if len(calls) == 2:
            raise MemoryError
        real(found, compared)

    monkeypatch.setattr(finding, "keep_look_alikes", dies)
    with pytest.raises(MemoryError):
        find_look_alikes()
    assert Grant.objects.not_compared().count() == 2
    assert not Lease.objects.exists()
    monkeypatch.setattr(finding, "keep_look_alikes", real)
    assert find_look_alikes() == 2
    assert rows() == {("a", "b"): 0.82, ("b", "a"): 0.82}


def test_a_second_worker_leaves_the_first_alone(three):
    assert leases.take(LEASE)
    assert find_look_alikes() == 0
    assert rows() == {}


def test_a_worker_that_lost_its_turn_stops(three, monkeypatch):
    monkeypatch.setattr(leases, "keep", lambda name, holder: False)
    assert find_look_alikes() == 0
    assert Grant.objects.not_compared().count() == 3


def test_doubles_of_an_import_that_was_stopped_are_flagged(three):
    grant("Bus", "c")
    find_look_alikes()
    assert Grant.objects.filter(text_key="c").first().quality_flags == ["duplicate"]


def test_the_tick_waits_for_an_import_under_way(three):
    assert look_alikes_wait()
    run = ImportRunFactory(state="importing", upload_size=1)
    assert not look_alikes_wait()
    run.state = "done"
    run.save()
    assert look_alikes_wait()
    find_look_alikes()
    assert not tasks.find_look_alikes()


def test_texts_without_words_never_wait():
    GrantFactory(title="?", description="", text_key="")
    assert find_look_alikes() == 0
    assert not look_alikes_wait()
