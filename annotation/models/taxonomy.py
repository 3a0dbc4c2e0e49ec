"""The taxonomy: facets and their categories, in SKOS terms."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q

MOST_WANTED = 10_000  # examples that somebody may set as a category's target


class TaxonomyQuerySet(models.QuerySet["Taxonomy"]):
    def current(self) -> "Taxonomy | None":
        """The taxonomy that people annotate with now."""
        return self.filter(is_current=True).first()


class Taxonomy(models.Model):
    """A whole classification, such as an operator's own copy of CLASSIE."""

    name = models.CharField(max_length=200)
    is_current = models.BooleanField(default=False)
    is_demonstration = models.BooleanField(default=False)
    release = models.ForeignKey(
        "TaxonomyRelease",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the newest release; decisions name the one they were made under",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TaxonomyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "taxonomies"
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="one_current_taxonomy"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaxonomyRelease(models.Model):
    """One state of a taxonomy, as an import left it."""

    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    content_sha256 = models.CharField(max_length=64, help_text="of all categories, in code order")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["taxonomy", "number"], name="one_release_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.taxonomy} release {self.number}"


class FacetQuerySet(models.QuerySet["Facet"]):
    def current(self) -> "FacetQuerySet":
        """Those that people answer today: not the ones whose categories are all retired."""
        own = Category.objects.filter(facet=OuterRef("pk"))
        in_use = Exists(own.filter(retired_at=None)) | ~Exists(own)
        return self.filter(in_use, taxonomy__is_current=True)


class Facet(models.Model):
    """One side from which a grant is classified (``skos:ConceptScheme``)."""

    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.CASCADE, related_name="facets")
    code = models.CharField(max_length=60)
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    is_required = models.BooleanField(
        default=False, help_text="an annotation must answer this facet before it is stored"
    )
    has_general_public = models.BooleanField(
        default=False, help_text="'general public' is an answer here, as in a Population facet"
    )

    objects = FacetQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["taxonomy", "code"], name="one_facet_a_code"),
        ]

    def __str__(self) -> str:
        return self.label


class CategoryQuerySet(models.QuerySet["Category"]):
    def current(self) -> "CategoryQuerySet":
        return self.filter(taxonomy__is_current=True)

    def active(self) -> "CategoryQuerySet":
        """Offered today: of the current taxonomy and not retired."""
        return self.current().filter(retired_at=None)

    def within(self, category: "Category") -> "CategoryQuerySet":
        """The category, everything below it, and what was merged into any of them, in one query."""
        below = Q(merged_into=None, path__startswith=category.path)
        came = Q(merged_into__path__startswith=category.path)
        return self.filter(below | came | Q(pk=category.pk), taxonomy_id=category.taxonomy_id)


def lies_under_a_mark(category: str = "") -> Exists:
    """Whether the category that a row names, or one above it, is marked as sensitive.

    Args:
        category: the row's way to it, such as "category"; empty: the row is one.
    """
    way = f"{category}__" if category else ""
    marked = Category.objects.filter(is_sensitive=True, taxonomy=OuterRef(f"{way}taxonomy_id"))
    its_path = ExpressionWrapper(OuterRef(f"{way}path"), models.CharField())
    return Exists(marked.annotate(its_path=its_path).filter(its_path__startswith=F("path")))


class Category(models.Model):
    """One term of the taxonomy (``skos:Concept``).

    A category is never deleted: it is retired, and old decisions keep it.
    """

    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.CASCADE, related_name="categories")
    facet = models.ForeignKey(Facet, on_delete=models.CASCADE, related_name="categories")
    code = models.CharField(max_length=40, help_text="skos:notation, e.g. SB0203")
    label = models.CharField(max_length=200, help_text="skos:prefLabel")
    alt_labels = models.JSONField(default=list, help_text="skos:altLabel, a list of texts")
    definition = models.TextField(blank=True, help_text="skos:definition")
    scope_note = models.TextField(blank=True, help_text="skos:scopeNote, shown to annotators")
    include_pattern = models.TextField(blank=True, help_text="RE2, read without regard to case")
    exclude_pattern = models.TextField(blank=True, help_text="RE2; a match switches the rule off")
    broader = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="narrower"
    )
    path = models.CharField(
        max_length=500, help_text="codes from the top, each with a slash behind: SB02/SB0203/"
    )
    ancestor_labels = models.JSONField(default=list, help_text="labels from the top, own left out")
    level = models.PositiveSmallIntegerField(help_text="1 at the top")
    position = models.PositiveIntegerField(default=0, help_text="order in the taxonomy's file")
    retired_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )

    target = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="examples wanted; empty: no number, the fewer the sooner",
    )
    asked_for_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who wants grants likely to be of it to come first of their stream",
    )
    is_watched = models.BooleanField(
        default=False,
        help_text="no version becomes active that finds it worse than the one before, by more "
        "than chance",
    )

    is_sensitive = models.BooleanField(
        default=False,
        db_default=False,
        help_text="it and all below it are never ticked beforehand: a person decides",
    )

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        verbose_name_plural = "categories"
        indexes = [models.Index(fields=["taxonomy", "path"], name="category_path")]
        constraints = [
            models.UniqueConstraint(fields=["taxonomy", "code"], name="one_category_a_code"),
            models.CheckConstraint(
                condition=~Q(broader=F("id")), name="category_is_not_its_own_broader"
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="category_is_not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(retired_at__isnull=False),
                name="a_merged_category_is_retired",
            ),
            models.CheckConstraint(
                condition=Q(target=None) | Q(target__gte=1, target__lte=MOST_WANTED),
                name="a_target_is_a_number_that_can_be_reached",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @property
    def ancestor_codes(self) -> list[str]:
        return self.path.split("/")[:-2]
