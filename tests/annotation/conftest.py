"""Fixtures of the annotation tests."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Slow hashing is Django's affair; here it would only cost minutes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def static_folder():
    """WhiteNoise warns of a folder that is not there, and nothing is collected for these tests."""
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
