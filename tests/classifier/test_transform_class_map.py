"""A model whose labels are numbers answers a batch transform in categories, or is refused."""

import json

import pytest
from django.core.management import CommandError

from annotation.models import Category
from classifier.management.commands._transforming import note_path
from tests.aws_places import REGION
from tests.classifier.backends.test_sagemaker_endpoint import ROLE
from tests.classifier.ml.examples import topic_categories
from tests.classifier.test_sagemaker_transform import answers, out, run, site

__all__ = ["out", "site"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
CODES = [category.code for category in topic_categories()]
# The site has two of the three.
NUMBERS = {str(number): code for number, code in enumerate(CODES, 1) if code != "ANIMALS"}
FOUND = {"S-1": "MUSIC", "S-2": "WATER", "S-3": "MUSIC"}


@pytest.fixture
def made(store, packed_numbers):
    """What is typed of a model that was trained on an augmented manifest."""
    store.s3.put_object(Bucket=store.bucket, Key="trained/model.tar.gz", Body=packed_numbers)
    return (
        "--image", f"123456789012.dkr.ecr.{REGION}.amazonaws.com/blazingtext:1",
        "--model-data", f"s3://{store.bucket}/trained/model.tar.gz", "--role", ROLE,
        "--instance-type", "ml.m5.large", "--form", "blazingtext", "--yes",
    )  # fmt: skip


@pytest.fixture
def typed(tmp_path):
    def typed(content):
        path = tmp_path / "map.json"
        path.write_text(json.dumps(content))
        return "--class-map", str(path)

    return typed


def likeliest(out):
    return {reference: rows[0]["category"] for reference, rows in answers(out).items()}


@pytest.mark.parametrize("form", ["class map", "of unpack_fasttext"])
def test_numbers_become_categories(form, site, out, hosts, made, typed):
    labels = {f"__label__{number}": code for number, code in enumerate(CODES, 1)}
    run(out, *typed(NUMBERS if form == "class map" else {"labels": labels}), made=made)
    assert likeliest(out) == FOUND


def test_answers_of_none_of_the_site_s_categories_are_refused(site, out, hosts, store, made):
    with pytest.raises(CommandError, match=r"None of the 3 categories .*: 1, 2, 3\. .*--class-map"):
        run(out, made=made)
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(out.name)] == []
    assert hosts.left() == hosts.billed() == []
    assert store.files() == ["trained/model.tar.gz"]


def test_a_category_with_a_number_is_not_taken_for_that_of_the_class_map(
    site, out, hosts, made, typed
):
    number = {code: number for number, code in NUMBERS.items()}["WATER"]
    Category.objects.filter(code="MUSIC").update(code=number)
    with pytest.raises(CommandError, match=f"such as {number}, and a model .*Give --class-map"):
        run(out, made=made)
    assert "CreateTransformJob" not in hosts.calls
    run(out, *typed({number: "WATER"}), made=made)
    assert {row["category"] for rows in answers(out).values() for row in rows} == {"WATER"}


def test_what_was_cut_off_goes_on_with_the_map_that_it_was_given(
    site, out, hosts, store, made, typed
):
    hosts.stays, hosts.cut_after = True, 8
    with pytest.raises(CommandError, match="may be running"):
        run(out, *typed(NUMBERS), made=made)
    assert json.loads(note_path(out).read_text())["classes"] == NUMBERS
    hosts.stays, hosts.cut_after = False, None
    run(out, made=made)
    assert likeliest(out) == FOUND
    assert len(hosts.jobs) == 1


def test_a_map_given_when_it_goes_on_counts(site, out, hosts, store, made, typed):
    hosts.stays, hosts.cut_after = True, 8
    with pytest.raises(CommandError, match="may be running"):
        run(out, made=made)
    hosts.stays, hosts.cut_after = False, None
    note = note_path(out).read_text()
    note_path(out).write_text(note.replace('"blazingtext"', '"container"'))
    with pytest.raises(CommandError, match="--class-map is for --form blazingtext"):
        run(out, *typed(NUMBERS), made=made)
    note_path(out).write_text(note)
    run(out, *typed(NUMBERS), made=made)
    assert likeliest(out) == FOUND


def test_a_map_that_cannot_be_used_is_refused_before_anything_is_sent(
    site, out, hosts, made, typed
):
    for words, said in (
        (typed({"1": "NOWHERE"}), "map.json: its number 1 is 'NOWHERE'"),
        (("--class-map", str(out.parent / "none.json")), "none.json cannot be opened"),
    ):
        with pytest.raises(CommandError, match=said):
            run(out, *words, made=made)
    with pytest.raises(CommandError, match="--class-map is for --form blazingtext"):
        run(out, *typed(NUMBERS), made=(*made, "--form", "container"))
    assert hosts.calls == []
