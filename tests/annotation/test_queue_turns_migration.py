"""Sites of before the queue had turns keep what they had set, as far as there are turns for it."""

import importlib

import pytest
from django.apps import apps

from annotation.models import SiteSettings
from tests.factories import decide

pytestmark = pytest.mark.django_db
migration = importlib.import_module("annotation.migrations.0020_queue_turns")


@pytest.mark.parametrize(
    ("audit_share", "of_pool", "turns"),
    [
        (0.1, 0.5, (0.1, 0.45, 0.18)),
        (0.3, 0.5, (0.3, 0.35, 0.14)),
        (0.9, 0.5, (0.5, 0.25, 0.1)),
        (0.9, 0.1, (0.5, 0.1, 0.16)),
        (0.3, 1.0, (0.3, 0.7, 0.0)),
        (0.33333, 1.0, (0.33333, 0.66667, 0.0)),
        (0.01, 0.1, (0.01, 0.1, 0.356)),
    ],
)
def test_audit_gets_turns_as_its_stream_is_large_and_the_rest_is_shared(
    audit_share, of_pool, turns
):
    decide(audit_share=audit_share, audit_turns=0.0, random_share=of_pool, coverage_share=0.0)
    migration.keep_shares(apps, None)  # the database refuses more turns than there are
    site = SiteSettings.objects.get()
    assert (site.audit_turns, site.random_share, site.coverage_share) == pytest.approx(turns)


def test_the_way_back_makes_it_a_share_of_the_pool_again():
    decide(audit_share=0.3, audit_turns=0.3, random_share=0.35, coverage_share=0.14)
    migration.drop_shares(apps, None)
    assert SiteSettings.objects.get().random_share == pytest.approx(0.5)
