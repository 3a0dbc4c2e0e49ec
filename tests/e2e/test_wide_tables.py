"""Tables of many columns on a laptop: nothing scrolls sideways within its card."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from annotation.models import CoverageNight, Outlook, Taxonomy
from tests.e2e.world import Watch, taxonomy
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory, ModelVersionFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
TOO_WIDE = """[...document.querySelectorAll('.scroll')].filter((e) => e.checkVisibility())
  .filter((e) => e.scrollWidth > e.clientWidth)
  .map((e) => `${e.getAttribute('aria-label')}: ${e.scrollWidth} in ${e.clientWidth}`)"""


@pytest.fixture
def screen(live_server, page, log_in):
    """``screen(path)``: the page for an administrator, on a laptop."""
    categories = taxonomy()
    LabelFactory(grant=GrantFactory(), category=categories["swim"])
    log_in(page, AdministratorFactory())
    page.set_viewport_size({"width": 1366, "height": 850})
    watch = Watch(page, live_server.url)
    yield lambda path: page.goto(live_server.url + path) and page
    assert watch.faults == []


def test_coverage_over_time_fits_its_card(screen):
    for n in range(3):
        CoverageNight.objects.create(
            for_date=date(2026, 11, 22) - timedelta(days=7 * n), counted_at=timezone.now(),
            n_labelled=12_345, bands={"subject": [1_234] * 5},
            examples={"subject": [0, 1_234, 2_345, 13_456 - n, 123_456]},
        )  # fmt: skip
    page = screen("/coverage/")
    page.get_by_role("region", name="Coverage over time").wait_for()
    assert page.evaluate(TOO_WIDE) == []


def test_when_to_stop_fits_its_card(screen):
    version = ModelVersionFactory(taxonomy=Taxonomy.objects.current())
    for measure in ("micro_f1", "macro_f1"):
        Outlook.objects.create(
            model_version=version, measure=measure, kind="labelled", n_labels=1_204,
            n_measured=1_204, score=0.56, low=0.53, high=0.59, kappa=0.97, is_stable=False,
            slope=0.0001, slope_low=0.00005, slope_high=0.0002, seconds_each=90,
            forecast="about 400 more annotations to macro-F1 0.45 (190 to 1,100), 13 hours at "
            "your pace",
        )  # fmt: skip
    page = screen(f"/versions/{version.pk}/")
    page.get_by_role("region", name="When to stop").wait_for()
    assert page.evaluate(TOO_WIDE) == []
