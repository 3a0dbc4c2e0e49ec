"""Where in a list a page begins, as its address says it."""

LONGEST_KEY = 18  # digits; a longer number is no key of any database


def key_before(request) -> int | None:
    """The key below which the page begins; None for the first page, and for what is no key."""
    before = request.GET.get("before", "")
    return int(before) if before.isdecimal() and len(before) <= LONGEST_KEY else None
