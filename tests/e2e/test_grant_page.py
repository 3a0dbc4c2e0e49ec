"""One grant's page with much, little and odd things on it: readable, in bounds, no rule broken."""

import os
import uuid
from pathlib import Path

import pytest

from annotation.models import Grant, ModelVersion, QueueItem, Skip, TextPair
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant
from tests.e2e.world import Watch, first, suggested, taxonomy
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
ARABIC = "نطلب منحة لتجهيز قاعة المركز بأثاث جديد للأسر الوافدة حديثا إلى المدينة"
WIDTHS = {"desk": 1280, "phone": 360}
SHOTS = os.environ.get("SCREENSHOTS", "")  # a folder, for whoever wants to look


def answer(grant, name, **facets):
    annotator = UserFactory(username=name)
    first(grant)
    claim = claim_next_grant(annotator)
    assert claim.grant == grant
    submit_annotation(annotator, claim.token, facets, idempotency_key=str(uuid.uuid4()), seconds=75)


@pytest.fixture
def categories():
    return taxonomy()


@pytest.fixture
def busy(categories):
    """Twenty answers and a skip, two versions, every source and flag, look-alikes of each kind."""
    grant = suggested(
        categories,
        queued__n_required=25,
        text_key="a",
        is_compared=True,
        quality_flags=["short", "capitals", "duplicate", "not_english", "contact"],
        recipient_identifier="ABN 51 824 753 556",
        programme="Active Places",
    )
    said = FacetAnswer("labelled", accepted=("S010101",), rejected=("S0202",), added=("S020101",))
    for n in range(19):
        answer(grant, f"annotator-{n:02}", Subject=said)
    Skip.objects.create(grant=grant, annotator=UserFactory(), reason="other")
    answer(grant, "the-last", Subject=FacetAnswer("none_fits"))
    for source in ("applicant", "imported", "adjudicated"):
        LabelFactory(grant=grant, category=categories["swim"], source=source)
    old = grant.suggestions.first().model_version
    new = ModelVersion.objects.create(taxonomy=old.taxonomy, status="retired")
    grant.suggestions.update(model_version=new)
    Grant.objects.filter(pk=grant.pk).update(scored_by=new)
    for key, similarity, facts in [
        ("a", None, {"title": "Saltwater welcome"}),
        ("b", 0.93, {"title": ARABIC, "description": ""}),
        ("c", 0.81, {"title": "W" * 400, "queued": True, "stream": "audit"}),
    ]:
        other = GrantFactory(text_key=key, **facts)
        if similarity:
            TextPair.objects.create(text_key="a", other_key=key, similarity=similarity)
            LabelFactory(grant=other, category=categories["volunteer"])
    QueueItem.objects.filter(grant=grant).update(n_required=20, is_open=False)
    return grant


@pytest.fixture
def kinds(categories, busy):
    """A page of every kind, by name."""
    facet = categories["subject"]
    many = GrantFactory(title="x" * 300, description="long words " + "y" * 5_000 + " z" * 3_000)
    for n in range(10):
        label = f"Number {n} of thirteen hundred " + "Donaudampfschifffahrtsgesellschaft" * 4
        SuggestionFactory(grant=many, category=CategoryFactory(facet=facet, label=label))
    return {
        "busy": busy,
        "empty": GrantFactory(title="", description="", quality_flags=["empty"]),
        "rtl": GrantFactory(
            title=ARABIC, description=f"{ARABIC}\n\n\u202etxet\n\n{ARABIC}", funder_name=ARABIC
        ),
        "long": many,
        "blind": suggested(categories, stream="audit", text_key="a"),
    }


def opened(page, live_server, grant, log_in):
    log_in(page, AdministratorFactory())
    page.goto(f"{live_server.url}/grants/{grant.pk}/")
    return page


@pytest.mark.parametrize("size", WIDTHS)
def test_no_kind_of_grant_breaks_a_rule_or_the_frame(live_server, page, log_in, axe, kinds, size):
    CategoryFactory.create_batch(1_300, facet=kinds["busy"].suggestions.first().category.facet)
    page.set_viewport_size({"width": WIDTHS[size], "height": 900})
    watch = Watch(page, live_server.url)
    log_in(page, AdministratorFactory())
    for kind, grant in kinds.items():
        page.goto(f"{live_server.url}/grants/{grant.pk}/")
        for fold in page.locator("details:not(.menu) > summary").all():
            if fold.is_visible():
                fold.click()
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{kind}-{size}.png", full_page=True)
        assert axe(page) == [], kind
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= WIDTHS[size], f"{kind} is {width} wide"
    assert watch.faults == []


def test_older_acts_unfold_and_a_look_alike_leads_to_its_own_page(live_server, page, log_in, busy):
    opened(page, live_server, busy, log_in)
    history = page.locator("#history")
    assert not history.get_by_text("annotator-00").is_visible()
    history.get_by_text("16 older").click()
    assert history.get_by_text("annotator-00").is_visible()
    page.get_by_role("link", name=ARABIC).click()
    page.get_by_role("heading", level=1, name=ARABIC).wait_for()
