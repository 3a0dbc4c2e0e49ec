"""Parts of the taxonomy that an address asks for and that are not there: named, and taken off."""

from collections.abc import Callable

# What may be asked for, in words for what there is not.
PARTS = {
    "branch": "no category",
    "facet": "no facet",
    "level": "no level",
    "band": "no number of examples to choose",
}


def without_wrong_parts(query: dict[str, str], has: Callable[[str, str], bool]) -> list[str]:
    """Take off what ``has`` does not know by its name and value; the sentences say what."""
    return [
        f"“{query.pop(name)}” is {words} here: all of them are shown."
        for name, words in PARTS.items()
        if query.get(name) and not has(name, query[name].replace("\0", ""))
    ]
