"""The order of the queue: streams take turns by their shares, and every grant says why it came."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from django.db import connections
from django.utils import timezone
from factory import Sequence

from annotation.models import Annotation, Category, Grant, QueueItem, SiteSettings, StoredReport
from annotation.models.grants import lot
from annotation.services.decisions import FacetAnswer, submit_annotation, withdraw_last
from annotation.services.queue import claim_next_grant
from annotation.services.queue_plan import new_queue_item
from annotation.services.rechecks import plan_rechecks
from classifier import ordering
from classifier.ordering import Known, order_the_queue
from classifier.reasons import Chosen, Reasons
from classifier.waiting import read_waiting
from tests.factories import (
    CategoryFactory,
    GrantFactory,
    ImportRunFactory,
    ModelVersionFactory,
    SuggestionFactory,
    UserFactory,
    decide,
)

pytestmark = pytest.mark.django_db(transaction=True)
NONE_FITS = {"subject": FacetAnswer("none_fits")}
WORDS = (
    "choir", "paint", "oval", "shed", "goat", "surf", "bread", "radio", "moss", "lamp", "kite",
    "drum", "fern", "clay", "sail",
)  # fmt: skip


@pytest.fixture
def camps(db):
    return CategoryFactory(code="CAMPS", label="Camps")


@pytest.fixture
def version(camps):
    return ModelVersionFactory(taxonomy=camps.taxonomy)


def known(**examples):
    categories = list(Category.objects.all())
    return Known(
        examples={c.pk: examples.get(c.code, 0) for c in categories},
        thresholds={c.pk: 0.3 for c in categories},
        labels={c.pk: c.label for c in categories},
    )


def import_grants(n, version, covers, *, audit=0.1):
    """Grants of different texts, read by the version and drawn as an import draws them."""
    site, dice, run = SiteSettings.objects.current(), random.Random(5), ImportRunFactory()
    grants = Grant.objects.bulk_create(
        Grant(
            reference=f"G-{i:05}",
            title=" ".join(dice.sample(WORDS, 5)),
            content_sha256=f"{i:064}",
            stream="audit" if lot(f"G-{i:05}", "audit") < audit else "pool",
            inclusion_probability=audit or 0.1,
            import_run=run,
            scored_by=version,
            top_score=dice.random(),
            amount_awarded=dice.randint(1, 9) * 10_000,
            currency="AUD",
        )
        for i in range(n)
    )
    items = [new_queue_item(grant, site) for grant in grants]
    for item in items:
        item.covers, item.covers_score = covers, dice.random()
    QueueItem.objects.bulk_create(items)
    return grants


def order(version, *, is_whole=True, **examples):
    site = SiteSettings.objects.current()
    assert order_the_queue(version, site, known(**examples), lambda: True, is_whole=is_whole)


def queue():
    """Open items in the order in which they are handed out."""
    return list(QueueItem.objects.open().soonest_first().select_related("grant"))


def draw(annotator, n):
    for _ in range(n):
        claim = claim_next_grant(annotator)
        if claim is None:
            return
        key = str(claim.token)
        submit_annotation(annotator, claim.token, NONE_FITS, idempotency_key=key)


def draw_at_once(annotators, n):
    """Each annotator works through ``n`` grants in a thread of their own."""

    def work(annotator):
        try:
            draw(annotator, n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(annotators)) as threads:
        list(threads.map(work, annotators))


def shares_of(streams):
    counts = Counter(streams)
    return {stream: n / counts.total() for stream, n in counts.items()}


def test_what_eight_annotators_are_served_keeps_the_shares(version, camps):
    decide(
        blind_share=0.0, second_share=0.1, audit_turns=0.1, random_share=0.4,
        coverage_share=0.15, value_share=0.15,
    )  # fmt: skip
    import_grants(700, version, camps)
    order(version)
    draw_at_once(UserFactory.create_batch(8), 45)
    served = shares_of(Annotation.objects.values_list("stream", flat=True))
    overlap = Annotation.objects.filter(stream="overlap").count() / 360
    # An audit grant stays one for its second reader, so those are no part of the second opinions.
    expected = {"audit": 0.1, "random": 0.4, "coverage": 0.15, "value": 0.15}
    expected |= {"least_confident": 0.2}
    for stream, share in expected.items():
        of_turns = share if stream == "audit" else share * (1 - overlap)
        assert served[stream] == pytest.approx(of_turns, abs=0.02), stream
    assert overlap == pytest.approx(0.1 * 0.9 / 1.1, abs=0.03)


def test_the_order_is_kept_from_the_first_turn_on(version, camps):
    decide(blind_share=0.0)
    import_grants(900, version, camps)
    order(version)
    served = [item.stream for item in queue()]
    for n in (50, 100, 200, 400):
        shares = shares_of(served[:n])
        for stream, share in SiteSettings().shares.items():
            assert shares.get(stream, 0) == pytest.approx(share, abs=2 / n), (n, stream)


def test_nobody_is_told_that_nothing_is_left_and_each_grant_has_its_number_of_people(
    version, camps
):
    decide(blind_share=0.2, second_share=0.3, value_share=0.1)
    import_grants(90, version, camps)
    order(version)
    annotators = UserFactory.create_batch(6)
    draw_at_once(annotators, 90)
    draw_at_once(annotators, 90)  # what the last of the others held while one looked
    for item in QueueItem.objects.all():
        people = set(Annotation.objects.filter(grant=item.grant_id).values_list("annotator"))
        assert len(people) == item.n_required == item.n_done
        assert item.grant.annotations.count() == item.n_required


def test_a_stream_that_has_run_out_leaves_its_turns_and_everything_is_served(version, camps):
    decide(random_share=0.9, audit_turns=0.1, coverage_share=0.0, blind_share=0.0)
    import_grants(40, version, camps, audit=0.0)
    order(version)
    assert {item.stream for item in queue()} <= {"random", "least_confident"}
    ada = UserFactory()
    draw(ada, 50)
    assert Annotation.objects.count() == 40
    assert claim_next_grant(ada) is None


def test_random_grants_are_those_of_the_lot_whatever_the_model_says(version, camps):
    import_grants(300, version, camps)
    order(version)
    before = {i.grant_id for i in queue() if i.stream == "random"}
    Grant.objects.filter(pk__in=before).update(top_score=0.999)
    order(version)
    assert {i.grant_id for i in queue() if i.stream == "random"} == before
    assert 0.4 < len(before) / 270 < 0.6


def test_a_lower_share_leaves_the_random_stream_grants_to_serve(version, camps):
    decide(audit_turns=0.0, random_share=0.6, coverage_share=0.0, blind_share=0.0)
    import_grants(200, version, camps, audit=0.0)
    order(version)
    draw(UserFactory(), 100)
    decide(random_share=0.2)
    order(version)
    waits = [item.stream for item in queue()]
    # Of the 40 with the lowest lots about half have been served, as of all that was drawn.
    assert waits.count("random") >= 12
    assert waits[:50].count("random") == pytest.approx(10, abs=1)


def test_a_grant_deleted_meanwhile_breaks_no_reason(version, camps):
    gone = Chosen(grant_id=987654, stream="value", speaks=True, covers=0)
    words = Reasons(known()).of([gone], in_detail=True)
    assert words == ["A large amount: unknown."]


def test_the_audit_stream_keeps_its_order_whatever_the_model_says(version, camps):
    import_grants(300, version, camps, audit=0.3)

    def audit():
        order(version)
        return [i.grant_id for i in queue() if i.stream == "audit"]

    before = audit()
    Grant.objects.filter(pk__in=before[::2]).update(top_score=0.01)
    QueueItem.objects.filter(grant__in=before[::3]).update(covers_score=1.0)
    assert len(before) > 60
    assert audit() == before


def test_every_grant_says_in_words_why_it_came(version, camps):
    decide(random_share=0.1, coverage_share=0.3, value_share=0.3, blind_share=0.0)
    sport = CategoryFactory(label="Community sport")
    grants = import_grants(120, version, camps)
    for grant in grants:
        for category, score in ((camps, 0.29), (sport, 0.31)):
            SuggestionFactory(grant=grant, category=category, model_version=version, score=score)
    order(version)
    words = {}
    for item in queue():
        words.setdefault(item.stream, set()).add(item.reason)
    assert words["coverage"] == {"Few examples of Camps: the text speaks its words."}
    assert words["least_confident"] == {
        "The model is least sure between Camps and Community sport."
    } or words["least_confident"] == {"The model is least sure between Community sport and Camps."}
    assert {reason.removesuffix("0,000.") for reason in words["value"]} <= {
        f"A large amount: ${n}" for n in range(1, 10)
    }
    assert words["random"] == {"Drawn at random, so that the figures stay honest."}
    assert words["audit"] == {"Audit: it measures the model and never trains it."}


def test_large_amounts_come_first_of_their_stream_in_medians_of_their_currency(version, camps):
    decide(random_share=0.1, coverage_share=0.0, value_share=0.5, blind_share=0.0)
    grants = import_grants(200, version, camps)
    for i, grant in enumerate(grants):
        grant.title, grant.top_score = f"plan{i} of{i} nobody{i} else{i}", 0.5
    # Texts that share no word: none gives way to another because they are alike.
    Grant.objects.bulk_update(grants, ["title", "top_score"])
    yen = list(Grant.objects.filter(stream="pool")[:100])
    of_yen = Grant.objects.filter(pk__in=[grant.pk for grant in yen])
    of_yen.update(currency="JPY", amount_awarded=3_000_000)
    order(version)
    first = [i.grant for i in queue() if i.stream == "value"][:10]
    assert {grant.currency for grant in first} == {"AUD"}
    assert all(grant.amount_awarded >= 80_000 for grant in first)


def test_a_category_with_examples_of_its_own_gives_way_to_one_without(version, camps):
    decide(random_share=0.1, coverage_share=0.4, blind_share=0.0)
    sport = CategoryFactory(code="SPORT", label="Sport")
    import_grants(200, version, camps)
    QueueItem.objects.filter(pk__in=[i.pk for i in queue()][::2]).update(covers=sport)
    QueueItem.objects.update(covers_score=0.5)
    order(version, SPORT=9)
    first = [i.covers for i in queue() if i.stream == "coverage"][:40]
    assert set(first) == {camps}


def test_the_first_reader_s_stream_is_what_counts_and_undo_brings_it_back(version, camps):
    decide(blind_share=0.0, second_share=1.0)
    import_grants(20, version, camps, audit=0.0)
    order(version)
    ada = UserFactory()
    first = queue()[0]
    draw(ada, 1)
    waits = QueueItem.objects.get(pk=first.pk)
    assert (waits.stream, waits.reason.split(":")[0]) == ("overlap", "A second opinion")
    withdraw_last(ada)
    assert QueueItem.objects.get(pk=first.pk).stream == first.stream


def test_second_opinions_come_first_where_people_agree_least(version, camps):
    decide(blind_share=0.0, second_share=1.0)
    disputed, sure = CategoryFactory(code="DISPUTED"), CategoryFactory(code="SURE")
    import_grants(30, version, camps, audit=0.0)
    order(version)
    ada = UserFactory()
    said = [disputed.code, sure.code, camps.code, None] * 3
    chosen = {}
    for code in said:
        claim = claim_next_grant(ada)
        answer = FacetAnswer("labelled", added=(code,)) if code else FacetAnswer("none_fits")
        submit_annotation(ada, claim.token, {"subject": answer}, idempotency_key=str(claim.token))
        chosen[claim.grant.pk] = code
    alphas = [(sure, {"value": 0.9}), (disputed, {"value": 0.1}), (camps, {})]  # too few of camps
    rows = [{"category": category.pk, "n": 20, **alpha} for category, alpha in alphas]
    StoredReport.objects.create(
        question="agreement", status="done", ended_at=timezone.now(), body={"categories": rows}
    )
    waiting, site = read_waiting(version), SiteSettings.objects.current()
    # Before the streams take turns, and alike texts are put apart.
    rows = ordering._ranked(waiting, site, known(), np.random.default_rng(1))["overlap"]
    waits = [chosen[grant] for grant in waiting.grant_ids[rows].tolist()]
    assert waits[:6] == [disputed.code] * 3 + [sure.code] * 3
    assert Counter(waits[6:]) == {camps.code: 3, None: 3}


def test_checks_are_opened_blind_for_another_person_and_closed_again(version, camps):
    decide(blind_share=0.0, coverage_share=0.0)
    import_grants(60, version, camps, audit=0.0)
    order(version)
    ada, grace = UserFactory.create_batch(2)
    draw(ada, 30)
    before = {i.pk: (i.stream, i.is_blind) for i in QueueItem.objects.filter(is_open=False)}
    decide(recheck_share=0.2)
    order(version)
    checks = QueueItem.objects.open().filter(stream="recheck")
    assert checks.count() == 6  # 20 % of the 30 that wait
    assert set(checks.values_list("is_blind", "n_required", "n_done", "reason")) == {
        (True, 2, 1, "A check of what was annotated before.")
    }
    draw(grace, 10)
    again = Annotation.objects.filter(annotator=grace, stream="recheck")
    assert again.count() == 2
    assert set(again.values_list("is_blind", flat=True)) == {True}
    decide(recheck_share=0.0)
    order(version)
    assert not checks.exists()
    rest = QueueItem.objects.filter(pk__in=before, n_required=1)
    assert {i.pk: (i.stream, i.is_blind) for i in rest} == {i.pk: before[i.pk] for i in rest}
    assert rest.count() == 28
    assert "A check of what was annotated before." not in rest.values_list("reason", flat=True)


def test_a_check_is_drawn_once_and_by_lot(version, camps):
    decide(blind_share=0.0)
    import_grants(20, version, camps, audit=0.0)
    ada, grace = UserFactory.create_batch(2)
    draw(ada, 20)
    assert plan_rechecks(5) == 5
    assert plan_rechecks(5) == 0
    drawn = sorted(i.grant.reference for i in queue())
    assert drawn == sorted(sorted((f"G-{i:05}" for i in range(20)), key=by_lot)[:5])
    draw(grace, 5)
    assert plan_rechecks(20) == 15
    assert not {i.grant.reference for i in queue()} & set(drawn)


def by_lot(reference):
    return lot(reference, "recheck")


@pytest.mark.parametrize("n_alike", [15, 60])
def test_near_duplicates_do_not_follow_each_other(version, camps, n_alike):
    decide(blind_share=0.0)
    grants = import_grants(200, version, camps)
    for grant in grants[:n_alike]:
        grant.title = f"Summer camps for young carers of the {'high ' * 3} country"
    Grant.objects.bulk_update(grants, ["title"])
    order(version)
    titles = [item.grant.title for item in queue()]
    neighbours = [a == b for a, b in pairwise(titles)]
    assert not any(neighbours[:120])
    streams = [item.stream for item in queue()]
    for i in range(60):
        if streams[i] in {"least_confident", "coverage"}:
            assert titles[i] not in titles[max(0, i - 8) : i]


def test_what_is_open_on_a_screen_keeps_its_place_and_reason(version, camps):
    import_grants(30, version, camps)
    held = claim_next_grant(UserFactory())
    order(version)
    item = QueueItem.objects.get(grant=held.grant)
    assert (item.stream, item.reason) == ("new" if item.stream != "audit" else "audit", "")


def test_five_hundred_grants_more_are_a_batch_of_queries_more(
    version, camps, django_assert_max_num_queries
):
    GrantFactory.create_batch(3, reference=Sequence(lambda n: f"X-{n}"), queued=True)
    with django_assert_max_num_queries(40):
        order(version)
    import_grants(480, version, camps)
    with django_assert_max_num_queries(40):
        order(version)


def test_between_nights_a_new_beginning_comes_before_the_rest(version, camps, monkeypatch):
    monkeypatch.setattr(ordering, "HEAD", 20)
    decide(blind_share=0.0, audit_turns=0.0, coverage_share=0.5)
    sport = CategoryFactory(code="SPORT", label="Sport")
    import_grants(120, version, camps, audit=0.0)
    QueueItem.objects.filter(pk__in=[i.pk for i in queue()][::2]).update(covers=sport)
    order(version)
    before = queue()
    # By now there are examples of the one, and its turns go to the other.
    order(version, is_whole=False, SPORT=50)
    after = queue()
    assert {i.covers for i in after[:20] if i.stream == "coverage"} == {camps}
    assert len([i for i in after if i.priority > 1]) == 20
    beginning = {i.pk for i in after[:20]}
    rest = [i.pk for i in before if i.pk not in beginning]
    assert [i.pk for i in after[20:]] == rest
    order(version, is_whole=False)
    again = queue()
    assert len([i for i in again if i.priority > 1]) == 20
    assert len({i.pk for i in again}) == 120
    order(version)
    assert not [i for i in queue() if i.priority > 1]


def test_second_opinions_that_have_waited_come_among_the_next_few_hundred(version, camps):
    decide(blind_share=0.0, second_share=0.2)
    import_grants(600, version, camps)
    order(version)
    draw(UserFactory(), 100)
    order(version)
    waits = [i.stream for i in queue()]
    n_second = waits.count("overlap")
    assert n_second > 5
    assert waits[:500].count("overlap") >= n_second - 1
    assert waits[:50].count("overlap") <= n_second / 2
