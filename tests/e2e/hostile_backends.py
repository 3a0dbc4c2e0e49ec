"""A comparison of kinds of model whose facets, categories and errors are attacks."""

from django.utils import timezone

from annotation.models import BackendComparison, Taxonomy
from tests.annotation.compared_backends import BASIS, part, results_of, row_of
from tests.e2e.hostile_texts import ALL, PAYLOADS


def backends_compared(person):
    """The figures of each name facets and categories; one could not be measured."""
    run = BackendComparison.objects.create(
        taxonomy=Taxonomy.objects.current(), requested_by=person, status="stopped", error=ALL,
        ended_at=timezone.now(), texts_a_month=1, trainings_a_month=1, held_out="folds",
        basis=BASIS,
    )  # fmt: skip
    row = row_of("sgd", label=ALL)
    row["by_facet"], row["order"]["by_facet"] = dict.fromkeys(PAYLOADS, part(49)), PAYLOADS
    categories = [{"code": text} for text in PAYLOADS]
    sgd = run.backends.create(name="sgd", position=0, status="done", row=row, categories=categories)
    run.backends.create(name="perceptron", position=1, status="failed", error=ALL)
    run.results = results_of([sgd])
    run.save()
