"""A site with an attack in every text that a person or a file may bring: forty of them in each."""

from datetime import timedelta
from itertools import cycle

from django.contrib.sessions.models import Session
from django.utils import timezone

from annotation.models import (
    AuditEvent,
    BackendComparison,
    Category,
    Grant,
    ImportRun,
    Label,
    LoginFailure,
    MappingProfile,
    ModelVersion,
    Notice,
    Outlook,
    PersonSession,
    SagemakerJob,
    SimulationRun,
    Sprint,
    SprintGrant,
    StoredReport,
    Taxonomy,
)
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.guidelines import write_guidelines
from annotation.services.notes import comment
from annotation.services.site_settings import ACTION
from annotation.services.stored_reports import request_report
from classifier.stored_reports import write_requested_reports
from tests.annotation.test_adjudication import annotated
from tests.e2e.hostile_backends import backends_compared
from tests.e2e.hostile_texts import ALL, LONG, PACKS, PAYLOADS
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    TaxonomyFactory,
    UserFactory,
    decide,
)

FIGURES = {"figures": {"micro_f1": {"value": 0.5, "low": 0.4, "high": 0.6}}}


def hostile_site():
    """Returns the administrator who looks at it all, and an annotator."""
    person = AdministratorFactory(username=PACKS[0], first_name=PACKS[1], last_name=PACKS[2])
    categories = taxonomy()
    annotators = people()
    grants(person, categories)
    versions()
    aws_jobs()
    runs(person)
    sprints(person, categories)
    simulation(person)
    backends_compared(person)
    disputes(person, annotators, categories)
    for n, pack in enumerate(PACKS):
        write_guidelines(person, f"# {ALL}\n\n{ALL}\n\n{n}", based_on=n, note=pack)
    traces(person)
    steering()
    return person, annotators[0]


def taxonomy():
    """Every code begins with its number, so that no two are alike; a slash is part of a path."""
    for n, pack in enumerate(PACKS):
        TaxonomyFactory(name=pack, is_current=not n)
    current = Taxonomy.objects.current()
    categories = []
    for n, text in enumerate(PAYLOADS):
        facet = FacetFactory(taxonomy=current, code=f"{n}{text}"[:60], label=text[:100])
        code = f"{n}{text}".replace("/", "|")[:40]
        categories.append(
            CategoryFactory(
                facet=facet, code=code, label=text, definition=ALL, scope_note=ALL,
                alt_labels=PAYLOADS, ancestor_labels=PAYLOADS, include_pattern=ALL,
                exclude_pattern=ALL,
            )
        )  # fmt: skip
    return categories


def people():
    return [
        UserFactory(username=f"{n}{pack}", first_name=pack, last_name=pack, email=pack)
        for n, pack in enumerate(PACKS)
    ]


def grants(author, categories):
    """Texts without a limit hold all forty; the last one holds a quarter of a million letters."""
    texts = ("title", "description", "recipient_name", "funder_name", "programme")
    places = ("recipient_place", "beneficiary_place")
    named = cycle(categories)
    for n, pack in enumerate(PACKS):
        grant = GrantFactory(
            reference=f"{n}{pack}", recipient_identifier=pack, funder_identifier=pack,
            quality_flags=PAYLOADS, queued=True, queued__reason=pack,
            **dict.fromkeys(texts + places, ALL),
        )  # fmt: skip
        for _ in range(3):
            SuggestionFactory(grant=grant, category=next(named), evidence=[*PAYLOADS, "alert"])
        Label.objects.create(
            grant=grant, category=next(named), source="imported", import_run=grant.import_run
        )
        comment(author, grant, ALL)
    Grant.objects.filter(pk=grant.pk).update(description=LONG)


def versions():
    current = Taxonomy.objects.current()
    ModelVersion.objects.update(reason=ALL, phase=PACKS[0])
    for pack, status in zip(PACKS, cycle(["failed", "rejected", "retired"]), strict=False):
        version = ModelVersion.objects.create(
            taxonomy=current, status=status, phase=pack, reason=ALL, error=ALL,
            artifact_sha256="1" * 64, metrics={**FIGURES, "measured_on": ALL},
            library_versions=dict.fromkeys(PAYLOADS, ALL),
        )  # fmt: skip
        Outlook.objects.create(
            model_version=version, measure="micro_f1", kind="audit", n_labels=9, n_measured=50,
            score=0.5, low=0.4, high=0.6, forecast=pack,
        )  # fmt: skip


def aws_jobs():
    """What AWS says of a job is its own; the names are made here."""
    SagemakerJob.objects.create(
        name="classie-0", opened_at=timezone.now(), look_at=timezone.now(), problem=ALL
    )


def runs(person):
    """Runs in every state; what a file is called, holds and is faulted for."""
    states = ["columns", "checked", "failed", "cancelled", "done", "undone"]
    for pack, state in zip(PACKS, cycle(states), strict=False):
        ImportRun.objects.create(
            kind="grants", state=state, file_name=pack, upload_size=9, imported_by=person,
            rows_read=1, rows_faulty=1, finished_at=timezone.now(), error=ALL,
            faults=[[1, text, text, text, False] for text in PAYLOADS],
            header=PAYLOADS, samples=[PAYLOADS], preview={"missing": 1, "asks": True},
            mapping={"columns": {"reference": pack, "title": ALL}},
        )  # fmt: skip
    for n, text in enumerate(PAYLOADS):
        MappingProfile.objects.create(
            name=f"{n}{text}"[:100], header=PAYLOADS, mapping={"columns": {"title": ALL}},
            created_by=person,
        )  # fmt: skip


def sprints(person, categories):
    """One for each category; the first asks about every grant, the second waits, others failed."""
    statuses = ["ready", "requested", *["failed"] * len(categories)]
    made = [
        Sprint.objects.create(category=category, started_by=person, status=status, error=ALL)
        for category, status in zip(categories, statuses, strict=False)
    ]
    for n, grant in enumerate(Grant.objects.all(), 1):
        SprintGrant.objects.create(
            sprint=made[0], grant=grant, position=n, source="model", score=0.5, evidence=PAYLOADS
        )


def simulation(person):
    """Its error is the only text that is not ours."""
    SimulationRun.objects.create(
        taxonomy=Taxonomy.objects.current(), requested_by=person, status="failed", error=ALL,
        ended_at=timezone.now(), strategies=["random"], n_seeds=1, start=1, batch=1, budget=1,
        n_grants=1, n_categories=1,
    )  # fmt: skip


def disputes(person, annotators, categories):
    """Two people differ about each; half are decided, with a note, and half wait."""
    one, other = categories[:2]
    for n, pack in enumerate(PACKS * 2):
        grant = GrantFactory(reference=f"disputed {n} {pack}"[:200], title=ALL)
        seen = [
            annotated(grant, annotators[0], [one]).pk,
            annotated(grant, annotators[1], [other], facet=other.facet).pk,
        ]
        if n < len(PACKS):
            judgement = Judgement(both_may_stand=True, note=pack)
            adjudicate(person, grant, judgement, seen=seen)


def traces(person):
    """What is kept of deeds, sessions and refused sign-ins."""
    soon = timezone.now() + timedelta(days=1)
    for n, text in enumerate(PAYLOADS):
        for action in (ACTION, text[:60]):
            AuditEvent.objects.create(
                actor=person, action=action, subject=text,
                details={"before": ALL, "after": ALL, text: text},
            )  # fmt: skip
        LoginFailure.objects.create(username=text[:150])
        session = Session.objects.create(session_key=f"session{n}", expire_date=soon)
        PersonSession.objects.create(
            session=session, user=person, seen_at=timezone.now(), browser=text[:40],
            network=text[:50],
        )  # fmt: skip


def steering():
    """Notices, figures that failed, and figures of places that are called like this."""
    decide(data_licence=PACKS[1])
    for pack in PACKS:
        Notice.objects.create(kind="disk", cause=pack[:200], words=ALL, what_to_do=ALL)
    StoredReport.objects.create(
        question="drift", status="failed", error=ALL, ended_at=timezone.now()
    )
    request_report("slices")
    assert [report.status for report in write_requested_reports()] == ["done"]


def rows(person):
    """What an address names, by the name of its URL; of what differs in no text, one."""
    ids = {
        "grant": Grant.objects.all(),
        "adjudicate": Grant.objects.filter(reference__startswith="disputed"),
        "sprint": Sprint.objects.all()[:3],
        **dict.fromkeys(
            ("simulation", "stop_simulation", "delete_simulation"), SimulationRun.objects.all()
        ),
        **dict.fromkeys(
            ("backend_comparison", "stop_backend_comparison", "delete_backend_comparison"),
            BackendComparison.objects.all(),
        ),
        "version": ModelVersion.objects.all(),
        "model_card": ModelVersion.objects.gated(),
        "stop": ModelVersion.objects.all()[:1],
        "promote": ModelVersion.objects.filter(status="rejected")[:1],
        "import_run": ImportRun.objects.exclude(header=[]),
        "import_undo": ImportRun.objects.exclude(header=[])[:1],
        "end_session": PersonSession.objects.filter(user=person)[:1],
    }
    found = {name: [{"pk": row.pk} for row in chosen] for name, chosen in ids.items()}
    codes = [{"code": category.code} for category in Category.objects.all()]
    others = [{"pk": user.pk} for user in people_but(person)]
    return found | {
        "category": codes,
        **dict.fromkeys(("merge_category", "part_category"), codes[:1]),
        "guidelines_version": [{"number": 1}, {"number": len(PACKS)}],
        "person": others,
        **dict.fromkeys(("role", "deactivate", "reactivate", "reset", "end_all"), others[:1]),
        "revoke_token": [],
    }


def people_but(person):
    return type(person).objects.exclude(pk=person.pk)
