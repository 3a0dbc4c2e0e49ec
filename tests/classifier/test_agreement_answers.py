"""Whose answers agreement is measured on."""

import pytest

from annotation.models import LabelCheck, QueueItem
from annotation.services.label_checks import send_to_check
from annotation.services.rechecks import plan_rechecks
from classifier.agreement_answers import decided_twice
from tests.annotation.label_doubts import annotated, report_on
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    ModelVersionFactory,
)

pytestmark = pytest.mark.django_db


def test_what_was_drawn_by_lot_counts_and_what_was_sent_because_it_looks_wrong_does_not():
    facet = FacetFactory(code="subject")
    ModelVersionFactory(taxonomy=facet.taxonomy)
    arts = CategoryFactory(facet=facet, code="A")
    drawn, sent = annotated("A"), annotated("A")
    QueueItem.objects.filter(grant=sent).update(n_required=2, n_done=2)  # so it is not drawn
    assert plan_rechecks(1) == 1
    annotated("A", grant=drawn)
    QueueItem.objects.filter(grant=sent).update(n_required=1, n_done=1)
    # The drawn one is sent as well: of it the answers from before count.
    doubts = report_on((sent, arts, True), (drawn, arts, True))
    send_to_check(AdministratorFactory(), doubts, 2)
    annotated(grant=sent, outcome="none_fits")
    annotated(grant=drawn, outcome="none_fits")
    assert LabelCheck.objects.count() == 2
    found = decided_twice()
    assert found.grants == [drawn.pk]
    assert [len(facet.answers.grants) for facet in found.facets] == [2]
