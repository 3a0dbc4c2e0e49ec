"""A small labelled pool that one can read."""

import pytest

from annotation.models import Grant
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant
from annotation.services.sprints import Candidate, fill_sprint, start_sprint, take_sprint
from tests.aws_places import credentials, moto_url, sagemaker, store  # noqa: F401 # fixtures
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    UserFactory,
    counted_at_once,
)
from tests.hosted_places import hosting, hosts, packed_blazingtext, packed_model, packed_numbers  # noqa: F401 # fixtures

WORDS = {
    "ARTS": "paint theatre brushes gallery mural",
    "SPORT": "football cricket whistles umpire oval",
    "GARDEN": "seedlings compost worm mulch trellis",
}


@pytest.fixture
def categories(db):
    facet = FacetFactory(code="subject")
    found = {code: CategoryFactory(facet=facet, code=code, label=code.title()) for code in WORDS}
    ModelVersionFactory(taxonomy=facet.taxonomy)
    return found


def ready_sprint(category, *grants: Grant):
    """A sprint for the category that asks about these grants."""
    sprint = start_sprint(AdministratorFactory(), category)
    fill_sprint(take_sprint(), [Candidate(g.pk, "model", 0.4, []) for g in grants], None)
    sprint.refresh_from_db()
    return sprint


def text_about(code: str, n: int) -> str:
    words = WORDS[code].split()
    return f"{words[n % 5]} and {words[(n + 1) % 5]} with {words[(n + 2) % 5]}"


@pytest.fixture
@counted_at_once()
def labelled_grants(categories):
    """Eight labelled grants a category, each of a recipient of its own."""
    return [
        LabelFactory(
            category=category,
            grant=GrantFactory(title=f"Round {code} {n}"[:7], description=text_about(code, n)),
        ).grant
        for code, category in categories.items()
        for n in range(8)
    ]


@pytest.fixture
def pool(categories):
    """Three grants of the pool that wait, and one of the audit stream.

    By the lot of their references, which stay the same, none is a blind control.
    """
    waiting = [
        GrantFactory(
            reference=f"WAITS-{code}",
            title=f"Waiting {code}",
            description=text_about(code, 3),
            queued=True,
        )
        for code in WORDS
    ]
    audit = GrantFactory(title="Audit", description="mural", stream="audit", queued=True)
    return [*waiting, audit]


@pytest.fixture
def annotate(categories):
    """``annotate(grant, accepted codes, outcome)``: a person's answer by way of the queue."""

    def annotate(grant: Grant, *codes: str, outcome="labelled", annotator=None, rejected=()):
        annotator = annotator or UserFactory()
        grant.queue_item.priority = 3.0  # before any beginning of the queue, which ends at 2
        grant.queue_item.save()
        claim = claim_next_grant(annotator)
        assert claim is not None
        assert claim.grant == grant
        shown = {s["category"] for s in claim.shown}
        answer = FacetAnswer(
            outcome,
            accepted=tuple(c for c in codes if c in shown),
            added=tuple(c for c in codes if c not in shown),
            rejected=tuple(rejected),
        )
        key = f"{grant.pk}-{annotator.pk}"
        return submit_annotation(
            annotator, claim.token, {"subject": answer}, idempotency_key=key
        ).annotation

    return annotate
