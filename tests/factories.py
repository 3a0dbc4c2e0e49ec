"""Rows for tests, made by way of the models. Nothing of ours is mocked."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import factory
from django.utils import timezone

from annotation.models import (
    Category,
    Facet,
    Grant,
    ImportRun,
    Label,
    ModelVersion,
    QueueItem,
    SiteSettings,
    Suggestion,
    Taxonomy,
    TaxonomyRelease,
    User,
)
from annotation.services.rollups import recount


def decide(**values):
    """``decide(audit_share=0.5)``: settings as an administrator may have left them."""
    return SiteSettings.objects.update_or_create(pk=1, defaults=values)[0]


# The grants that wait to be counted, where that is put off.
put_off: list[set[int]] = []


@contextmanager
def counted_at_once() -> Iterator[None]:
    """What is labelled and suggested inside is counted at the end: each alone costs ten times."""
    put_off.append(set())
    try:
        yield
    finally:
        grants = put_off.pop()
    recount(grants)


def count(grant_id: int) -> None:
    if put_off:
        put_off[-1].add(grant_id)
    else:
        recount([grant_id])


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"annotator{n}")
    password = factory.django.Password("a long enough secret")
    tour_seen_at = factory.LazyFunction(timezone.now)  # they know the site


class AdministratorFactory(UserFactory):
    username = factory.Sequence(lambda n: f"administrator{n}")
    role = User.Role.ADMINISTRATOR


class TaxonomyFactory(factory.django.DjangoModelFactory):
    """The taxonomy in use, with one release; a test has one."""

    class Meta:
        model = Taxonomy
        skip_postgeneration_save = True
        django_get_or_create = ("name",)

    name = "Test taxonomy"
    is_current = True

    @factory.post_generation
    def release(self, create, extracted, **kwargs):
        if self.release_id is None:
            self.release = TaxonomyRelease.objects.create(
                taxonomy=self, number=1, content_sha256="0" * 64
            )
            self.save()


class FacetFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Facet
        django_get_or_create = ("taxonomy", "code")

    taxonomy = factory.SubFactory(TaxonomyFactory)
    code = "subject"
    label = factory.LazyAttribute(lambda facet: facet.code.title())


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category

    facet = factory.SubFactory(FacetFactory)
    taxonomy = factory.SelfAttribute("facet.taxonomy")
    broader = None
    code = factory.Sequence(lambda n: f"C{n:03}")
    label = factory.LazyAttribute(lambda category: f"Category {category.code}")
    definition = factory.LazyAttribute(lambda category: f"Work on {category.label.lower()}.")
    position = factory.Sequence(lambda n: n)
    path = factory.LazyAttribute(lambda c: f"{c.broader.path if c.broader else ''}{c.code}/")
    level = factory.LazyAttribute(lambda c: c.broader.level + 1 if c.broader else 1)
    ancestor_labels = factory.LazyAttribute(
        lambda c: [*c.broader.ancestor_labels, c.broader.label] if c.broader else []
    )


class ImportRunFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ImportRun

    kind = ImportRun.Kind.GRANTS
    file_name = "grants.csv"


class GrantFactory(factory.django.DjangoModelFactory):
    """``queued=True``: waits in the queue; ``stream="audit"`` makes its item blind."""

    class Meta:
        model = Grant
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda n: f"G-{n:05}")
    title = factory.Sequence(lambda n: f"Grant number {n}")
    description = "Balls, bibs and a first-aid kit for the juniors."
    recipient_name = factory.LazyAttribute(lambda grant: f"Club of {grant.reference}")
    content_sha256 = factory.LazyFunction(lambda: uuid.uuid4().hex * 2)
    stream = Grant.Stream.POOL
    inclusion_probability = 0.1
    import_run = factory.SubFactory(ImportRunFactory)

    @factory.post_generation
    def queued(self, create, extracted, **kwargs):
        if extracted:
            is_audit = self.stream == Grant.Stream.AUDIT
            QueueItem.objects.create(
                **{
                    "grant": self,
                    "is_blind": is_audit,
                    "stream": "audit" if is_audit else "random",
                    "reason": "Drawn at random",
                    "priority": 0.5,
                }
                | kwargs
            )


class ModelVersionFactory(factory.django.DjangoModelFactory):
    """The active lexical matcher of the taxonomy in use."""

    class Meta:
        model = ModelVersion
        django_get_or_create = ("taxonomy", "kind")

    taxonomy = factory.SubFactory(TaxonomyFactory)
    kind = ModelVersion.Kind.LEXICAL
    status = ModelVersion.Status.ACTIVE
    activated_at = factory.LazyFunction(timezone.now)


class SuggestionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Suggestion
        skip_postgeneration_save = True

    grant = factory.SubFactory(GrantFactory, queued=True)
    category = factory.SubFactory(CategoryFactory)
    model_version = factory.SubFactory(ModelVersionFactory)
    score = 0.8
    rank = factory.LazyAttribute(
        lambda s: (
            1 + Suggestion.objects.filter(grant=s.grant, category__facet=s.category.facet).count()
        )
    )
    is_ticked = True
    evidence: list[str] = []

    @factory.post_generation
    def scored(self, create, extracted, **kwargs):
        # As services.suggestions writes it, one suggestion at a time.
        self.grant.top_score = max(self.score, self.grant.top_score or 0.0)
        Grant.objects.filter(pk=self.grant.pk).update(
            scored_by=self.model_version, top_score=self.grant.top_score
        )
        self.grant.scored_by = self.model_version
        count(self.grant_id)


class LabelFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Label
        skip_postgeneration_save = True

    grant = factory.SubFactory(GrantFactory)
    category = factory.SubFactory(CategoryFactory)
    source = Label.Source.IMPORTED
    import_run = factory.SelfAttribute("grant.import_run")

    @factory.post_generation
    def counted(self, create, extracted, **kwargs):
        count(self.grant_id)  # as services.write_labels does
