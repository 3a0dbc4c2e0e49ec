"""Fixtures of the annotation tests."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def static_folder():
    """WhiteNoise warns of a folder that is not there, and nothing is collected for these tests."""
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
