"""Password hashes of one iteration: slow hashing is Django's affair and would only cost minutes."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Of Django's own algorithm, so that a real process that a test starts can read the hash."""

    iterations = 1
