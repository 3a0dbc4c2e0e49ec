"""The header: one row where there is room for one."""

import pytest

from tests.factories import AdministratorFactory, GrantFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
A_ROW = 50  # px; two rows of navigation are 76


@pytest.mark.parametrize("width", [1024, 1100, 1200, 1366, 1600])
def test_an_administrator_s_pages_stand_in_one_row(live_server, page, log_in, width):
    GrantFactory()
    log_in(page, AdministratorFactory(first_name="Alexandria", last_name="Featherstonehaugh"))
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{live_server.url}/grants/")
    links = page.locator(".main-nav a")
    assert links.count() == 12
    assert len({links.nth(n).bounding_box()["y"] for n in range(12)}) == 1
    assert page.locator("header.top").bounding_box()["height"] < A_ROW
    assert page.get_by_role("button", name="Theme").is_visible()
