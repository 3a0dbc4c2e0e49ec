"""A small world for the browser: grants with suggestions, a watched page, counted keys."""

from annotation.models import Annotation, Grant, QueueItem
from tests.conftest import wait_until
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    counted_at_once,
)

TEXT = (
    "We will run a ten-week learn-to-swim and beach safety program for families who have "
    "recently arrived in Australia as refugees or migrants.\n\n"
    "Sixty children aged 6 to 12 will have weekly lessons with our volunteer lifesavers."
)


def taxonomy():
    """Two facets; ``Volunteering`` lies deep and is never suggested."""
    subject = FacetFactory(code="Subject", label="Subject", position=0)
    population = FacetFactory(
        code="Population", label="Population", position=1, has_general_public=True
    )
    sport = CategoryFactory(facet=subject, code="S01", label="Sport and recreation")
    club = CategoryFactory(facet=subject, code="S0101", label="Community sport", broader=sport)
    life = CategoryFactory(facet=subject, code="S02", label="Community life")
    help_ = CategoryFactory(facet=subject, code="S0201", label="Helping out", broader=life)
    return {
        "subject": subject,
        "population": population,
        "sport": sport,
        "club": club,
        "swim": CategoryFactory(
            facet=subject,
            code="S010101",
            label="Swimming and water safety",
            broader=club,
            scope_note="Not for patrols.",
        ),
        "settle": CategoryFactory(facet=subject, code="S0202", label="Settlement", broader=life),
        "volunteer": CategoryFactory(
            facet=subject,
            code="S020101",
            label="Volunteering",
            broader=help_,
            alt_labels=["unpaid work"],
        ),
        "children": CategoryFactory(facet=population, code="P01", label="Children"),
    }


@counted_at_once()
def suggested(categories, **grant):
    """A waiting grant: two subjects and one population suggested and ticked, one not."""
    grant = GrantFactory(
        **{"title": "Saltwater welcome", "description": TEXT, "queued": True} | grant
    )
    for name, score, ticked, evidence in [
        ("swim", 0.94, True, ["learn-to-swim", "lessons"]),
        ("settle", 0.81, True, ["recently arrived"]),
        ("club", 0.31, False, []),
        ("children", 0.88, True, ["children", "aged 6 to 12"]),
    ]:
        SuggestionFactory(
            grant=grant,
            category=categories[name],
            score=score,
            is_ticked=ticked,
            evidence=evidence,
        )
    return grant


def first(grant: Grant) -> Grant:
    """Put a grant at the head of the queue."""
    QueueItem.objects.filter(grant=grant).update(priority=9)
    return grant


def verdicts(annotation) -> dict[str, str]:
    return {d.category.label: d.verdict for d in annotation.decisions.select_related("category")}


def stored(n: int) -> None:
    """Wait until so many annotations stand: a page goes on before the server has answered."""
    current = Annotation.objects.current()
    wait_until(lambda: current.count() == n, 10, lambda: f"{current.count()} stand, not {n}")


class Watch:
    """Everything a page must never do: run a foreign script, break its policy, call elsewhere."""

    def __init__(self, page, home: str):
        self.faults: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self._request(request.url, home))

    def _console(self, message) -> None:
        # A refused answer is logged by the browser as an error; it is one we asked for.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.faults.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str, home: str) -> None:
        if not url.startswith((home, "data:", "about:", "blob:")):
            self.faults.append(f"foreign request: {url}")


class Keys:
    """A keyboard that counts."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, *keys: str) -> "Keys":
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1
        return self


ANSWERED = """n => performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/claims/next/")).length >= n"""


def until_ahead(page, n: int) -> None:
    """Wait until the page was answered n times when it asked for one grant more, to have it ahead.

    Of few grants it asks for each, and once in vain; "networkidle" may come before the first.
    """
    page.wait_for_function(ANSWERED, arg=n)


# A function: a bare expression is read anew with each look, which the page's policy forbids.
NOTHING_WAITS = "() => !Object.keys(localStorage).some((name) => name.startsWith('outbox:'))"


def until_sent(page) -> None:
    """Wait until the server has answered all that the page sent: "networkidle" comes only once."""
    page.wait_for_function(NOTHING_WAITS)


def until_listening(page) -> None:
    """Wait until the programs of a page that something led to have run.

    Its heading may stand long before: a key that is pressed then is lost, and a link that would
    open a dialog leads to a page.
    """
    page.wait_for_load_state("load")


def go_offline(page) -> None:
    """Cut the network, and wait until the page knows: nothing it sends from here on can arrive."""
    page.context.set_offline(True)
    page.wait_for_function("() => !navigator.onLine")


def until_readable(page) -> None:
    """A save in the first moment of a grant is taken for the last one's second Enter.

    That moment begins when the page's program runs, which may be long after its heading stands.
    """
    page.locator("#main[data-is-ready] #workspace:not([aria-busy])").wait_for()
    page.wait_for_timeout(450)


def opened(page, title: str):
    """Wait for a grant and give its reader the time to look at it."""
    page.get_by_role("heading", name=title, level=1).wait_for()
    until_readable(page)
    return page
