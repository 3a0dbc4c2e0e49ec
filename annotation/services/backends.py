"""The kinds of model that can be trained here. The classifier offers them when the site starts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from annotation.errors import NoSuchTraining

PRODUCTION = "production"


@dataclass(frozen=True)
class OfferedBackend:
    """``ask``: what it wants, asked for once and only by who chooses a kind, since that may take
    a look at the disk or the database. ``says_why``: whether its versions can say which words spoke
    for a category.
    """

    name: str
    words: str
    ask: Callable[[], str]
    says_why: bool = False

    @cached_property
    def wants(self) -> str:
        """Empty if it can be trained here, else a sentence with what to do."""
        return self.ask()

    @property
    def can_run(self) -> bool:
        return not self.wants


_offers: list[Callable[[], list[OfferedBackend]]] = []


def offer(tell: Callable[[], list[OfferedBackend]]) -> None:
    """Say who tells of the kinds; asked anew each time, since what one wants may change."""
    _offers[:] = [tell]


def backends() -> list[OfferedBackend]:
    """All kinds, those that cannot run here as well."""
    return [backend for tell in _offers for backend in tell()]


def backend_words(name: str) -> str:
    """What people read for the name; a kind that is no longer offered is called by its name."""
    return next((backend.words for backend in backends() if backend.name == name), name)


def must_run_here(name: str) -> None:
    """Refuse a kind that cannot be trained.

    Raises:
        NoSuchTraining: there is no such kind, or it cannot be trained here: then what it wants.
    """
    offered = {backend.name: backend for backend in backends()}
    if name not in offered:
        raise NoSuchTraining(
            f"There is no kind of model “{name[:40]}”. There are {', '.join(offered)}."
        )
    if wants := offered[name].wants:
        raise NoSuchTraining(f"{offered[name].words} cannot be trained here. {wants}")
