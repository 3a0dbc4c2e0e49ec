"""The JSON API beside the queue: trainings, categories, coverage, and its own description."""

import pytest
from django.core.management import call_command

from annotation.models import Category, Grant, ModelVersion
from tests.annotation import random_site
from tests.annotation.programme import Programme
from tests.factories import AdministratorFactory, CategoryFactory, LabelFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def annotator():
    return Programme(UserFactory())


@pytest.fixture
def administrator():
    return Programme(AdministratorFactory())


def test_an_administrator_asks_for_a_training_and_finds_it_in_the_list(administrator):
    LabelFactory()
    answer = administrator.post("model-versions/")
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["version"]) == (
        "requested",
        str(ModelVersion.objects.get()),
    )
    assert administrator.post("model-versions/").json()["id"] == answer.json()["id"]
    assert [v["id"] for v in administrator.get("model-versions/").json()["results"]] == [
        answer.json()["id"]
    ]


def test_a_training_without_grants_is_409(administrator):
    CategoryFactory()
    answer = administrator.post("model-versions/")
    assert answer.status_code == 409
    assert "no grant to learn from" in answer.json()["detail"]


def test_categories_are_searched_by_words(annotator):
    CategoryFactory(code="YOUTH")
    CategoryFactory()
    assert len(annotator.get("categories/").json()) == Category.objects.count()
    (found,) = annotator.get("categories/", q="youth").json()
    assert (found["code"], found["facet"], found["broader"], found["level"]) == (
        "YOUTH",
        "subject",
        None,
        1,
    )
    assert annotator.get("categories/", q="nothing of the kind").json() == []


def test_coverage_is_that_of_the_page(administrator):
    random_site.build(0, 9)
    body = administrator.get("coverage/").json()
    assert body["n_grants"] == Grant.objects.count()
    assert [facet["facet"] for facet in body["facets"]] == ["population", "subject"]
    row = body["facets"][0]["categories"][0]
    assert row.keys() == {
        "code", "label", "path", "level", "examples", "with_below", "pending", "band",
    }  # fmt: skip


def test_the_schema_is_valid_and_free_of_warnings(tmp_path):
    file = tmp_path / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))
    assert "/api/v1/annotations/" in file.read_text()
