"""The data card: its counts and figures, against counting by hand."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest

from annotation.models import Annotation, Category, Grant, Label
from annotation.reports.data_cards import data_card_of
from annotation.services.sensitive_categories import mark_sensitive
from classifier import labelled_by
from classifier.data_cards import data_facts
from classifier.dataset import categories_of, training_set
from classifier.labelled_by import annotators, periods, sources
from classifier.measuring import Measured
from classifier.ml.baselines import Suggested
from classifier.ml.evaluation import evaluate
from classifier.ml.gate import without_grants
from classifier.slice_cuts import NOT_GIVEN
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory, LabelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(labelled_grants):
    """The place of each grant: two of three for those learned from, a third for the others."""
    for n, grant in enumerate(labelled_grants):
        grant.beneficiary_place = "Geelong" if n % 2 else ""
        grant.save()
    others = GrantFactory.create_batch(6, beneficiary_place="Ballarat")
    return {
        grant.pk: grant.beneficiary_place or NOT_GIVEN
        for grant in (*labelled_grants, *others)
    }  # fmt: skip


def set_of():
    return categories_of(Category.objects.first().taxonomy)


def measured(training, categories):
    """Made-up answers, so that every figure can be counted again."""
    rng = np.random.default_rng(2)
    shape = training.y.shape
    said, keywords = (
        Suggested(proba, proba > 0.5) for proba in rng.random((2, *shape)).astype(np.float32)
    )
    return Measured(
        evaluate(training.y, training.known, said.proba, said.decided, categories.texts),
        None, without_grants(True, "."), "24 labelled grants", "labelled", grants=training,
        said=said, keywords=keywords, keywords_are="the keyword rules",
    )  # fmt: skip


def facts(training, categories, found):
    people = annotators(training.annotation_ids)
    return data_facts(training, people, found, categories.texts)


def micro_f1(found, rows):
    pairs = [
        (found.grants.y[r, c] == 1, found.said.decided[r, c])
        for r in rows for c in range(found.grants.y.shape[1]) if found.grants.known[r, c]
    ]  # fmt: skip
    hits = sum(right and ticked for right, ticked in pairs)
    return 2 * hits / (sum(r for r, _ in pairs) + sum(t for _, t in pairs))


def test_people_are_counted_by_role_and_labels_by_source(labelled_grants, pool, annotate):
    boss = AdministratorFactory()
    annotate(pool[0], "ARTS")
    annotate(pool[1], "SPORT", annotator=boss)
    annotate(pool[2], "GARDEN", annotator=boss)
    training = training_set(set_of())
    people = annotators(training.annotation_ids)
    assert people["roles"] == [
        {"role": "administrator", "n_people": 1, "n_annotations": 2},
        {"role": "annotator", "n_people": 1, "n_annotations": 1},
    ]
    assert people["n_blind"] == Annotation.objects.filter(is_blind=True).count()
    assert {row["source"]: row["n"] for row in sources(training)} == {
        "annotation": 3, "sprint": 0, "adjudication": 0, "imported": 24,
    }  # fmt: skip


def test_no_name_of_a_person_is_on_the_card(labelled_grants, pool, annotate):
    names = ("zebediah", "Quillfeather")
    boss = AdministratorFactory(username=names[0], first_name=names[1], email="z@example.org")
    annotate(pool[0], "ARTS", annotator=boss)
    categories = set_of()
    training = training_set(categories)
    told = str(facts(training, categories, measured(training, categories)))
    assert not any(name in told for name in (*names, "example.org"))


def test_labels_are_dated_in_the_zone_of_the_site_by_month_and_a_long_time_by_year(
    labelled_grants, monkeypatch
):
    # An hour before midnight of Melbourne's new year, and an hour after it.
    for at, some in (
        (datetime(2024, 12, 31, 12, tzinfo=UTC), labelled_grants[:20]),
        (datetime(2024, 12, 31, 14, tzinfo=UTC), labelled_grants[20:]),
    ):
        Label.objects.filter(grant__in=some).update(created_at=at)
    training = training_set(set_of())
    assert periods(training) == [
        {"period": "2024-12", "n_of_people": 0, "n_of_files": 20},
        {"period": "2025-01", "n_of_people": 0, "n_of_files": 4},
    ]
    Label.objects.filter(grant__in=labelled_grants[10:15]).update(
        created_at=datetime(2024, 5, 1, tzinfo=UTC)
    )
    monkeypatch.setattr(labelled_by, "MOST_MONTHS", 2)
    assert [(row["period"], row["n_of_files"]) for row in periods(training)] == [
        ("2024", 20), ("2025", 4),
    ]  # fmt: skip


def test_labels_by_facet_and_category(labelled_grants, categories):
    CategoryFactory(facet=categories["ARTS"].facet, code="EMPTY")
    LabelFactory(grant=labelled_grants[0], category=categories["SPORT"])  # an ARTS one
    found_of = set_of()
    training = training_set(found_of)
    found = facts(training, found_of, measured(training, found_of))["categories"]
    assert found["most"][0] == {"code": "SPORT", "label": "Sport", "n": 9}
    assert [row["n"] for row in found["most"]] == [9, 8, 8]
    assert (found["n_labels"], found["n_with_half"]) == (25, 2)  # 9 is less than 12.5, 17 is not
    assert found["facets"] == [
        {"facet": "subject", "n_categories": 4, "n_without": 1, "n_labels": 25, "n_grants": 24}
    ]


def test_slices_hold_all_grants_those_learned_from_and_figures_from_ten_on(place):
    categories = set_of()
    training = training_set(categories)
    answers = measured(training, categories)
    body = facts(training, categories, answers)
    card = data_card_of(body, len(training))
    assert card.n_grants == len(place) == Grant.objects.count()
    (cut,) = (cut for cut in card.cuts if cut.title == "Place")
    of_all = Counter(place.values())
    of_learned = Counter(place[pk] for pk in training.grant_ids)
    assert {row.name: (row.n_grants, row.n_learned) for row in cut.rows} == {
        name: (n, of_learned[name]) for name, n in of_all.items()
    }
    for row in cut.rows:
        assert row.of_grants == of_all[row.name] / 30
        assert row.of_learned == of_learned[row.name] / 24
        rows = [r for r, pk in enumerate(training.grant_ids) if place[pk] == row.name]
        assert row.micro_f1.n == len(rows)
        if len(rows) < 10:
            assert row.micro_f1.is_too_few
        else:
            assert row.micro_f1.value == pytest.approx(micro_f1(answers, rows))
    assert card.whole.micro_f1.value == pytest.approx(micro_f1(answers, range(24)))


def test_the_sensitive_and_all_below_them_are_told_with_support(place, categories):
    arts = categories["ARTS"]
    below = CategoryFactory(facet=arts.facet, code="MURAL", broader=arts)
    for pk in list(place)[:12]:
        LabelFactory(grant=Grant.objects.get(pk=pk), category=below)
    mark_sensitive(AdministratorFactory(), arts, is_sensitive=True)
    found_of = set_of()
    training = training_set(found_of)
    answers = measured(training, found_of)
    found = facts(training, found_of, answers)["sensitive"]
    assert {row["code"] for row in found["categories"]} == {"ARTS", "MURAL"}
    for row in found["categories"]:
        column = [one.code for one in found_of.texts].index(row["code"])
        right = (answers.grants.y * answers.grants.known)[:, column] == 1
        ticked = answers.said.decided[:, column] & answers.grants.known[:, column]
        assert row["n_examples"] == right.sum() == row["support"]
        if right.sum() < 10:
            assert row["f1"] is None and row["recall"] is None
        else:
            hits = (right & ticked).sum()
            assert row["recall"]["value"] == pytest.approx(hits / right.sum())
            assert row["f1"]["value"] == pytest.approx(2 * hits / (right.sum() + ticked.sum()))
    assert (found["n_categories"], found["n_examples"]) == (2, 20)
    assert found["together"]["support"] == 20


def test_where_nothing_is_measured_nothing_is_made_up(categories):
    GrantFactory()
    found_of = set_of()
    training = training_set(found_of)
    nothing = Measured(None, None, without_grants(True, "."), "", "labelled")
    body = facts(training, found_of, nothing)
    assert body["keywords"] is None and body["periods"] == [] and body["roles"] == []
    card = data_card_of(body, 0)
    assert card.whole.micro_f1.is_too_few and card.n_grants == 1
    assert (card.n_labels, card.n_with_half, card.frequent, card.n_sensitive) == (0, 0, [], 0)
