"""Drawing the audit stream: the chance is settled at import, by a lot, and stored."""

from decimal import Decimal

import pytest

from annotation.models import Grant, QueueItem, SiteSettings
from annotation.models.audit_drawing import FLOOR
from annotation.models.grants import lot
from annotation.services.import_grants import import_grants, preview_grants
from tests.factories import decide

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path):
    """Writes grants of these amounts into a file and imports it."""

    def run(*amounts, by=import_grants):
        path = tmp_path / "grants.csv"
        lines = [f"G-{k},Title {k},Some text,{amount},AUD" for k, amount in enumerate(amounts)]
        path.write_text("reference,title,description,amount_awarded,currency\n" + "\n".join(lines))
        return by(path)

    return run


@pytest.mark.parametrize(
    ("amount", "chance"),
    [
        (None, 0.1), ("50000", 0.1), ("100000", 0.2), ("25000", 0.05), ("0", 0.1 * FLOOR),
        ("1", 0.1 * FLOOR), ("-300", 0.1 * FLOOR), ("500000", 1.0), ("99999999999999.99", 1.0),
    ],
)  # fmt: skip
def test_in_proportion_to_the_amount_within_a_floor_and_certainty(amount, chance):
    site = SiteSettings(audit_drawing="amount")
    assert site.audit_chance(amount and Decimal(amount)) == pytest.approx(chance)
    assert SiteSettings().audit_chance(amount and Decimal(amount)) == 0.1


def test_each_grant_keeps_the_chance_it_was_drawn_with_and_the_lot_decides(run):
    decide(audit_drawing="amount")
    amounts = [n * 5_000 for n in range(1, 121)]
    result = run(*amounts)
    for grant in Grant.objects.all():
        chance = SiteSettings.objects.current().audit_chance(grant.amount_awarded)
        assert grant.inclusion_probability == pytest.approx(chance)
        assert (grant.stream == "audit") == (lot(grant.reference, "audit") < chance)
    assert result.n_audit == Grant.objects.audit().count()
    assert set(Grant.objects.filter(amount_awarded__gte=500_000).values_list("stream")) == {
        ("audit",)
    }
    audit = QueueItem.objects.filter(grant__stream="audit")
    assert set(audit.values_list("stream", "is_blind")) == {("audit", True)}


def test_a_new_amount_and_new_settings_change_nothing_of_what_is_here(run):
    run(*[20_000] * 60)
    before = list(Grant.objects.values_list("stream", "inclusion_probability"))
    decide(audit_drawing="amount", audit_share=0.5)
    run(*[900_000] * 60)
    assert list(Grant.objects.values_list("stream", "inclusion_probability")) == before
    assert set(Grant.objects.values_list("amount_awarded", flat=True)) == {900_000}


def test_the_chances_give_the_sum_of_money_back(run):
    """Each drawn amount over its chance estimates the whole, the better the more grants."""
    decide(audit_drawing="amount", audit_share=0.3)
    amounts = [1_000 * (1 + n % 100) for n in range(600)]
    run(*amounts)
    drawn = Grant.objects.audit().values_list("amount_awarded", "inclusion_probability")
    assert sum(float(a) / p for a, p in drawn) == pytest.approx(sum(amounts), rel=0.15)


def test_a_dry_run_counts_what_the_import_would_draw(run):
    decide(audit_drawing="amount")
    amounts = [n * 5_000 for n in range(1, 81)]
    expected = run(*amounts, by=preview_grants).n_audit
    assert not Grant.objects.exists()
    assert run(*amounts).n_audit == expected > 20
