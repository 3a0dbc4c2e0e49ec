"""Filling a sprint: the likely ones from the whole pool, some at random, never an audit grant."""

import pytest

from annotation.models import ModelVersion
from annotation.services.model_versions import ensure_lexical_version
from annotation.services.sprints import start_sprint
from classifier.sprints import fill_requested_sprints
from classifier.tasks import fill_requested_sprints as task
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    found = CategoryFactory(code="SURF", label="Surf lifesaving", definition="")
    CategoryFactory(code="CHOIR", label="Choirs", definition="")
    ensure_lexical_version(found.taxonomy)
    return found


@pytest.fixture
def pool():
    """Three grants that speak of it, twenty that do not, and one of the audit stream."""
    GrantFactory(queued=True, stream="audit", title="Surf lifesaving audit")
    GrantFactory.create_batch(20, queued=True, title="Choir robes", description="Singing weekly.")
    return [
        GrantFactory(queued=True, title=f"Surf lifesaving {n}", description="Rescue boards.")
        for n in range(3)
    ]


def test_likely_grants_come_first_and_every_fifth_is_drawn(category, pool):
    sprint = start_sprint(AdministratorFactory(), category, n_wanted=10)
    assert fill_requested_sprints() == 1
    sprint.refresh_from_db()
    asked = list(sprint.grants.select_related("grant"))
    assert [a.grant for a in asked[:3]] == pool
    assert [a.position for a in asked if a.source == "random"][:1] == [4]
    assert len(asked) == len({a.grant_id for a in asked}) == 10
    assert sprint.model_version == ModelVersion.objects.active()
    assert "Surf" in asked[0].evidence or "lifesaving" in asked[0].evidence
    assert not any(a.grant.stream == "audit" for a in asked)


def test_a_small_pool_is_asked_about_whole(category):
    GrantFactory.create_batch(2, queued=True)
    sprint = start_sprint(AdministratorFactory(), category)
    fill_requested_sprints()
    assert sprint.grants.count() == 2


def test_an_empty_pool_makes_an_empty_sprint(category):
    sprint = start_sprint(AdministratorFactory(), category)
    assert fill_requested_sprints() == 1
    sprint.refresh_from_db()
    assert (sprint.status, sprint.grants.count()) == ("ready", 0)


def test_a_second_run_finds_nothing_to_do(category, pool):
    start_sprint(AdministratorFactory(), category)
    assert (fill_requested_sprints(), fill_requested_sprints(), task()) == (1, 0, False)
