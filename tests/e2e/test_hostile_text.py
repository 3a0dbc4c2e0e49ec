"""Text that attacks: on every page it is text and nothing else."""

import pytest

from annotation.models import ModelVersion, QueueItem
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant
from annotation.services.skips import skip_grant
from tests.e2e.world import Watch
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>"
    '"><b onmouseover=alert(4)>\'<a href="javascript:alert(5)">x</a>'
    '<div hx-get="/grants/" hx-trigger="load" hx-target="body">y</div>'
    "<iframe src=https://evil.example></iframe></textarea></title><style>*{display:none}</style>"
    "{{7*7}}{% load static %}<!-- \u202egnp.exe \u2066 \u200b ﷽ ﻿"
)


@pytest.fixture
def world():
    """Every field that comes from a file or a person holds the same attack."""
    facet = FacetFactory(code="f<b>", label=EVIL[:100])
    category = CategoryFactory(
        facet=facet,
        code='c"><script>',
        label=EVIL[:200],
        definition=EVIL,
        scope_note=EVIL,
        alt_labels=[EVIL],
        ancestor_labels=[EVIL],
    )
    grants = [
        GrantFactory(
            reference=f"<i>{n}</i>{EVIL}"[:200],
            title=EVIL,
            description=f"{EVIL}\nsecond line",
            recipient_name=EVIL,
            funder_name=EVIL,
            programme=EVIL,
            recipient_place=EVIL,
            beneficiary_place=EVIL,
            quality_flags=[EVIL],
            queued=True,
            queued__reason=EVIL[:300],
        )
        for n in range(3)
    ]
    for grant in grants:
        SuggestionFactory(grant=grant, category=category, evidence=[EVIL, "script", "alert"])
    LabelFactory(grant=grants[0], category=category)
    ModelVersion.objects.update(reason=EVIL, metrics={"measured_on": EVIL})
    ModelVersion.objects.create(
        taxonomy=facet.taxonomy, status="failed", error=EVIL, reason=EVIL, phase=EVIL[:200]
    )
    person = UserFactory(username=EVIL[:100])
    claim = claim_next_grant(person)
    answer = {facet.code: FacetAnswer("labelled", accepted=(category.code,))}
    submit_annotation(person, claim.token, answer, idempotency_key="k")
    skip_grant(person, claim_next_grant(person).token, "other")
    return AdministratorFactory(first_name=EVIL[:100])


def test_hostile_text_is_shown_and_does_nothing(live_server, page, log_in, world):
    watch = Watch(page, live_server.url)
    log_in(page, world)
    page.goto(live_server.url)
    page.locator("#workspace").wait_for()
    assert page.locator("#text p").first.text_content() == EVIL
    home = page.content()
    for key in ("1", "1", "1", "t"):
        page.keyboard.press(key)
    page.locator("[role=treeitem]").first.wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("script")
    page.locator("[role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    for item in QueueItem.objects.all():
        page.goto(f"{live_server.url}/grants/{item.grant_id}/")
        assert page.locator("main h1").text_content() == EVIL
    for path in (
        "/grants/",
        "/grants/?q=%3Cscript%3E&category=%22%3E%3Cb%3E",
        "/coverage/",
        "/versions/",
    ):
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        assert "49" not in page.title()
    assert "<script>alert" not in home
    assert page.locator("main iframe, main img, main style, main [onerror]").count() == 0
    assert watch.faults == []


def test_a_foreign_address_is_no_place_to_go_after_signing_in(live_server, page):
    person = UserFactory(username="ada")
    for wanted in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        page.goto("about:blank")  # or what the screen still fetches brings its cookies back
        page.context.clear_cookies()
        page.goto(f"{live_server.url}/sign-in/?next={wanted}")
        page.get_by_label("Name").fill(person.username)
        page.get_by_label("Password").fill("a long enough secret")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{live_server.url}/")
