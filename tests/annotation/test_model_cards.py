"""The model card as a page and as a file, also of what earlier releases of the site kept."""

import json
import re

import pytest
from django.utils import timezone

from annotation.models import AuditEvent, ModelVersion, Snapshot, StoredReport
from annotation.reports.model_cards import card_of
from tests.factories import AdministratorFactory, ModelVersionFactory

pytestmark = pytest.mark.django_db
F1 = {"value": 0.5, "low": 0.4, "high": 0.6}
NO_FIGURES = {"support": 4, "micro_f1": None, "recall_at_10": None, "worse": []}
CARE = {"support": 20, "ticked": 4, "f1": F1, "precision": None, "recall": F1}
DATA = {
    "roles": [{"role": "administrator", "n_people": 2, "n_annotations": 7}],
    "n_blind": 3,
    "sources": [{"source": "annotation", "n": 7}, {"source": "imported", "n": 293}],
    "periods": [{"period": "2026-03", "n_of_people": 7, "n_of_files": 293}],
    "categories": {
        "n_labels": 300,
        "n_with_half": 2,
        "most": [{"code": "A", "label": "<b>Sport", "n": 120}],
        "facets": [
            {
                "facet": "subject",
                "n_categories": 40,
                "n_without": 3,
                "n_labels": 300,
                "n_grants": 250,
            }
        ],
    },
    "n_grants": 900,
    "n_comparisons": 30,
    "whole": {"support": 250, "micro_f1": F1, "recall_at_10": F1, "worse": []},
    "cuts": [
        {
            "key": "place",
            "title": "Place",
            "said": "The twelve with most.",
            "slices": [
                {
                    "name": "Geelong",
                    "n_grants": 90,
                    "n_learned": 1,
                    "support": 40,
                    "micro_f1": F1,
                    "recall_at_10": F1,
                    "worse": ["micro_f1"],
                },
                {"name": "Ballarat", "n_grants": 9, "n_learned": 0, **NO_FIGURES},
            ],
        }
    ],
    "keywords": {
        "against": "the keyword rules",
        "n_compared": 60,
        "n_too_few": 5,
        "n_worse": 1,
        "worse": [
            {
                "code": "A",
                "label": "Sailing",
                "support": 33,
                "keywords": F1,
                "model": F1,
                "difference": {"value": -0.2, "low": -0.3, "high": -0.1},
                "chance": 0.012,
                "is_beyond_chance": True,
            }
        ],
    },
    "sensitive": {
        "n_categories": 1,
        "n_examples": 31,
        "together": CARE,
        "categories": [{"code": "V", "label": "Victims of violence", "n_examples": 31, **CARE}],
    },
}
CARD = {
    "labels": {"n_labels": 300, "n_categories": 40, "by_examples": {"0": 3, "1-4": 9, "50+": 28}},
    "data": DATA,
    "n_annotators": 1,
    "first_at": "2026-03-01T01:00:00+00:00",
    "last_at": "2026-03-14T01:00:00+00:00",
    "flags": {"short": 4},
    "n_random": 1,
    "levels": {
        "2": {"n_categories": 40, "n_labels": 99, "micro_f1": F1, "precision": F1, "recall": F1}
    },
    "confusions": [
        {"code": "A", "label": "Community sport", "instead_code": "B",
         "instead_label": "Professional sport", "n": 14, "support": 50, "share": F1},
    ],
}  # fmt: skip


@pytest.fixture
def browser(client):
    client.force_login(AdministratorFactory())
    return client


@pytest.fixture
def trained():
    words = ModelVersionFactory()
    version = ModelVersion.objects.create(
        taxonomy=words.taxonomy, status="retired", artifact_sha256="a" * 64, n_training_grants=3,
        reason="F1 0.50, better.", library_versions={"numpy": "2.4.6"}, finished_at=timezone.now(),
        metrics={"figures": {"micro_f1": F1}, "rules": {"micro_f1": F1 | {"value": 0.41}},
                 "measured_on": "1,204 audit grants", "card": CARD},
    )  # fmt: skip
    Snapshot.objects.create(
        model_version=version, taxonomy_release=words.taxonomy.release, grant_ids=[1, 2, 3],
        annotation_ids=[1], label_ids=[2, 3], content_sha256="b" * 64,
    )  # fmt: skip
    return version


def test_the_page_says_what_is_known(browser, trained, django_assert_max_num_queries):
    address = f"/versions/{trained.pk}/card/"
    browser.get(address)
    with django_assert_max_num_queries(12):
        page = browser.get(address).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    for said in (
        f"Model card of {trained}", "F1 0.50, better.", "300 labels of 40 categories",
        "1 annotation by 1 person", "1 March 2026 to 14 March 2026", "Test taxonomy release 1",
        "Measured on 1,204 audit grants", "0.50 (0.40–0.60)", "0.41 (0.40–0.60)", "Level 2",
        "“Community sport” taken for “Professional sport” on 14 of 50 grants: 50 % (40–60)",
        "12 of 40 categories had fewer than ten examples, 3 of them none",
        "2 of its 3 grants were chosen because they teach much",
        "4 of the texts it learned from have fewer than five words",
        "texts in English alone", "One person has annotated", "Not stated",
        "it has not been measured", "a" * 64, "b" * 64, "numpy 2.4.6",
    ):  # fmt: skip
        assert said in page, said
    assert "not all drawn at random" not in page  # the audit stream is


def test_figures_that_rest_on_too_little_are_hidden_on_the_page_and_in_the_file(browser, trained):
    level = {"n_categories": 9, "n_labels": 30, "n_ticked": 3}
    level |= dict.fromkeys(("micro_f1", "precision", "recall"), F1)
    metrics = trained.metrics | {"card": CARD | {"levels": {"1": level}}}
    metrics["figures"] = {"n_grants": 9, "micro_f1": F1 | {"value": 0.77}}
    ModelVersion.objects.filter(pk=trained.pk).update(metrics=metrics)
    page = browser.get(f"/versions/{trained.pk}/card/").content.decode()
    assert "Too few: 3 of 10 ticks" in page and "Too few: 9 of 10 grants" in page
    assert re.findall(r'data-l="(.{6,9})">0.50 \(0.40–0.60\)', page) == ["Micro-F1", "Recall"]
    assert "0.77" not in page and "0.41" not in page
    answer = browser.post(f"/versions/{trained.pk}/card.json")
    found = json.loads(b"".join(answer.streaming_content))
    assert [figure["value"] for figure in found["levels"][0]["figures"]] == [0.5, None, 0.5]
    assert [(m["value"], m["n"], m["baseline"]) for m in found["metrics"]] == [(None, 9, None)]
    page = browser.get(f"/versions/{trained.pk}/").content.decode()
    assert "Too few: 9 of 10 grants" in page and "0.77" not in page


def test_the_data_card_stands_on_the_page(browser, trained):
    page = browser.get(f"/versions/{trained.pk}/card/").content.decode()
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    for said in (
        "Administrators: 7 annotations by 2 people", "no suggestion in sight: 3 annotations",
        "March 2026", "Half of its 300 labels fall on 2 categories", "&lt;b&gt;Sport", "40 %",
        "of 30 comparisons about 1.5 would look worse by chance", "Geelong", "10 %",
        "Too few: 4 of 10 grants", "1 category of 60 beyond chance",
        "1 with a lower F1 than that of the keyword rules", "Sailing",
        "−0.200 (−0.300 to −0.100)", "adjusted for 60 comparisons (Holm)",
        "5 categories more had too few grants to tell", "Victims of violence",
        "Too few: 4 of 10 ticks",
    ):  # fmt: skip
        assert said in page, said
    assert "<b>Sport" not in page


def test_slices_are_named_where_they_are_worked_out(trained):
    done = {"question": "slices", "status": "done", "ended_at": timezone.now()}
    StoredReport.objects.create(**done)  # of another version
    assert not card_of(trained).has_slices
    StoredReport.objects.create(**done, version=trained)
    assert card_of(trained).has_slices


def test_the_file_holds_the_same(browser, trained):
    answer = browser.post(f"/versions/{trained.pk}/card.json")
    assert f'filename="model-card-{trained}.json"' in answer["Content-Disposition"]
    assert AuditEvent.objects.get(action="exported").subject == f"model card of {trained} as json"
    found = json.loads(b"".join(answer.streaming_content))
    assert found["metrics"][0]["baseline"]["value"] == 0.41
    assert (found["n_labels"], found["first_at"]) == (300, "2026-03-01T01:00:00+00:00")
    assert found["confusions"][0]["instead_label"] == "Professional sport"
    assert found["data"]["keywords"]["worse"][0]["difference"]["high"] == -0.1
    assert found["learned"]["content_sha256"] == "b" * 64


def test_what_an_earlier_release_did_not_keep_is_not_made_up(browser, trained):
    ModelVersion.objects.filter(pk=trained.pk).update(metrics={"figures": {"micro_f1": F1}})
    page = browser.get(f"/versions/{trained.pk}/card/").content.decode()
    assert "Known confusions" not in page and "By level" not in page
    assert "Data card" not in page
    assert "kept no facts to tell them from" in page and "0.50 (0.40–0.60)" in page


def test_the_word_matcher_has_a_card_and_a_refresh_has_none(browser, trained):
    words = ModelVersion.objects.get(kind="lexical")
    page = browser.get(f"/versions/{words.pk}/card/").content.decode()
    assert "It knows words alone" in page and "It was not measured" in page
    ModelVersion.objects.filter(pk=trained.pk).update(activated_at=timezone.now())
    refresh = ModelVersion.objects.create(
        taxonomy=words.taxonomy, kind="refresh", parent=trained, status="in_use",
        artifact_sha256="c" * 64,
    )  # fmt: skip
    assert browser.get(f"/versions/{refresh.pk}/card/").status_code == 404
