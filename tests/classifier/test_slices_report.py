"""The report on slices: what it counts, against counting by hand, and what its page shows."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Annotation, Decision, Grant, ModelVersion, SiteSettings
from annotation.reports.model_cards import card_of
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.model_versions import request_training
from annotation.services.queue import claim_next_grant
from annotation.services.sensitive_categories import mark_sensitive
from annotation.services.stored_reports import request_report
from classifier import registry, workflow
from classifier.known_ground import known_ground
from classifier.out_of_fold import lessons
from classifier.slices_report import slices_report
from classifier.stored_reports import write_requested_reports
from tests.factories import (
    AdministratorFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    SuggestionFactory,
    UserFactory,
    counted_at_once,
)

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def report():
    return slices_report(lambda share, phase: None)


def rows(body, key):
    (cut,) = (cut for cut in body["cuts"] if cut["key"] == key)
    return {row["name"]: row for row in cut["slices"]}


def numbers(body, key):
    return {name: (row["n_grants"], row["n_labelled"]) for name, row in rows(body, key).items()}


def test_grants_are_cut_by_what_their_file_says(categories):
    facts = [
        {"beneficiary_place": "Geelong", "award_date": date(2024, 3, 1), "description": "x" * 95},
        {"recipient_place": " Geelong ", "award_date": date(2023, 3, 1), "description": "x" * 96},
        {"beneficiary_place": "Not given", "programme": "Arts"},
        {"programme": "Arts", "description": "x" * 2_000},
    ]
    made = [GrantFactory(title="Title", **one) for one in facts]
    LabelFactory(grant=made[0], category=categories["ARTS"])
    body = report()
    assert numbers(body, "place") == {
        "Geelong": (2, 1), "“Not given”": (1, 0), "Not given": (1, 0),
    }  # fmt: skip
    assert numbers(body, "programme") == {"Arts": (2, 0), "Not given": (2, 1)}
    assert numbers(body, "year") == {"2023": (1, 0), "2024": (1, 1), "Not given": (2, 0)}
    lengths = {name.removesuffix(" characters"): n for name, n in numbers(body, "length").items()}
    assert lengths["100–249"] == (2, 1) and lengths["1,000 or more"] == (1, 0)
    assert body["whole"]["n_grants"] == 4 and body["whole"]["n_labelled"] == 1


def test_a_recipient_is_as_large_as_all_that_it_was_granted(categories):
    for amount, currency in [(6_000, "AUD"), (5_000, "AUD"), (9_000_000, "NZD")]:
        GrantFactory(amount_awarded=Decimal(amount), currency=currency, recipient_name="Club")
    GrantFactory(amount_awarded=Decimal("9999.99"), currency="AUD", recipient_name="Other")
    GrantFactory(recipient_name="Third")
    found = {name: n for name, (n, _) in numbers(report(), "recipient").items()}
    assert found == {
        "Under AUD 10,000": 1, "AUD 10,000–99,999": 3, "Not given": 1,
    }  # fmt: skip


def test_many_places_are_told_apart_up_to_twelve(categories):
    for n in range(15):
        GrantFactory.create_batch(1 + (n < 12), beneficiary_place=f"Town {n:02}")
    found = numbers(report(), "place")
    assert list(found) == [*(f"Town {n:02}" for n in range(12)), "All others"]
    assert found["All others"] == (3, 0)


def test_overrides_are_counted_in_the_slice_of_their_grant(categories):
    """Ticked ones that people rejected or left, of what stands and was not blind."""
    for place, accepted in [("Geelong", True), ("Geelong", False), ("Ballarat", False)] * 6:
        grant = GrantFactory(beneficiary_place=place, queued=True)
        SuggestionFactory(grant=grant, category=categories["ARTS"], is_ticked=True)
        SuggestionFactory(grant=grant, category=categories["SPORT"], is_ticked=False, score=0.1)
        annotator = UserFactory()
        claim = claim_next_grant(annotator)
        assert claim.grant == grant
        said = {"accepted": ("ARTS",)} if accepted else {"rejected": ("ARTS",), "added": ()}
        outcome = "labelled" if accepted else "none_fits"
        answer = {"subject": FacetAnswer(outcome, **said)}
        submit_annotation(annotator, claim.token, answer, idempotency_key="k")
    found = rows(report(), "place")
    assert (found["Geelong"]["ticked"], found["Geelong"]["overridden"]["value"]) == (12, 0.5)
    assert (found["Ballarat"]["ticked"], found["Ballarat"]["overridden"]) == (6, None)


def test_a_slice_whose_ticks_are_taken_away_more_often_is_named(categories, client):
    """Rows as the page of annotating leaves them; one town of four takes nearly all away."""
    version = ModelVersionFactory(taxonomy=categories["ARTS"].taxonomy)
    person, release = UserFactory(), categories["ARTS"].taxonomy.release
    for n in range(60):
        town = n % 4
        grant = GrantFactory(beneficiary_place=f"Town {town}", scored_by=version)
        annotation = Annotation.objects.create(
            grant=grant, annotator=person, model_version=version, taxonomy_release=release,
            stream="random", content_sha256=grant.content_sha256, idempotency_key=str(n),
            body_sha256="0" * 64,
        )  # fmt: skip
        is_taken_away = n > 0 if town == 0 else n % 5 == 0
        Decision.objects.create(
            annotation=annotation, category=categories["ARTS"], score=0.9, rank=1, was_ticked=True,
            verdict="rejected" if is_taken_away else "accepted",
        )  # fmt: skip
    body = report()
    assert body["n_comparisons"] >= 4
    places = rows(body, "place")
    assert [name for name, row in places.items() if "overridden" in row["worse"]] == ["Town 0"]
    share = places["Town 0"]["overridden"]
    assert share["value"] == pytest.approx(14 / 15) and share["low"] < share["value"]
    assert rows(body, "year")["Not given"]["worse"] == []  # all grants: there is no other part
    boss = AdministratorFactory()
    client.force_login(boss)
    request_report("slices", boss)
    assert [one.status for one in write_requested_reports()] == ["done"]
    html = client.get("/slices/").content.decode()
    said = html.split('id="worse-h"')[1].split("</section>")[0]
    assert "People took 93" in said and "of the ticks away" in said, said


def test_a_site_without_anything_has_an_empty_report(client, db):
    body = report()
    assert body["whole"]["n_grants"] == 0 and body["n_comparisons"] == 0


@pytest.fixture
def trained(labelled_grants):
    Grant.objects.filter(title__contains="A").update(beneficiary_place="Geelong")
    request_training()
    workflow.train_requested()
    return labelled_grants


def test_while_audit_grants_are_few_labelled_ones_are_read_out_of_fold(trained):
    body = report()
    assert body["measured_on"].startswith("24 labelled grants, each by a model that had not seen")
    assert body["whole"]["support"] == 24
    assert body["whole"]["micro_f1"]["value"] > 0.5


def test_ticks_are_measured_as_the_site_has_set_them(trained):
    """A threshold that no probability reaches ticks nothing; the best ones tick what is right."""
    version, model = registry.load_active()

    def n_ticked(site):
        known = lessons(version.taxonomy, site, version.seed)
        return known_ground(version, model, known, lambda words: None).said.decided.sum()

    assert n_ticked(SiteSettings()) > 0
    assert n_ticked(SiteSettings(ticking="fixed", fixed_threshold=1.01)) == 0


def test_a_report_names_the_version_that_it_was_made_with(trained, settings):
    """That which was active when it was taken is damaged, so the one before it answers."""
    damaged, words = ModelVersion.objects.active(), ModelVersion.objects.get(kind="lexical")
    (settings.MODEL_STORE / f"{damaged.artifact_sha256}.skops").unlink()
    request_report("slices")
    [written] = write_requested_reports()
    assert (written.status, written.version) == ("done", words)
    assert "made_with" not in written.body
    assert not card_of(damaged).has_slices and card_of(words).has_slices


def test_fifty_audit_grants_are_what_is_measured_on(categories):
    ModelVersionFactory(taxonomy=categories["ARTS"].taxonomy)
    with counted_at_once():
        for n in range(50):
            grant = GrantFactory(
                stream="audit", description="arts", beneficiary_place=f"Town {n % 2}"
            )
            LabelFactory(grant=grant, category=categories["ARTS" if n % 2 else "SPORT"])
    body = report()
    assert body["measured_on"].startswith("50 audit grants")
    places = rows(body, "place")
    # The word matcher finds "arts" everywhere: right in one town and wrong in the other.
    assert places["Town 1"]["micro_f1"]["value"] > places["Town 0"]["micro_f1"]["value"] == 0
    assert [name for name, row in places.items() if row["worse"]] == ["Town 0"]


def test_the_page_shows_what_the_worker_wrote(client, trained, categories):
    boss = AdministratorFactory()
    mark_sensitive(boss, categories["ARTS"], is_sensitive=True)
    client.force_login(boss)
    assert "There are no figures yet" in client.get("/slices/").content.decode()
    request_report("slices", boss)
    assert [one.status for one in write_requested_reports()] == ["done"]
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/slices/").content.decode()
    assert len(queries) <= 12
    assert "Geelong" in page and "24 labelled grants" in page
    assert "Too few: 8 of 10 grants" in page
    assert "/categories/ARTS/#sensitive" in page
