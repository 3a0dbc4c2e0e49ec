"""Every page there is, from the URLconf, for both roles: in both themes, wide and at 320 px.

A new page comes in by itself. What it names, if anything, is told to ``addresses_by_name``.
"""

import pytest
from django.urls import URLPattern, reverse

from annotation import urls
from annotation.models import OneTimeLink
from annotation.services.people_links import make_link
from tests.annotation.test_access_matrix import FORM, READ, ROLES, TABLE
from tests.e2e.full_site import addresses_by_name, full_site
from tests.e2e.world import Watch
from tests.factories import AdministratorFactory, UserFactory

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True),
]
# They answer with data, a file, or a part of a page that the page itself shows.
NO_PAGES = {
    "categories", "coverage_file", "definitions", "training", "reading", "grant_look_alikes",
    "import_faults", "simulation_progress", "simulation_csv", "simulation_json", "model_card_json",
    "report_progress", "backend_comparison_progress", "backend_comparison_json",
    "backend_comparison_report",
}  # fmt: skip
WITHOUT_SIGN_IN = {"sign_in", "one_time_link"}
WIDTHS = (1280, 320)
# Besides the addresses themselves: searches that find nothing, long ones, and another order.
ALSO = {
    "annotator": ["/grants/?q=nothing-is-called-this", "/grants/?category=S0001", "/nowhere/"],
    "administrator": [
        "/coverage/?q=nothing-is-called-this",
        "/import/?kind=taxonomy",
        "/tour/?step=2",
        "/tour/?step=3",
        "/versions/retrain/",
        "/quality/near-miss/?right=P9998&ticked=P9999",
    ],
}


def pages(role):
    """Names of the URLs that show the role a page when they are opened."""
    shown = {READ.split()[0], FORM.split()[0]}
    ours = [pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)]
    for name in ours:
        if name not in NO_PAGES and TABLE[name][ROLES.index(role)].split()[0] in shown:
            yield name


def addresses(role, named):
    found = []
    for name in pages(role):
        if name in WITHOUT_SIGN_IN:
            continue
        for kwargs in named.get(name, [{}]):
            found.append(reverse(name, kwargs=kwargs))
    return found


# Tables that reach to the edges of their card: nothing that follows lies over a last row.
LIES_OVER = """() => [...document.querySelectorAll(".card .bleed")].flatMap(table => {
    const next = table.nextElementSibling || table.closest(".card > *").nextElementSibling;
    const end = table.getBoundingClientRect().bottom;
    const its = next?.getBoundingClientRect();
    return its?.height && its.top < end ? [table.getAttribute("aria-label")] : [];
})"""


def looked_at(page, axe, address):
    """What is wrong with the page on any screen: a broken rule, or a page that scrolls sideways."""
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            wrong.append(f"{address} at {width} px is {wide} px wide")
        over = page.evaluate(LIES_OVER)
        wrong += [f"{address} {width} px: something lies over the end of {one}" for one in over]
        wrong += [f"{address} {width} px: {line}" for line in axe(page)]
    return wrong


def walk(live_server, page, axe, paths):
    watch = Watch(page, live_server.url)
    page.set_default_timeout(30_000)
    wrong = []
    for path in paths:
        page.goto(live_server.url + path)
        wrong += looked_at(page, axe, path)
    wrong += watch.faults
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ["administrator", "annotator"])
def test_every_page_of_a_full_site(live_server, page, log_in, axe, tmp_path, role):
    administrator, annotator = full_site(tmp_path)
    person = administrator if role == "administrator" else annotator
    log_in(page, person)
    page.goto(f"{live_server.url}/account/")  # lists the session, which has pages of its own
    paths = [*addresses(role, addresses_by_name(person)), *ALSO[role]]
    assert len(paths) > (30 if role == "administrator" else 15)
    walk(live_server, page, axe, paths)


@pytest.mark.parametrize("role", ["administrator", "annotator"])
def test_every_page_of_an_empty_site(live_server, page, log_in, axe, role):
    person = (AdministratorFactory if role == "administrator" else UserFactory)()
    log_in(page, person)
    paths = [reverse(name) for name in pages(role) if not wants_a_row(name)]
    walk(live_server, page, axe, paths)


def wants_a_row(name):
    pattern = next(p for p in urls.urlpatterns if getattr(p, "name", "") == name)
    return "<" in str(pattern.pattern)


def test_every_page_before_the_sign_in(live_server, page, axe):
    new = UserFactory(username="n" * 150)
    key = make_link(new, OneTimeLink.Purpose.INVITATION)
    paths = ["/sign-in/", f"/welcome/{key}/", "/welcome/used/", "/sign-in/?next=/grants/"]
    walk(live_server, page, axe, paths)


def test_the_page_of_a_one_time_password(live_server, page, log_in, axe):
    log_in(page, UserFactory(must_change_password=True))
    walk(live_server, page, axe, ["/password/"])
