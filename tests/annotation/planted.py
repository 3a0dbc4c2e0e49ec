"""A world with settled grants, and people who have worked enough to be handed a plant."""

import uuid

from annotation.models import Adjudication, Annotation, Grant, PlantReply
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
    """Grants that two others differed on, decided by an administrator."""
    judge, ada, bob = AdministratorFactory(), UserFactory(), UserFactory()
    return [_settled(categories, judge, ada, bob, taken, refused) for _ in range(n)]


def _settled(categories, judge, ada, bob, taken, refused):
    grant = GrantFactory()
    SuggestionFactory(grant=grant, category=categories[taken[0]], score=0.9)
    said = [
        annotated(grant, ada, [categories[code] for code in taken]),
        annotated(grant, bob, [categories[code] for code in refused or taken]),
    ]
    judgement = Judgement(frozenset(taken), frozenset(refused))
    return adjudicate(judge, grant, judgement, seen=[a.pk for a in said])


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
