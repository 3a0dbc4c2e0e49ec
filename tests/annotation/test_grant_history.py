"""The whole of a grant: readings by version, labels by source, every act with what was shown."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Grant, Label, ModelVersion, QueueItem, Skip, Suggestion
from annotation.reports.grant_history import grant_history
from annotation.services.decisions import FacetAnswer, submit_annotation, withdraw_last
from annotation.services.queue import claim_next_grant
from annotation.services.suggestions import replace_suggestions
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def facet():
    return FacetFactory(code="subject", label="Subject")


@pytest.fixture
def grant(facet):
    """Three suggestions, and room for twenty answers."""
    grant = GrantFactory(queued=True, queued__n_required=20)
    for code, score, ticked in (("SWIM", 0.91, True), ("RUN", 0.42, False), ("ROW", 0.07, False)):
        category = CategoryFactory(facet=facet, code=code, label=code.title())
        SuggestionFactory(grant=grant, category=category, score=score, is_ticked=ticked)
    return grant


@pytest.fixture
def browser():
    client = Client()
    client.force_login(AdministratorFactory(username="boss"))
    return client


def answers(annotator, accepted=("SWIM",), rejected=("RUN",), added=(), outcome="labelled"):
    claim = claim_next_grant(annotator)
    answer = FacetAnswer(outcome, tuple(accepted), tuple(rejected), tuple(added))
    key = str(uuid.uuid4())
    return submit_annotation(
        annotator, claim.token, {"subject": answer}, idempotency_key=key
    ).annotation


def reads(version, grant, *scores):
    """The version reads the grant, and what others suggested goes."""
    categories = [f"{version.pk}-{n}" for n, _ in enumerate(scores)]
    replace_suggestions(
        version,
        [grant.pk],
        [
            SuggestionFactory.build(
                grant=grant, category=CategoryFactory(code=code), model_version=version,
                score=score, rank=rank,
            )
            for rank, (code, score) in enumerate(zip(categories, scores, strict=True), start=1)
        ],
    )  # fmt: skip
    grant.refresh_from_db()


def a_version(facet, **facts):
    return ModelVersion.objects.create(taxonomy=facet.taxonomy, status="failed", **facts)


def page(browser, grant):
    return browser.get(f"/grants/{grant.pk}/").content.decode()


def test_of_a_version_whose_suggestions_are_gone_what_was_shown_is_known(grant, facet):
    answers(UserFactory())
    reads(a_version(facet), grant, 0.8)
    Suggestion.objects.exclude(model_version=grant.scored_by).delete()
    _, earlier = grant_history(grant).readings
    assert (earlier.is_latest, earlier.is_whole) == (False, False)
    assert [s.score for s in earlier.suggestions] == [0.91, 0.42, 0.07]


def test_an_earlier_version_is_known_from_what_people_were_shown(grant, facet):
    old = ModelVersionFactory()
    answers(UserFactory())
    reads(a_version(facet), grant, 0.8, 0.6)
    latest, earlier = grant_history(grant).readings
    assert (latest.version, latest.is_latest, latest.is_whole) == (grant.scored_by, True, True)
    assert [s.score for s in latest.suggestions] == [0.8, 0.6]
    # What somebody saw is kept, whatever reads the grant since.
    assert (earlier.version, earlier.is_latest, earlier.is_whole) == (old, False, True)
    assert [(s.category.code, s.score, s.rank, s.is_ticked) for s in earlier.suggestions] == [
        ("SWIM", 0.91, 1, True), ("RUN", 0.42, 2, False), ("ROW", 0.07, 3, False),
    ]  # fmt: skip


def test_a_version_that_suggests_nothing_has_read_it_all_the_same(grant, facet, browser):
    version = a_version(facet)
    reads(version, grant)
    (reading,) = grant_history(grant).readings
    assert (reading.version, reading.suggestions) == (version, [])
    assert f"{version} has read it and suggests nothing" in page(browser, grant)


def test_after_a_change_the_old_reading_is_not_the_latest(grant, browser):
    Grant.objects.filter(pk=grant.pk).update(scored_by=None)
    grant.refresh_from_db()
    history = grant_history(grant)
    assert [(r.is_latest, r.is_whole, len(r.suggestions)) for r in history.readings] == [
        (False, True, 3)
    ]
    assert history.suggestions == []
    assert "No model has read this grant since it changed" in page(browser, grant)


def test_labels_stand_by_source_with_who_gave_them(grant, facet):
    swim = facet.categories.get(code="SWIM")
    for source in (Label.Source.ADJUDICATED, Label.Source.APPLICANT, Label.Source.IMPORTED):
        LabelFactory(grant=grant, category=swim, source=source)
    ada, bob, eve = (UserFactory(username=name) for name in ("ada", "bob", "eve"))
    for annotator in (ada, bob, eve):
        answers(annotator)
    withdraw_last(eve)
    labels = grant_history(grant).labels
    assert [source.source for source in labels] == [
        "applicant", "imported", "annotator", "adjudicated",
    ]  # fmt: skip
    by = {s.source: [(c.code, [g.by for g in given]) for c, given in s.categories] for s in labels}
    assert by["annotator"] == [("SWIM", ["bob", "ada"])]
    assert by["imported"] == [("SWIM", [f"import {grant.import_run_id}"])]


def test_acts_are_told_newest_first_with_skips_among_them(grant):
    first = answers(UserFactory())
    skip = Skip.objects.create(grant=grant, annotator=UserFactory(), reason="other")
    second = answers(UserFactory())
    assert grant_history(grant).acts == [second, skip, first]


def test_who_has_the_grant_open_is_told_while_it_is(grant):
    assert grant_history(grant).held_by == ""
    claim_next_grant(UserFactory(username="ada"))
    assert grant_history(grant).held_by == "ada"
    QueueItem.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert grant_history(grant).held_by == ""


def test_the_page_tells_what_was_shown_each_time(grant, facet, browser):
    CategoryFactory(facet=facet, code="DIVE", label="Dive")
    release = answers(UserFactory(username="ada"), added=("DIVE",)).taxonomy_release
    # While others still have to decide it by themselves, nothing is told.
    assert "ada" not in page(browser, grant)
    QueueItem.objects.update(n_required=1, is_open=False)
    html = page(browser, grant)
    for words in (
        "ada", "Saw the suggestions of v", str(release), "91\N{NO-BREAK SPACE}%", "no. 1",
        "not ticked", "+ Dive", "Shown and left undecided: 1", "1 of 1", "Stands",
    ):  # fmt: skip
        assert words in html
    assert "The grant has changed since" not in html
    Grant.objects.update(content_sha256="f" * 64)
    assert "The grant has changed since" in page(browser, grant)


def test_twenty_answers_are_readable_and_cost_no_more_queries(
    grant, browser, django_assert_max_num_queries
):
    for n in range(20):
        answers(UserFactory(username=f"annotator-{n:02}"))
    with django_assert_max_num_queries(10):
        history = grant_history(grant)
    assert len(history.acts) == 20
    page(browser, grant)  # the first visit of a session keeps its own books
    with django_assert_max_num_queries(17):
        html = page(browser, grant)
    assert "15 older" in html
    assert html.index("annotator-19") < html.index("15 older") < html.index("annotator-00</b>")
    assert len(html) < 120_000


def test_flags_are_tags_with_what_they_mean(browser):
    grant = GrantFactory(quality_flags=["capitals", "contact", "<b>unknown"])
    html = page(browser, grant)
    assert '<span class="tag warn">Contact details</span>' in html
    assert "holds an e-mail address or a telephone number" in html
    assert "<b>unknown" not in html


def test_the_import_it_came_with_is_named_and_led_to_for_administrators(grant, browser):
    run = grant.import_run
    run.file_name, run.imported_by = "autumn round.csv", UserFactory(username="carol")
    run.save()
    html = page(browser, grant)
    assert f'href="/import/{run.pk}/"' in html and "autumn round.csv" in html and "carol" in html
    client = Client()
    client.force_login(UserFactory())
    html = page(client, grant)
    assert f'href="/import/{run.pk}/"' not in html and "autumn round.csv" in html


def test_a_grant_that_is_decided_blind_shows_nothing_that_was_said(browser, facet):
    grant = GrantFactory(queued=True, stream="audit", queued__n_required=2)
    category = CategoryFactory(facet=facet, code="SWIM", label="Swimming")
    SuggestionFactory(grant=grant, category=category)
    LabelFactory(grant=grant, category=category)
    answers(UserFactory(username="ada"), accepted=(), rejected=(), added=("SWIM",))
    html = page(browser, grant)
    assert "Swimming" not in html and "ada" not in html
    answers(UserFactory(), accepted=(), rejected=(), added=("SWIM",))
    html = page(browser, grant)
    assert "Swimming" in html and "ada" in html


@pytest.mark.parametrize(
    ("stream", "reason", "n"),
    [("random", "Drawn at random, so that.", 1), ("least_confident", "Not sure of Swim.", 1)],
)
def test_the_queue_says_once_why_the_grant_was_chosen(grant, browser, stream, reason, n):
    QueueItem.objects.update(stream=stream, reason=reason, n_required=1)
    html = page(browser, grant)
    assert html.lower().count(reason[:12].lower()) == n
