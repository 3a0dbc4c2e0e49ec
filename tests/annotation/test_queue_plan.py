"""By how many people a grant is answered, and with or without suggestions."""

import pytest

from annotation.models import QueueItem, Skip
from annotation.models.grants import lot
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant, release_claim
from annotation.services.queue_plan import follow_shares, new_queue_item
from annotation.services.skips import skip_grant
from tests.factories import FacetFactory, GrantFactory, UserFactory, decide

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facet():
    return FacetFactory()


def import_grants(n, site, **facts):
    items = [new_queue_item(grant, site) for grant in GrantFactory.create_batch(n, **facts)]
    return QueueItem.objects.bulk_create(items)


def answer(annotator):
    claim = claim_next_grant(annotator)
    if claim:
        said = {"subject": FacetAnswer("none_fits")}
        key = f"{claim.grant.pk}-{annotator.pk}"
        submit_annotation(annotator, claim.token, said, idempotency_key=key)
    return claim and claim.grant


def test_one_person_and_one_blind_control_in_twenty_are_the_default():
    import_grants(200, decide(audit_share=0.01))
    assert set(QueueItem.objects.values_list("n_required", flat=True)) == {1}
    assert 2 <= QueueItem.objects.filter(is_blind=True, stream="new").count() <= 22


def test_without_a_share_no_grant_of_the_pool_is_blind():
    import_grants(100, decide(blind_share=0.0))
    assert set(QueueItem.objects.values_list("stream", "is_blind")) == {("new", False)}


def test_a_share_of_imported_grants_asks_for_a_second_annotator():
    import_grants(200, decide(second_share=0.3))
    assert 35 <= QueueItem.objects.filter(n_required=2).count() <= 85


def test_a_share_of_the_pool_is_shown_blind_and_the_audit_stream_always():
    site = decide(blind_share=0.3)
    import_grants(200, site)
    assert 35 <= QueueItem.objects.filter(is_blind=True, stream="new").count() <= 85
    import_grants(20, site, stream="audit")
    assert QueueItem.objects.filter(is_blind=True, stream="audit").count() == 20


def test_two_different_people_answer_such_a_grant_and_then_it_is_done():
    import_grants(1, decide(second_share=1.0))
    ada, grace, joan = UserFactory.create_batch(3)
    grant = answer(ada)
    assert answer(ada) is None
    assert answer(grace) == grant
    assert answer(joan) is None
    assert not QueueItem.objects.get().is_open


def test_as_many_people_answer_such_a_grant_as_are_set():
    import_grants(2, decide(second_share=1.0, required_annotations=3))
    people = UserFactory.create_batch(4)
    given = [answer(person) for person in people[:3]]
    assert len(set(given)) == 1
    item = QueueItem.objects.get(grant=given[0])
    assert (item.n_required, item.n_done, item.is_open) == (3, 3, False)
    # The other one, which nobody has begun, follows; what is done stays as it was.
    assert follow_shares(decide(required_annotations=2)) == 1
    assert answer(people[3]) != given[0]
    assert QueueItem.objects.get(grant=given[0]).n_required == 3


def test_waiting_grants_follow_a_new_share():
    import_grants(100, decide())
    site = decide(second_share=1.0, blind_share=0.5)
    n_blind = sum(lot(i.grant.reference, "blind") < 0.5 for i in QueueItem.objects.all())
    assert follow_shares(site) == 100
    assert QueueItem.objects.filter(n_required=2).count() == 100
    assert QueueItem.objects.filter(is_blind=True).count() == n_blind
    assert follow_shares(site) == 0
    follow_shares(decide(second_share=0.0, blind_share=0.0))
    assert set(QueueItem.objects.values_list("n_required", "is_blind")) == {(1, False)}


def test_whoever_has_begun_a_grant_goes_on_under_the_old_plan():
    import_grants(3, decide(second_share=1.0))
    ada, grace = UserFactory.create_batch(2)
    answered = answer(ada)
    held = claim_next_grant(grace).grant
    follow_shares(decide(second_share=0.0, blind_share=0.5))
    for grant in (answered, held):
        assert QueueItem.objects.get(grant=grant).n_required == 2
        assert not QueueItem.objects.get(grant=grant).is_blind


def test_a_claim_that_ran_out_is_still_somebody_s_and_a_grant_given_back_is_not():
    import_grants(2, decide())
    ada = UserFactory()
    first = claim_next_grant(ada)
    second = claim_next_grant(ada, besides=[first.token])
    release_claim(ada, second.token)
    QueueItem.objects.filter(grant=first.grant).update(claimed_until="2020-01-01T00:00Z")
    assert follow_shares(decide(second_share=1.0)) == 1
    assert QueueItem.objects.get(grant=first.grant).n_required == 1


def test_whoever_has_skipped_a_grant_has_seen_its_suggestions():
    import_grants(1, decide(blind_share=0.0))
    ada = UserFactory()
    skip_grant(ada, claim_next_grant(ada).token, Skip.Reason.PARKED)
    assert follow_shares(decide(second_share=1.0, blind_share=0.5)) == 0
    item = QueueItem.objects.get()
    assert (item.is_blind, item.n_required) == (False, 1)


def test_the_audit_stream_stays_blind_whatever_the_share():
    import_grants(5, decide(), stream="audit")
    follow_shares(decide(blind_share=0.0))
    assert QueueItem.objects.filter(is_blind=True).count() == 5


def test_more_grants_than_a_batch_follow_too():
    import_grants(520, decide())
    assert follow_shares(decide(second_share=1.0)) == 520
