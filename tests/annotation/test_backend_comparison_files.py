"""A comparison as files: what is in them, and who took one."""

import json

import pytest

from annotation.models import AuditEvent
from annotation.models.backend_comparisons import RECIPE
from annotation.services.measured_backends import fail_backend, take_backend
from tests.annotation.compared_backends import NAMES, browser, grace, measure, requested
from tests.annotation.played_simulations import words

__all__ = ["browser", "grace"]
pytestmark = pytest.mark.django_db


def exported():
    return AuditEvent.objects.filter(action="exported").order_by("pk")


def test_files_hold_what_the_command_writes(browser, grace):
    run = requested(grace)
    for name in ("comparison.json", "comparison.html"):
        assert browser.post(f"/backends/{run.pk}/{name}").status_code == 404
    assert not exported().exists()
    measure(run)
    answer = browser.post(f"/backends/{run.pk}/comparison.json")
    assert f'filename="comparison-{run.pk}.json"' in answer["Content-Disposition"]
    found = json.loads(b"".join(answer))
    assert [row["name"] for row in found["options"]] == list(NAMES)
    assert found["options"][0]["by_category"] == [{"code": "A1"}]
    assert set(found["replicates"]) == set(NAMES) and "order" not in found["options"][0]
    report = b"".join(browser.post(f"/backends/{run.pk}/comparison.html")).decode()
    assert report.startswith("<!doctype html>") and report.count("<svg") == 5
    assert "It leads on both deciding figures." in report
    assert "src=" not in report and "href=" not in report
    subjects = [f"{run} as {form}" for form in ("json", "html")]
    assert list(exported().values_list("actor", "subject")) == [(grace.pk, s) for s in subjects]


def test_a_link_takes_no_file_and_the_page_has_a_button_for_each(browser, grace):
    run = measure(requested(grace))
    html = browser.get(f"/backends/{run.pk}/").content.decode()
    for name in ("comparison.json", "comparison.html"):
        address = f"/backends/{run.pk}/{name}"
        assert (
            f'<form method="post" action="{address}">' in html and f'href="{address}"' not in html
        )
        assert browser.get(address).status_code == 405
    assert not exported().exists()


def test_what_was_left_out_and_what_failed_is_told_with_its_reason(browser, grace):
    run = measure(requested(grace), n=1)
    fail_backend(take_backend(), "It wants <more> memory.")
    measure(run)
    address = f"/backends/{run.pk}/"
    left_out = "Left out: fastText fasttext . Install <fastText> first."
    assert left_out in words(browser.get(address))
    found = json.loads(b"".join(browser.post(f"{address}comparison.json")))
    assert found["left_out"] == {"fasttext": "Install <fastText> first."}
    assert found["failed"] == {NAMES[1]: "It wants <more> memory."}
    assert "left_out" not in found["settings"]
    assert [row["name"] for row in found["options"]] == [NAMES[0], NAMES[2]]
    report = b"".join(browser.post(f"{address}comparison.html")).decode()
    assert "Left out: fastText <code>fasttext</code>. Install &lt;fastText&gt; first." in report
    failed = "Could not be measured: Linear support vector machine. It wants &lt;more&gt; memory."
    assert failed in report


def test_a_comparison_from_before_says_nothing_of_what_was_left_out(browser, grace):
    run = measure(requested(grace))
    del run.basis["left_out"]
    run.save()
    assert "Left out" not in words(browser.get(f"/backends/{run.pk}/"))
    found = json.loads(b"".join(browser.post(f"/backends/{run.pk}/comparison.json")))
    assert (found["left_out"], found["failed"]) == ({}, {})


@pytest.mark.parametrize("earlier", [{"recipe": RECIPE - 1}, {}])
def test_figures_of_an_earlier_recipe_are_not_shown_as_if_they_were_todays(browser, grace, earlier):
    run = measure(requested(grace))
    places = ("/backends/", f"/backends/{run.pk}/")
    file = f"/backends/{run.pk}/comparison.html"

    def told():
        pages = [words(browser.get(place)) for place in places]
        return [*pages, b"".join(browser.post(file)).decode()]

    for page in told():
        assert "An earlier recipe" not in page
    assert "(a softmax category by category)" in told()[1]
    del run.basis["recipe"]
    run.basis |= earlier
    run.save()
    for page in told():
        assert "An earlier recipe" in page and "a softmax category by category" not in page
    found = json.loads(b"".join(browser.post(f"/backends/{run.pk}/comparison.json")))
    assert found["settings"].get("recipe") == earlier.get("recipe")
