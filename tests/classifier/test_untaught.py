"""A site without a single label is served by the classifier itself."""

import re

import pytest

from annotation.models import Category, Grant, Label, ModelVersion, Suggestion
from annotation.services.model_versions import request_training
from classifier import registry, workflow
from tests.classifier.conftest import WORDS, text_about
from tests.factories import CategoryFactory, GrantFactory, LabelFactory, counted_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def texts(categories):
    """Eight grants a category that nobody has labelled; half of them name it."""
    return [
        GrantFactory(title=code.title() * (n % 2), description=text_about(code, n), queued=True)
        for code in WORDS
        for n in range(8)
    ]


def a_night():
    request_training()
    return workflow.train_requested()


def test_the_first_version_needs_no_label_and_serves(texts):
    version = a_night()
    assert (version.status, version.n_training_grants) == ("active", 0)
    assert version.reason.startswith("Made of the words of categories, rules and grants")
    assert version.metrics["gate"] == {}
    assert version.snapshot.grant_ids == []
    assert registry.load(version).scorer_.echoes is not None
    assert set(Grant.objects.values_list("scored_by", flat=True)) == {version.pk}
    named = Suggestion.objects.get(grant=texts[1], rank=1)
    assert named.category.code == "ARTS"
    assert named.is_lexical  # "from words": no example has taught it
    assert set(named.evidence) & set(texts[1].text.split())
    # This one does not name its category: grants that do share its words.
    meant = Suggestion.objects.get(grant=texts[0], rank=1)
    assert meant.category.code == "ARTS"
    assert set(meant.evidence) & set(texts[0].text.split())


def test_the_same_words_give_the_same_probabilities(texts):
    def scores():
        return list(Suggestion.objects.order_by("grant", "category").values_list("score"))

    first = a_night()
    before = scores()
    Suggestion.objects.all().delete()
    second = a_night()
    assert ModelVersion.objects.active() == second
    assert scores() == before
    assert first.snapshot.content_sha256 == second.snapshot.content_sha256


def test_a_category_that_is_new_is_suggested_by_the_next_version(texts):
    a_night()
    facet = Category.objects.first().facet
    CategoryFactory(facet=facet, code="WORMS", label="Compost and worms")
    version = a_night()
    assert version.status == "active"
    found = Suggestion.objects.filter(category__code="WORMS", model_version=version, rank=1)
    assert found.exists()


def test_labels_take_over_and_never_give_way_to_words_alone(labelled_grants, texts):
    labels = [(label.grant, label.category) for label in Label.objects.all()]
    Label.objects.all().delete()
    untaught = a_night()
    assert untaught.status == "active"
    for grant, category in labels:
        LabelFactory(grant=grant, category=category)
    taught = a_night()
    assert taught.status == "active"
    assert f"against {untaught}, active before" in taught.reason
    assert taught.metrics["gate"]["candidate"] > taught.metrics["gate"]["incumbent"]
    Label.objects.all().delete()
    words_alone = a_night()
    assert words_alone.status == "rejected"
    assert words_alone.reason.startswith(f"{taught} has learned from labels")
    assert ModelVersion.objects.active() == taught


def test_on_labelled_audit_grants_it_is_measured_as_any_other(texts, categories):
    with counted_at_once():
        for n in range(54):
            code = list(categories)[n % 3]
            grant = GrantFactory(title=code, description=text_about(code, n), stream="audit")
            LabelFactory(grant=grant, category=categories[code])
    version = a_night()
    assert version.n_training_grants == 0
    assert version.metrics["measured_on"] == "54 audit grants"
    assert re.search(r"on 54 audit grants against v\d+, the word matcher", version.reason)
