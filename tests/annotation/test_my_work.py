"""My work: counts by local day, one's annotations page by page, and an old one changed."""

import pytest
from django.test import Client

from annotation.models import Annotation
from annotation.reports.my_work import last_days, my_annotations
from annotation.services.answers import FacetAnswer
from annotation.services.decisions import submit_annotation, withdraw_last
from annotation.services.queue import claim_next_grant
from tests.factories import CategoryFactory, GrantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return CategoryFactory(code="SPORT", label="Sport")


@pytest.fixture
def ada():
    return UserFactory(username="ada")


def annotate(person, n=1, seconds=30):
    """Each grant gets the category SPORT; returns the annotations."""
    done = []
    for _ in range(n):
        GrantFactory(queued=True)
        claim = claim_next_grant(person)
        answers = {"subject": FacetAnswer("labelled", added=("SPORT",))}
        submission = submit_annotation(
            person, claim.token, answers, idempotency_key=str(claim.token), seconds=seconds
        )
        done.append(submission.annotation)
    return done


def test_days_count_what_stands_and_their_active_time(category, ada):
    annotate(ada, 3, seconds=40)
    withdraw_last(ada)
    annotate(UserFactory(), 2)
    today = last_days(ada)[0]
    assert (today.n_done, today.seconds, today.per_hour) == (2, 80, 90)
    assert len(last_days(ada)) == 7
    assert not any(day.n_done for day in last_days(ada)[1:])


def test_annotations_come_newest_first_with_their_state(category, ada):
    first, second, third = annotate(ada, 3)
    withdraw_last(ada, f"annotation-{second.pk}")
    rows = my_annotations(ada).rows
    assert [row.annotation for row in rows] == [third, second, first]
    assert [row.state for row in rows] == ["stands", "withdrawn", "stands"]
    assert [row.may_change for row in rows] == [True, False, True]
    assert [c.code for c in rows[0].chosen] == ["SPORT"]


def test_pages_lead_back_and_forth(category, ada):
    done = annotate(ada, 30)
    first = my_annotations(ada)
    assert (len(first.rows), first.newer) == (25, None)
    second = my_annotations(ada, before=first.older)
    assert [row.annotation for row in second.rows] == done[4::-1]
    assert second.older is None
    back = my_annotations(ada, after=second.newer)
    assert [r.annotation for r in back.rows] == [r.annotation for r in first.rows]
    assert my_annotations(ada, before=1).rows == []


def test_one_older_than_the_last_fifty_may_be_changed(category, ada):
    old = annotate(ada)[0]
    annotate(ada, 52)
    reopened = withdraw_last(ada, f"annotation-{old.pk}")
    assert reopened.claim.grant == old.grant
    assert reopened.answers["subject"].added == ("SPORT",)
    submit_annotation(ada, reopened.claim.token, {}, idempotency_key="again")
    chain = Annotation.objects.filter(grant=old.grant).order_by("pk")
    assert [a.is_withdrawal for a in chain] == [False, True, False]


def test_another_persons_annotation_is_not_ones_own_to_change(category, ada):
    theirs = annotate(UserFactory())[0]
    with pytest.raises(Exception, match="taken back already"):
        withdraw_last(ada, f"annotation-{theirs.pk}")
    assert my_annotations(ada).rows == []


def test_the_page_costs_the_same_for_much_work(category, ada, django_assert_max_num_queries):
    annotate(ada, 30)
    client = Client()
    client.force_login(ada)
    client.get("/my-work/")
    with django_assert_max_num_queries(16):
        page = client.get("/my-work/")
    assert b"30 <small>of" in page.content


@pytest.mark.parametrize("query", ["before=x", "after=-1", f"before={'9' * 30}", "before=0"])
def test_a_senseless_place_is_no_fault(category, ada, query):
    client = Client()
    client.force_login(ada)
    assert client.get(f"/my-work/?{query}").status_code == 200


def test_whoever_has_done_nothing_is_told_where_to_begin(ada):
    client = Client()
    client.force_login(ada)
    assert b"Open the first grant" in client.get("/my-work/").content
