"""Fixtures of the annotation tests."""

import pytest


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Slow hashing is Django's affair; here it would only cost minutes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
