"""Forty attacks in every text field there is: on no page does one of them run or ask."""

import re

import pytest
from django.apps import apps
from django.db import models

from tests.e2e.hostile_site import hostile_site, rows
from tests.e2e.hostile_texts import LONG, PAYLOADS
from tests.e2e.test_every_page import addresses
from tests.e2e.world import Watch, until_readable
from tests.patience import patience

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
# Fields of text that nobody fills by typing or by a file: their values are ours.
OURS = {
    "Category.path", "Decision.verdict", "ErasurePermit.reason", "Grant.currency",
    "Grant.text_key", "Heartbeat.name", "KeyChoice.deed", "KeyChoice.key", "Lease.name",
    "UndoneSkip.idempotency_key",
    "ImportRun.taxonomy_choice", "ImportRun.preview",
    "Annotation.stream", "Annotation.idempotency_key", "QueueItem.shown", "Reveal.shown",
    "SiteSettings.text_fields", "SiteSettings.time_zone", "Skip.reason", "TextPair.text_key",
    "TextPair.other_key", "Snapshot.grant_ids", "Snapshot.annotation_ids", "Snapshot.label_ids",
    "ModelVersion.artifact_signature", "User.password", "SentenceVector.encoder",
    "SimulationRun.strategies", "SimulationRun.results", "SimulatedCurve.strategy",
    "BackendComparison.basis", "BackendComparison.results", "MeasuredBackend.name",
    "MeasuredBackend.replicates",
    "SimulatedCurve.points", "SimulatedCurve.chosen", "Notice.cause", "Notice.details",
    "Notice.mail_error", "Plant.shown", "PlantReply.verdict", "PlantReply.answers",
    "PlantReply.idempotency_key", "GrantRollup.examples", "GrantRollup.pending",
    "CoverageNight.bands", "CoverageNight.examples", "StoredReport.subject", "StoredReport.phase",
    "ModelVersion.backend", "SiteSettings.backend",
    "SagemakerAccount.site", "SagemakerAccount.region", "SagemakerAccount.bucket",
    "SagemakerAccount.prefix", "SagemakerAccount.role", "SagemakerAccount.instance_type",
    "SagemakerAccount.agreed_to", "SagemakerJob.instance_type", "SagemakerJob.name",
    "SagemakerJob.training",
    "SagemakerJob.region", "SagemakerJob.bucket", "SagemakerJob.prefix", "SagemakerJob.status",
}  # fmt: skip
# They have no room for all forty: a line in one row, and the names that most grants have.
SOME = {"SiteSettings.data_licence", "StoredReport.body"}
# What a page itself asks for; anything else was asked for by a text.
ASKED = re.compile(
    r"/(static/.*|(categories|definitions)\.json|claims/.*|annotations/.*|versions/(training|reading)/"
    r"|import/\d+/progress/|grants/\d+/(look-alikes|notes)/|favicon.ico)?$"
)
ALIVE = """() => [...document.querySelectorAll("body *")].filter((node) =>
    node.matches("main :is(iframe, object, embed, base, meta, link, style, video, math, img)")
    || [...node.attributes].some(({name, value}) => name.startsWith("on")
        || (["src", "href", "action", "data", "srcdoc", "formaction"].includes(name)
            && /^\\s*(javascript:|(https?:)?\\/\\/evil)/i.test(value)))
    ).map((node) => node.outerHTML.slice(0, 200))"""


def typed_fields():
    """The fields of every table that hold a text which a person, a file or a worker brings."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    for model in apps.get_app_config("annotation").get_models():
        for field in model._meta.concrete_fields:
            name = f"{model.__name__}.{field.name}"
            is_hash = field.name.endswith(("sha256", "auth_hash"))
            if isinstance(field, kinds) and not (field.choices or is_hash or name in OURS | SOME):
                yield name, model, field


def test_there_are_forty_of_them():
    assert len(set(PAYLOADS)) == 40
    assert len(LONG) > 250_000


def test_each_of_the_forty_stands_in_every_text_field():
    hostile_site()
    missing = []
    for name, model, field in typed_fields():
        stored = "\n".join(leaves(list(model.objects.values_list(field.name, flat=True))))
        for text in PAYLOADS:
            if without_slashes(text)[:30] not in without_slashes(stored):
                missing.append(f"{name}: {text}")
    assert missing == [], "\n".join(missing)


def without_slashes(text):
    """A code has none: its path is made of codes with slashes between."""
    return text.replace("/", "|")


def leaves(value):
    """The texts inside what a JSON field holds, names included."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield str(value)


class Suspicion(Watch):
    """Besides: a request that a text made at home, and a breach of the policy."""

    def __init__(self, page, home):
        super().__init__(page, home)
        page.add_init_script(
            """document.addEventListener("securitypolicyviolation",
                 (event) => console.error(`policy: ${event.violatedDirective}`))"""
        )
        page.on("request", lambda request: self._asked(request, home))

    def _asked(self, request, home):
        path = request.url.removeprefix(home).partition("?")[0]
        if not request.is_navigation_request() and not ASKED.match(path):
            self.faults.append(f"asked for {path}")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("role", ["administrator", "annotator"])
def test_on_every_page_forty_hostile_texts_do_nothing(live_server, page, log_in, role):
    administrator, annotator = hostile_site()
    person = administrator if role == "administrator" else annotator
    watch = Suspicion(page, live_server.url)
    page.set_default_timeout(patience(30) * 1000)
    log_in(page, person)
    page.goto(f"{live_server.url}/account/")
    wrong = []
    named = rows(person)
    if role == "annotator":  # the same templates: one row of each shows what differs
        named = {name: found[:1] for name, found in named.items()}
    for path in addresses(role, named):
        page.goto(live_server.url + path)
        wrong += [f"{path}: {fault}" for fault in [*page.evaluate(ALIVE), *watch.faults]]
        watch.faults.clear()
    assert wrong == []


@pytest.mark.timeout(900)
def test_annotating_forty_hostile_grants_does_nothing(live_server, page, log_in):
    """Every key that shows a text: the tree, the type-ahead, why, look-alikes, flags, skips."""
    _, annotator = hostile_site()
    watch = Suspicion(page, live_server.url)
    page.set_default_timeout(patience(30) * 1000)
    log_in(page, annotator)
    page.goto(live_server.url)
    titles = 0
    while not page.locator("#empty").count() and titles < 8:
        until_readable(page)
        titles += 1
        for key in ("Shift+Digit1", "Shift+Digit2", "f", "t"):
            page.keyboard.press(key)
        page.locator("[role=treeitem]").first.wait_for()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("script")
        page.locator("[role=option]").first.wait_for()
        page.keyboard.press("Enter")
        page.locator("summary", has_text="Look-alikes").focus()
        page.keyboard.press("Enter")
        before = page.locator("#workspace").get_attribute("data-claim")
        page.locator("#grant").focus()
        page.keyboard.press("Enter")
        page.wait_for_function(
            "before => document.querySelector('#workspace')?.dataset.claim !== before", arg=before
        )
        assert page.evaluate(ALIVE) == []
    assert titles == 8
    assert watch.faults == []
