"""How often planted wrong suggestions are accepted: the figure, the flag, who sees it."""

import random
from math import comb

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import PlantReply
from annotation.reports.plants import (
    LIMIT,
    is_too_often,
    over_acceptance,
    over_acceptance_of,
    own_over_acceptance,
)
from annotation.reports.shares import TOO_FEW, share
from tests.annotation import planted
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
CARELESS, CAREFUL, PLANTS = 0.6, 0.1, 60


@pytest.fixture
def adjudication():
    return planted.settled(planted.tree())[0]


def wilson(accepted, n):
    """Its interval as the two roots of (p - share)² = z² p (1 - p) / n, by bisection."""

    def beyond(p):
        return (p - accepted / n) ** 2 > 1.959964**2 * p * (1 - p) / n

    def root(outside, inside):
        for _ in range(60):
            middle = (outside + inside) / 2
            outside, inside = (middle, inside) if beyond(middle) else (outside, middle)
        return inside

    return root(0.0, accepted / n), root(1.0, accepted / n)


def test_the_share_is_that_of_a_brute_force_count(adjudication):
    ada, bob = UserFactory(username="ada"), UserFactory(username="bob")
    lot = random.Random(7)
    for person in (bob, ada):
        verdicts = lot.choices(["accepted", "rejected", "left"], k=23)
        planted.decided(person, adjudication, verdicts)
        planted.decided(person, adjudication, ["accepted"] * 5, is_measured=False)
    rows = over_acceptance([bob, UserFactory(), ada])
    assert [row.person for row in rows] == [ada, bob]
    for row in rows:
        said = [r for r in PlantReply.objects.filter(plant__annotator=row.person) if r.is_measured]
        accepted = sum(r.verdict == "accepted" for r in said)
        assert (row.share.value, row.share.n) == (accepted / len(said), 23)
        assert (row.share.low, row.share.high) == pytest.approx(wilson(accepted, len(said)))
        assert over_acceptance_of(row.person) == row
    assert over_acceptance_of(UserFactory()) is None


def test_the_first_answer_tells_though_it_was_taken_back_or_skipped_later(adjudication):
    ada = UserFactory()
    planted.decided(ada, adjudication, ["accepted", "accepted", "left"])
    first, second, _ = PlantReply.objects.order_by("pk")
    row = {"body_sha256": "0" * 64}
    PlantReply.objects.create(
        plant=first.plant, supersedes=first, kind="withdrawn", idempotency_key="a", **row
    )
    undone = PlantReply.objects.create(
        plant=second.plant, supersedes=second, kind="withdrawn", idempotency_key="a", **row
    )
    PlantReply.objects.create(
        plant=second.plant, supersedes=undone, kind="skipped", reason="other",
        idempotency_key="b", **row,
    )  # fmt: skip
    accepted = over_acceptance_of(ada).share
    assert (accepted.n, accepted.value) == (3, 2 / 3)


def test_under_ten_it_is_too_few_to_say(adjudication):
    ada = UserFactory()
    planted.decided(ada, adjudication, ["accepted"] * 9)
    assert over_acceptance_of(ada).share.is_too_few
    assert not over_acceptance_of(ada).is_flagged
    planted.decided(ada, adjudication, ["accepted"])
    assert over_acceptance_of(ada).is_flagged


def ever_flagged(rate, plants=PLANTS):
    """The exact chance that a person is flagged at any of so many plants: a walk over counts."""
    never = {0: 1.0}  # accepted so far -> chance, not flagged until now
    for n in range(1, plants + 1):
        after = dict.fromkeys(range(n + 1), 0.0)
        for accepted, chance in never.items():
            after[accepted] += chance * (1 - rate)
            after[accepted + 1] += chance * rate
        never = {k: p for k, p in after.items() if not is_too_often(share(k / n, n))}
    return 1 - sum(never.values())


def test_a_careless_annotator_is_flagged_within_sixty_plants(adjudication):
    """By the rule that the lower end of the interval lies above 25 %."""
    assert LIMIT == 0.25
    assert ever_flagged(CARELESS) > 0.9999
    for seed in range(3):
        careless, lot = UserFactory(), random.Random(seed)
        accepts = [lot.random() < CARELESS for _ in range(PLANTS)]
        planted.decided(careless, adjudication, ["accepted" if a else "rejected" for a in accepts])
        assert over_acceptance_of(careless).is_flagged
        # Nor did it take all sixty: the first count at which the rule holds.
        counts = [(sum(accepts[:n]), n) for n in range(TOO_FEW, PLANTS + 1)]
        first = next(n for k, n in counts if wilson(k, n)[0] > LIMIT)
        assert first <= PLANTS


def test_a_careful_annotator_is_flagged_once_in_1500_times(adjudication):
    """Looked at after each of sixty plants, not only after the last."""
    assert ever_flagged(CAREFUL) == pytest.approx(1 / 1_552, rel=0.01)
    # After the last alone it takes 22 of 60: counted from the binomial distribution.
    least = next(k for k in range(PLANTS + 1) if wilson(k, PLANTS)[0] > LIMIT)
    assert least == 22
    at_last = sum(
        comb(PLANTS, k) * CAREFUL**k * (1 - CAREFUL) ** (PLANTS - k)
        for k in range(least, PLANTS + 1)
    )
    assert at_last < 1e-7
    careful, lot = UserFactory(), random.Random(1)
    verdicts = ["accepted" if lot.random() < CAREFUL else "rejected" for _ in range(PLANTS)]
    planted.decided(careful, adjudication, verdicts)
    assert not over_acceptance_of(careful).is_flagged


# Who sees it


def page(person, path):
    browser = Client()
    browser.force_login(person)
    return browser.get(path)


def test_a_person_sees_their_own_up_to_yesterday(adjudication):
    ada, bob = UserFactory(), UserFactory()
    assert "Wrong suggestions" not in page(ada, "/my-work/").content.decode()
    planted.decided(ada, adjudication, ["accepted"] * 3)
    planted.decided(ada, adjudication, ["accepted"], at=timezone.now())
    planted.decided(bob, adjudication, ["left"] * 12)
    assert own_over_acceptance(ada).share.n == 3
    assert "Too few: 3 of 10" in page(ada, "/my-work/").content.decode()
    html = page(bob, "/my-work/").content.decode()
    assert "of 12</span>" in html
    assert "more than it should be" not in html
    planted.decided(ada, adjudication, ["accepted"] * 9)
    assert "more than it should be" in page(ada, "/my-work/").content.decode()


def test_administrators_see_everybody_s_by_name(adjudication, django_assert_max_num_queries):
    grace, zoe, ada = AdministratorFactory(), UserFactory(username="zoe"), UserFactory(username="a")
    assert "Wrong suggestions" not in page(grace, "/people/").content.decode()
    planted.decided(zoe, adjudication, ["accepted"] * 8 + ["rejected"] * 4)
    planted.decided(ada, adjudication, ["accepted"] * 3)
    html = page(grace, "/people/").content.decode().partition("Wrong suggestions accepted")[2]
    assert html.index(">a</a>") < html.index(">zoe</a>")
    assert "Too few: 3 of 10" in html
    assert "67 % <span" in html
    assert html.count("Too often</span>") == 1
    person = page(grace, f"/people/{zoe.pk}/").content.decode()
    assert "Too often</span>" in person
    assert page(ada, f"/people/{zoe.pk}/").status_code == 403
    with django_assert_max_num_queries(2):
        over_acceptance([zoe, ada])
        over_acceptance_of(zoe)
