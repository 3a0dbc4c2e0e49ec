"""The ways to train that the site's classifier offers, and whether each can run here.

Pages ask by this; the classifier, which knows, says at start what there is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class WayToTrain:
    """``words``: what people read for the name; ``wants``: empty where it can be measured here,
    else a sentence that says what is missing.
    """

    name: str
    words: str
    wants: str = ""


_offered: list[Callable[[], Sequence[WayToTrain]]] = []


def install(offered: Callable[[], Sequence[WayToTrain]]) -> None:
    """Make these what is offered; a second call replaces the first."""
    _offered[:] = [offered]


def ways_to_train() -> list[WayToTrain]:
    """All of them, the site's own recipe first; asked anew, since a library may be there by now."""
    return [way for offered in _offered for way in offered()]


def words_of_ways() -> dict[str, str]:
    """By name."""
    return {way.name: way.words for way in ways_to_train()}
