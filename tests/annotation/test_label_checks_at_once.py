"""Administrators who send labels to be checked at the same moment."""

import pytest

from annotation.errors import ChecksRefused
from annotation.models import LabelCheck, QueueItem
from annotation.services.label_checks import send_to_check
from tests.annotation.quality_body import stored
from tests.annotation.test_concurrency import at_once
from tests.factories import AdministratorFactory, LabelFactory

pytestmark = pytest.mark.django_db(transaction=True)
N = 4


def test_each_label_is_sent_by_one_of_them():
    first = LabelFactory()
    category = first.category
    grants = [first.grant, *(LabelFactory(category=category).grant for _ in range(5))]
    doubts = [[grant.pk, category.pk, True, 0.02, 4.0] for grant in grants]
    report = stored({"taxonomy": category.taxonomy_id, "doubts": doubts}, "label-errors")

    def send(person):
        try:
            return send_to_check(person, report, 2).n_labels
        except ChecksRefused:  # nothing is left
            return 0

    found = at_once(send, AdministratorFactory.create_batch(N))
    assert sorted(found) == [0, 2, 2, 2]
    assert LabelCheck.objects.count() == 6
    assert QueueItem.objects.filter(is_open=True, is_blind=True, stream="recheck").count() == 6
