"""A small site with random answers, for reports to be computed a second time by hand."""

import random
import uuid
from datetime import date

from django.utils import timezone

from annotation.models import Category, Grant, ModelVersion, Skip, Suggestion
from annotation.services.decisions import FacetAnswer, submit_annotation, withdraw_last
from annotation.services.queue import claim_next_grant, release_claim
from annotation.services.suggestions import replace_suggestions
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    UserFactory,
)


def build(seed: int, n_grants: int = 24) -> None:
    """Two facets of three levels, grants of every state, three annotators at work."""
    draw = random.Random(seed)
    categories = [c for code in ("subject", "population") for c in _facet(code, draw)]
    version = ModelVersionFactory(taxonomy=categories[0].taxonomy)
    for _ in range(n_grants):
        grant = _grant(version, draw)
        suggested = [
            Suggestion(
                grant=grant,
                category=category,
                model_version=version,
                score=draw.random(),
                rank=rank,
                is_ticked=draw.random() < 0.5,
            )
            for rank, category in enumerate(draw.sample(categories, 4), start=1)
        ]
        replace_suggestions(version, [grant.pk], suggested)
        if draw.random() < 0.3:
            LabelFactory(grant=grant, category=draw.choice(categories))
    for annotator in UserFactory.create_batch(3):
        for _ in range(n_grants // 3):
            _work(annotator, draw)
    for category in draw.sample(categories, 2):
        Category.objects.filter(pk=category.pk).update(retired_at=timezone.now())


def _facet(code: str, draw: random.Random) -> list[Category]:
    facet = FacetFactory(code=code)
    made: list[Category] = []
    for _ in range(8):
        above = [c for c in made if c.level < 3]
        broader = draw.choice(above) if above and draw.random() < 0.7 else None
        made.append(CategoryFactory(facet=facet, broader=broader))
    return made


def _grant(version: ModelVersion, draw: random.Random) -> Grant:
    return GrantFactory(
        scored_by=version,
        title=draw.choice(["Netball rings", "Choir 100%", "under_score", "Seedlings"]),
        programme=draw.choice(["Active Places", "Living Country", ""]),
        award_date=draw.choice([date(2023, 5, 1), date(2024, 12, 31), None]),
        amount_awarded=draw.choice(["500.00", "1000.50", "25000.00", None]),
        currency="AUD",
        recipient_place=draw.choice(["South Yarra, VIC", "Perth", ""]),
        beneficiary_place=draw.choice(["Perth", ""]),
        quality_flags=draw.choice([[], ["short"], ["short", "capitals"], ["a flag of tomorrow"]]),
        stream=draw.choice(["pool", "pool", "audit"]),
        queued=draw.random() < 0.8,
        queued__n_required=draw.choice([1, 1, 2]),
    )


def _work(annotator, draw: random.Random) -> None:
    claim = claim_next_grant(annotator)
    if claim is None:
        return
    if draw.random() < 0.1:
        Skip.objects.create(grant=claim.grant, annotator=annotator, reason="other")
        release_claim(annotator, claim.token)
        return
    answers = {facet.code: _answer(facet.code, claim.shown, draw) for facet in claim.facets}
    submit_annotation(
        annotator,
        claim.token,
        answers,
        idempotency_key=str(uuid.uuid4()),
        seconds=draw.randrange(200),
    )
    if draw.random() < 0.15:
        withdraw_last(annotator)


def _answer(facet: str, shown: list[dict], draw: random.Random) -> FacetAnswer:
    offered = [s["category"] for s in shown if s["facet"] == facet]
    others = Category.objects.filter(facet__code=facet).exclude(code__in=offered)
    accepted = tuple(code for code in offered if draw.random() < 0.5)
    rejected = tuple(code for code in offered if code not in accepted and draw.random() < 0.5)
    added = (draw.choice(list(others)).code,) if draw.random() < 0.4 else ()
    outcome = "labelled" if accepted + added else draw.choice(["none_fits", None])
    return FacetAnswer(outcome, accepted, rejected, added)
