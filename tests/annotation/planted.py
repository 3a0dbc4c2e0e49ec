"""A world with settled grants, and people who have worked enough to be handed a plant."""

import uuid
from datetime import timedelta

from django.utils import timezone

from annotation.models import Adjudication, Annotation, Grant, Plant, PlantReply
from annotation.services import desk
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.answers import FacetAnswer
from tests.annotation.test_adjudication import annotated
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    ImportRunFactory,
    SuggestionFactory,
    UserFactory,
    decide,
)

ENOUGH = 150  # grants after which a plant is due in any case, at 1 %


def tree():
    """sport > (community, professional, school); sport > community > women; arts."""
    facet, made = FacetFactory(), {}
    for code, above in [
        ("sport", None), ("community", "sport"), ("professional", "sport"), ("school", "sport"),
        ("women", "community"), ("arts", None), ("music", "arts"),
    ]:  # fmt: skip
        made[code] = CategoryFactory(
            facet=facet, code=code, label=code.title(), broader=made.get(above)
        )
    return made


def settled(categories, n=1, taken=("community",), refused=("professional",)) -> list[Adjudication]:
    """Grants that two others differed on, decided by an administrator; the first is suggested."""
    judge, *others = AdministratorFactory(), UserFactory(), UserFactory()
    done = [settle(categories, judge, others, taken, refused) for _ in range(n)]
    for adjudication in done:
        SuggestionFactory(grant=adjudication.grant, category=categories[taken[0]], score=0.9)
    return done


def settle(categories, judge, others, taken, refused) -> Adjudication:
    """One grant: the first of the others said what holds, the second what does not."""
    grant, said = GrantFactory(), (taken, refused or taken)
    seen = [
        annotated(grant, person, [categories[code] for code in codes]).pk
        for person, codes in zip(others, said, strict=True)
    ]
    return adjudicate(judge, grant, Judgement(frozenset(taken), frozenset(refused)), seen=seen)


def worked(person, n=ENOUGH):
    """So many annotations of the person, each of a grant of its own."""
    run, made = ImportRunFactory(), uuid.uuid4().hex
    facet = FacetFactory()
    grants = Grant.objects.bulk_create(
        GrantFactory.build(reference=f"{made}-{i}", import_run=run) for i in range(n)
    )
    Annotation.objects.bulk_create(
        Annotation(
            grant=grant,
            annotator=person,
            taxonomy_release=facet.taxonomy.release,
            stream="random",
            content_sha256=grant.content_sha256,
            idempotency_key=f"{made}-{grant.pk}",
            body_sha256="0" * 64,
        )
        for grant in grants
    )


def due(categories, person) -> Adjudication:
    """The person is due for a plant; one settled grant is there, and grants wait."""
    on()
    (adjudication,) = settled(categories)
    worked(person)
    GrantFactory.create_batch(3, queued=True)
    return adjudication


def retire(category):
    category.retired_at = timezone.now()
    category.save()


def on(share=0.01):
    decide(plant_share=share)


def off():
    decide(plant_share=0)


def handed(person, **options):
    """The plant that the person is handed now."""
    claim = desk.claim_next(person, **options)
    assert claim and person.plants.filter(claim=claim.token).exists()
    return claim


def says(claim, planted="accepted"):
    """An answer: Community is right; the planted one is accepted, rejected or left."""
    codes = [s["category"] for s in claim.shown]
    if "community" not in codes:
        return {"subject": FacetAnswer("labelled", added=("community",))}
    others = tuple(code for code in codes if code != "community")
    accepted = ("community", *others) if planted == "accepted" else ("community",)
    return {"subject": FacetAnswer("labelled", accepted, others * (planted == "rejected"))}


def reply(person, claim, planted="accepted", key=None) -> PlantReply:
    key = key or str(uuid.uuid4())
    return desk.submit(person, claim.token, says(claim, planted), idempotency_key=key, seconds=20)


def decided(person, adjudication, verdicts, at=None, **facts):
    """Rows as the annotating page leaves them, on a grant each; a day old."""
    category = adjudication.rulings.get(is_in=False).category
    now = timezone.now()
    grants = [GrantFactory() for _ in verdicts]
    plants = Plant.objects.bulk_create(
        Plant(
            grant=grant, annotator=person, adjudication=adjudication, category=category, shown=[],
            content_sha256=grant.content_sha256,
            claimed_until=now,
        )
        for grant in grants
    )  # fmt: skip
    PlantReply.objects.bulk_create(
        PlantReply(
            plant=plant, kind="answered", verdict=verdict, idempotency_key=uuid.uuid4(),
            body_sha256="0" * 64, replied_at=at or now - timedelta(days=1),
            **({"is_measured": True} | facts),
        )
        for plant, verdict in zip(plants, verdicts, strict=True)
    )  # fmt: skip
