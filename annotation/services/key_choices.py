"""The keys of the annotating screen: the usual ones, and each person's own."""

from collections.abc import Mapping

from django.db import transaction

from annotation.errors import KeysRefused
from annotation.models import KeyChoice, User

# Digits, Enter, Space, Backspace and the arrows stay what they are for everybody.
USUAL = {
    "add": "/",
    "tree": "t",
    "parent": "b",
    "undo": "u",
    "skip": "s",
    "park": "p",
    "flag": "f",
    "comment": "c",
    "none_fits": "n",
    "not_enough_text": "x",
    "general_public": "g",
    "help": "?",
}


def keys_of(user: User) -> dict[str, str]:
    """The key of every deed. One query."""
    own = KeyChoice.objects.filter(user=user, deed__in=USUAL).values_list("deed", "key")
    return USUAL | dict(own)


def choose_keys(user: User, keys: Mapping[str, str]) -> dict[str, str]:
    """Make these the person's keys; a deed that is not named has its usual one again.

    Raises:
        KeysRefused: a deed is unknown, a key is no single sign, or two deeds want one key;
            nothing is stored.
    """
    if unknown := sorted(keys.keys() - USUAL.keys()):
        raise KeysRefused(f"There is no deed {unknown[0]!r} to give a key to.")
    for key in keys.values():
        if len(key) != 1 or not key.isprintable() or key.isspace() or key.isdecimal():
            raise KeysRefused(f"{key!r} cannot be a key. Take one letter or sign, not a digit.")
    wanted = USUAL | {deed: key.lower() for deed, key in keys.items()}
    by_key: dict[str, str] = {}
    for deed, key in wanted.items():
        if key in by_key:
            raise KeysRefused(f"The key {key!r} would do two things. Give one of them another key.")
        by_key[key] = deed
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)
        KeyChoice.objects.filter(user=user).delete()
        KeyChoice.objects.bulk_create(
            KeyChoice(user=user, deed=deed, key=key)
            for deed, key in wanted.items()
            if key != USUAL[deed]
        )
    return wanted
