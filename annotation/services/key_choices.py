"""The keys of the annotating screen: the usual ones, and each person's own.

A key is what it writes, in lower case, or the browser's name of one that writes nothing. Digits
are known by their place, so that they are the same on every layout; ``numbers`` is nine at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from annotation.errors import KeysRefused
from annotation.models import KeyChoice, User

NUMBERS = 9
# Of those that write nothing, what neither the browser nor the page needs for itself.
NAMED = {
    *("Enter", "Space", "Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown"),
    *("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "F2", "F4", "F8", "F9", "F10"),
}


@dataclass(frozen=True)
class Deed:
    """Something that a key of the annotating screen does."""

    key: str
    words: str


DEEDS = {
    "save": Deed("Enter", "Save and open the next grant"),
    "numbers": Deed("123456789", "Tick, reject, undecide: the suggestions in their order"),
    "cycle": Deed("Space", "Tick, reject, undecide the one in focus"),
    "up": Deed("ArrowUp", "Move up along all suggestions"),
    "down": Deed("ArrowDown", "Move down along all suggestions"),
    "left": Deed("ArrowLeft", "Go to the facet before"),
    "right": Deed("ArrowRight", "Go to the next facet"),
    "add": Deed("/", "Add a category by typing"),
    "tree": Deed("t", "Browse the tree"),
    "parent": Deed("b", "Back off to the parent of the one in focus"),
    "undo": Deed("u", "Undo, also across grants"),
    "undo_also": Deed("Backspace", "Take back: the second key for it"),
    "skip": Deed("s", "Skip, with a reason"),
    "park": Deed("p", "Park it for later"),
    "flag": Deed("f", "Flag the grant"),
    "comment": Deed("c", "Comment on the grant"),
    "none_fits": Deed("n", "None fits (facet in use)"),
    "not_enough_text": Deed("x", "Not enough text (facet in use)"),
    "general_public": Deed("g", "General public, where that is an answer"),
    "help": Deed("?", "These keys"),
}
USUAL = {name: deed.key for name, deed in DEEDS.items()}


def keys_of(user: User) -> dict[str, str]:
    """The key of every deed. One query."""
    own = KeyChoice.objects.filter(user=user, deed__in=USUAL).values_list("deed", "key")
    return USUAL | dict(own)


def choose_keys(user: User, keys: Mapping[str, str]) -> dict[str, str]:
    """Make these the person's keys; a deed that is not named has its usual one again.

    Raises:
        KeysRefused: a deed is unknown, a key is none that can be chosen, or two deeds want one
            key; nothing is stored.
    """
    if unknown := sorted(keys.keys() - USUAL.keys()):
        raise KeysRefused(f"There is no deed {unknown[0]!r} to give a key to.")
    wanted = USUAL | {deed: _checked(deed, key) for deed, key in keys.items()}
    _refuse_one_for_two(wanted)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)
        KeyChoice.objects.filter(user=user).delete()
        KeyChoice.objects.bulk_create(
            KeyChoice(user=user, deed=deed, key=key)
            for deed, key in wanted.items()
            if key != USUAL[deed]
        )
    return wanted


def _checked(deed: str, key: str) -> str:
    if deed == "numbers":
        return _nine(key)
    if key in NAMED:
        return key
    if len(key) != 1 or not key.isprintable() or key.isspace():
        raise KeysRefused(
            f"{key[:20]!r} cannot be the key for “{DEEDS[deed].words}”. Take one letter, digit"
            " or sign, Enter, Space, an arrow or F2, F4, F8, F9, F10."
        )
    return key.lower()


def _nine(keys: str) -> str:
    """Letters and digits only: with Shift a sign is another sign, and Shift says why."""
    if len(keys) != NUMBERS or not all(key.isascii() and key.isalnum() for key in keys):
        raise KeysRefused(
            f"{keys[:20]!r} cannot be the nine keys for suggestions. Take nine letters or digits,"
            " one after the other, such as 123456789."
        )
    return keys.lower()


def _refuse_one_for_two(wanted: Mapping[str, str]) -> None:
    deed_of: dict[str, str] = {}
    for deed, keys in wanted.items():
        for key in keys if deed == "numbers" else [keys]:
            if key in deed_of:
                first, second = DEEDS[deed_of[key]].words, DEEDS[deed].words
                raise KeysRefused(
                    f"The key {key!r} would do two things: “{first}” and “{second}”. "
                    "Give one of them another key."
                )
            deed_of[key] = deed
