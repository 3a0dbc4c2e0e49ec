"""Grants that people have decided, and a stored list of labels in doubt about them."""

import pytest

from annotation.models import QueueItem
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant
from tests.annotation.quality_body import stored
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    ModelVersionFactory,
    UserFactory,
)


def report_on(*doubts):
    """Rows of grant, category and whether the label was given, the worst first."""
    first = doubts[0][1]
    rows = [[g.pk, c.pk, is_given, 0.02 if is_given else 0.97, 4.0] for g, c, is_given in doubts]
    facts = {"n_grants": 9, "n_labels": 20, "n_doubts": len(rows), "n_given": 1}
    return stored({"taxonomy": first.taxonomy_id, "doubts": rows, **facts}, "label-errors")


def annotated(*codes, annotator=None, grant=None, outcome="labelled"):
    """The next grant of the queue, decided with these categories."""
    grant = grant or GrantFactory(queued=True)
    QueueItem.objects.exclude(grant=grant).update(priority=0)
    QueueItem.objects.filter(grant=grant).update(priority=9)
    annotator = annotator or UserFactory()
    claim = claim_next_grant(annotator)
    assert claim is not None and claim.grant == grant
    answers = {"subject": FacetAnswer(outcome, added=codes)}
    key = f"{annotator.pk}-{claim.token}"
    submit_annotation(annotator, claim.token, answers, idempotency_key=key)
    return grant


@pytest.fixture
def arts():
    facet = FacetFactory(code="subject")
    ModelVersionFactory(taxonomy=facet.taxonomy)
    return CategoryFactory(facet=facet, code="A", label="Arts")


@pytest.fixture
def music(arts):
    return CategoryFactory(facet=arts.facet, code="M", label="Music")


@pytest.fixture
def boss():
    return AdministratorFactory()
