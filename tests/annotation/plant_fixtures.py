"""A person who is due for a plant, as fixtures."""

import pytest

from tests.annotation import planted
from tests.factories import UserFactory


@pytest.fixture
def categories():
    return planted.tree()


@pytest.fixture
def eve():
    return UserFactory(username="eve")


@pytest.fixture
def due(categories, eve):
    return planted.due(categories, eve)
