"""What compared backends run on: the labels of the beginning, and nothing that has changed."""

import pytest

from annotation.models import Grant, Label
from annotation.models.backend_comparisons import RECIPE
from annotation.reports.backend_comparisons import (
    ENOUGH_AUDIT_GRANTS,
    LEAST_GRANTS,
    NOT_HERE,
    found_in,
    n_labelled_since,
)
from annotation.services.rollups import recount, take_out
from classifier.backend_comparisons import measure_waiting_backend
from classifier.backends.options import OPTIONS, Option
from tests.classifier.comparing_backends import (
    CHEAP,
    OTHER,
    grants,
    labelled,
    measured_to_the_end,
    quickly,
    requested,
)

__all__ = ["grants", "quickly"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_audit_stream_measures_where_it_is_big_enough_and_teaches_nothing(
    grants, categories, quickly
):
    labelled(categories, ENOUGH_AUDIT_GRANTS - 1, stream="audit")
    run = requested(CHEAP)
    measured_to_the_end(run)
    assert (run.held_out, run.n_train, run.n_measured) == ("folds", LEAST_GRANTS, LEAST_GRANTS)
    labelled(categories, 1, stream="audit")
    run = requested(CHEAP)
    row = measured_to_the_end(run)[CHEAP].row
    assert (run.held_out, run.n_train, run.n_measured) == ("audit", LEAST_GRANTS, 50)
    assert (row["n_measured"], row["n_labelled"], row["n_background"]) == (50, 50, 51)
    assert found_in(run)["settings"]["test"] == ["its audit stream"]


def test_what_nobody_could_ask_for_is_kept_with_what_it_wants(grants, quickly, monkeypatch):
    for name in ("lacks", "lacks_by_now"):
        option = Option(name, dict, lambda: "Install it.", "Lacks a library")
        monkeypatch.setitem(OPTIONS, name, option)
    run = requested(CHEAP, "lacks_by_now")
    backends = measured_to_the_end(run)
    assert backends["lacks_by_now"].error.endswith("cannot run here. Install it.")
    found = found_in(run)
    assert found["left_out"]["lacks"] == "Install it."
    assert found["left_out"]["sagemaker_blazingtext"] == NOT_HERE
    assert not {CHEAP, "lacks_by_now"} & set(found["left_out"])
    assert found["failed"] == {"lacks_by_now": backends["lacks_by_now"].error}


def test_too_few_labels_are_told_with_their_number(labelled_grants):
    run = requested()
    measured_to_the_end(run)
    assert run.status == "stopped"
    assert run.error.startswith("There are 24 labelled grants to learn from, and 50 are needed.")


def test_what_is_labelled_while_it_runs_changes_no_figure_and_is_told(grants, categories, quickly):
    recount(Grant.objects.values_list("pk", flat=True))
    run = requested()
    measure_waiting_backend()
    Label.objects.filter(grant=grants[0]).update(category=categories["GARDEN"])
    labelled(categories, 2)
    recount(Grant.objects.values_list("pk", flat=True))
    run.refresh_from_db()
    assert n_labelled_since(run) == 2
    rows = [each.row for each in measured_to_the_end(run).values()]
    assert {row["n_measured"] for row in rows} == {LEAST_GRANTS}
    assert len({row["n_background"] for row in rows}) == 1


@pytest.mark.parametrize("change", ["text", "category", "grant"])
def test_it_says_so_when_its_grants_are_no_longer_the_same(grants, categories, quickly, change):
    run = requested()
    measure_waiting_backend()
    if change == "text":
        Grant.objects.filter(pk=grants[0].pk).update(title="Another")
    elif change == "category":
        categories["ARTS"].alt_labels = ["Painting"]
        categories["ARTS"].save()
    else:
        Label.objects.filter(grant=grants[0]).delete()
        take_out([grants[0].pk])
        grants[0].delete()
    backends = measured_to_the_end(run)
    assert run.status == "stopped"
    assert "since it began. Start another comparison." in run.error
    assert backends[CHEAP].status == "done" and backends[OTHER].status != "done"
    assert [row["name"] for row in found_in(run)["options"]] == [CHEAP]


@pytest.mark.parametrize("earlier", [{"recipe": RECIPE - 1}, {}])
def test_it_does_not_go_on_by_another_recipe_than_it_began_with(grants, quickly, earlier):
    run = requested()
    measure_waiting_backend()
    run.refresh_from_db()
    assert run.basis["recipe"] == RECIPE and not run.is_of_another_recipe
    del run.basis["recipe"]
    run.basis |= earlier
    run.save()
    backends = measured_to_the_end(run)
    assert run.status == "stopped"
    assert run.error.endswith("since it began. Start another comparison.")
    assert backends[CHEAP].status == "done" and backends[OTHER].status != "done"
