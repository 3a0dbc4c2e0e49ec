"""Guidelines: versions that only grow, Markdown that runs nothing, two writers at once."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from annotation.errors import GuidelinesRefused, NotAllowed
from annotation.markdown import as_html
from annotation.models import AuditEvent, GuidelinesVersion
from annotation.reports.guidelines import changes, compare, guidelines
from annotation.services.guidelines import write_guidelines
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "![picture](https://elsewhere.example/x.png)",
    "<div hx-get='/sign-out/'>",
    '[x](https://a.example "onmouseover=alert(1)")',
]


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_each_edit_is_a_version_and_the_newest_counts(grace):
    write_guidelines(grace, "First", based_on=0)
    write_guidelines(grace, "Second", based_on=1, note="Better")
    assert guidelines().text == "Second"
    assert guidelines(1).text == "First"
    assert AuditEvent.objects.filter(action="guidelines written").count() == 2


def test_who_wrote_second_is_told_and_keeps_the_text(grace):
    write_guidelines(grace, "First", based_on=0)
    write_guidelines(grace, "Hers", based_on=1)
    with pytest.raises(GuidelinesRefused, match="grace saved version 2"):
        write_guidelines(AdministratorFactory(), "His", based_on=1)
    page = browser(AdministratorFactory()).post(
        "/guidelines/edit/", {"text": "His longer text", "based_on": "1"}
    )
    assert page.status_code == 409
    html = page.content.decode()
    assert "grace saved version 2" in html and "His longer text" in html
    # Saved again, it replaces hers, knowingly.
    assert 'name="based_on" value="2"' in html


def test_an_annotator_may_not_write(grace):
    with pytest.raises(NotAllowed):
        write_guidelines(UserFactory(), "Mine", based_on=0)
    assert browser(UserFactory()).get("/guidelines/edit/").status_code == 403
    assert not GuidelinesVersion.objects.exists()


def test_the_same_text_again_is_no_version(grace):
    write_guidelines(grace, "First", based_on=0)
    with pytest.raises(GuidelinesRefused, match="Nothing has changed"):
        write_guidelines(grace, "First", based_on=1)


def test_a_version_never_changes(grace):
    version = write_guidelines(grace, "First", based_on=0)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        GuidelinesVersion.objects.filter(pk=version.pk).update(text="Forged")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        version.delete()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_makes_neither_script_nor_request(text):
    html = as_html(text)
    assert "<script" not in html and "<img" not in html and "<div" not in html
    assert 'href="javascript' not in html and 'href="data' not in html


def test_headings_stay_below_the_heading_of_the_page():
    assert as_html("# One") == "<h2>One</h2>\n"
    assert as_html("###### Six") == "<h6>Six</h6>\n"


def test_a_version_says_what_it_changed(grace):
    write_guidelines(grace, "Keep\nDrop", based_on=0)
    version = write_guidelines(grace, "Keep\nNew", based_on=1)
    assert [(c.kind, c.text) for c in changes(version)] == [
        ("same", "Keep"),
        ("removed", "Drop"),
        ("added", "New"),
    ]
    assert compare("a", "a") == []


def test_a_preview_stores_nothing(grace):
    page = browser(grace).post(
        "/guidelines/edit/", {"text": "**Strong**", "based_on": "0", "preview": "1"}
    )
    assert "<strong>Strong</strong>" in page.content.decode()
    assert not GuidelinesVersion.objects.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": "", "based_on": "0"}, "Write something"),
        ({"text": "x" * 100_001, "based_on": "0"}, "longer than 100000 characters (100001)"),
    ],
)
def test_what_cannot_be_taken_is_explained(grace, given, said):
    page = browser(grace).post("/guidelines/edit/", given)
    assert page.status_code == 422
    assert said in page.content.decode()


def test_without_guidelines_annotators_are_told_what_counts(grace):
    assert b"Nothing is written yet" in browser(UserFactory()).get("/guidelines/").content
    assert b"How we classify" in browser(grace).get("/guidelines/edit/").content
    assert browser(grace).get("/guidelines/7/").status_code == 404
