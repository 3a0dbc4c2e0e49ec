"""Names of deeds as pages hold them: nothing of a number tells what kind of row it stands for.

A page names what it may want to take back. The numbers of annotations and of what was said to
plants come from two tables, so in the page's source they would tell who was shown a plant.
"""

import re

from django.utils.crypto import salted_hmac

ROUNDS = 4
HALF = 32  # bits
LAST = 2**HALF - 1
HIDDEN = re.compile(r"(annotation|skip)-x([0-9a-f]{16})", re.ASCII)


def hidden(name: str) -> str:
    """``annotation-12`` as a page has it: ``annotation-x`` and sixteen digits without an order."""
    kind, _, number = name.partition("-")
    left, right = int(number) >> HALF, int(number) & LAST
    for n in range(ROUNDS):
        left, right = right, left ^ _mixed(kind, n, right)
    return f"{kind}-x{left << HALF | right:016x}"


def shown(name: str) -> str:
    """What a page's name stands for; a name that is none of these is what it says."""
    found = HIDDEN.fullmatch(name)
    if found is None:
        return name
    kind, number = found[1], int(found[2], 16)
    left, right = number >> HALF, number & LAST
    for n in reversed(range(ROUNDS)):
        left, right = right ^ _mixed(kind, n, left), left
    return f"{kind}-{left << HALF | right}"


def _mixed(kind: str, n: int, half: int) -> int:
    """A round of Feistel's network (Luby and Rackoff 1988), by the secret of the site."""
    digest = salted_hmac("names of deeds", f"{kind} {n} {half}", algorithm="sha256").digest()
    return int.from_bytes(digest[: HALF // 8])
