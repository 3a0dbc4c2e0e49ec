"""A site on a Wednesday in March 2026, with months of grants and weeks of ticks before it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from annotation.models import Annotation, Decision, Grant, Notice, Suggestion
from classifier.drift_report import drift_report
from classifier.drift_samples import months_back
from tests.classifier.conftest import text_about
from tests.factories import (
    CategoryFactory,
    GrantFactory,
    ImportRunFactory,
    ModelVersionFactory,
    UserFactory,
    decide,
)

ZONE = ZoneInfo("Australia/Melbourne")
NOW = datetime(2026, 3, 18, 12, tzinfo=ZONE)  # a Wednesday


@pytest.fixture
def it_is(monkeypatch):
    """Sets the clock."""

    def it_is(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment.astimezone(UTC))

    return it_is


@pytest.fixture
def site(it_is, db):
    decide(time_zone="Australia/Melbourne")
    it_is(NOW)


@pytest.fixture
def weeks_of_ticks(it_is):
    """``weeks_of_ticks([(10, 1), ...])``: ticks and how many went, the last whole week last."""
    categories = CategoryFactory.create_batch(20)
    annotator, grants = UserFactory(), []
    monday = NOW.date() - timedelta(days=NOW.weekday())

    def annotate(n, away, key):
        grants.append(GrantFactory())
        annotation = Annotation.objects.create(
            grant=grants[-1],
            annotator=annotator,
            taxonomy_release=categories[0].taxonomy.release,
            stream="random",
            content_sha256="0" * 64,
            idempotency_key=key,
            body_sha256="0" * 64,
        )
        Decision.objects.bulk_create(
            Decision(
                annotation=annotation,
                category=category,
                verdict="rejected" if i < away else "accepted",
                score=0.9,
                rank=1,
                was_ticked=True,
            )
            for i, category in enumerate(categories[:n])
        )

    def weeks_of_ticks(weeks):
        for ago, (n, away) in enumerate(reversed(weeks), start=1):
            it_is(datetime.combine(monday - timedelta(weeks=ago), time(0, 30), ZONE))
            for start in range(0, n, 20):
                annotate(min(20, n - start), min(20, max(0, away - start)), f"{ago}-{start}")
        it_is(NOW)

    return weeks_of_ticks


def report():
    return drift_report(lambda share, phase: None)


def month_of_grants(months_ago, shares, categories):
    """Grants of that month; so many with the words of each category, and read as being of it."""
    version = ModelVersionFactory(taxonomy=categories["ARTS"].taxonomy)
    first = months_back(NOW.date(), months_ago)
    run = ImportRunFactory()
    drawn = [(code, i) for code, n in shares.items() for i in range(n)]
    made = Grant.objects.bulk_create(
        GrantFactory.build(
            reference=f"{first}-{code}-{i}",
            title="",
            description=text_about(code, i),
            import_run=run,
            scored_by=version,
        )
        for code, i in drawn
    )
    came = datetime.combine(first, time(12), ZONE)
    Grant.objects.filter(pk__in=[grant.pk for grant in made]).update(created_at=came)
    Suggestion.objects.bulk_create(
        Suggestion(
            grant=grant,
            category=categories[code],
            model_version=version,
            score=0.9,
            rank=1,
            is_ticked=True,
        )
        for grant, (code, _) in zip(made, drawn, strict=True)
    )


STEADY = [
    {"ARTS": 20, "SPORT": 20}, {"ARTS": 18, "SPORT": 22}, {"ARTS": 21, "SPORT": 19},
    {"ARTS": 19, "SPORT": 21}, {"ARTS": 20, "SPORT": 20}, {"ARTS": 18, "SPORT": 22},
]  # fmt: skip


def history(categories, newest):
    for ago, shares in enumerate([*STEADY, newest][::-1]):
        month_of_grants(ago, shares, categories)


def open_causes(kind="drift"):
    return sorted(Notice.objects.open().filter(kind=kind).values_list("cause", flat=True))
