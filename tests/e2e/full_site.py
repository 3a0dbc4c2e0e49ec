"""A site with much of everything: 1,300 categories, long names, right-to-left text, every state."""

import uuid
from datetime import timedelta

from django.utils import timezone

from annotation.models import (
    ApiToken,
    BackendComparison,
    Category,
    Facet,
    Grant,
    ImportRun,
    ModelVersion,
    PersonSession,
    QueueItem,
    SimulationRun,
    Sprint,
    Taxonomy,
    User,
)
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.guidelines import write_guidelines
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.people_admin import invite
from annotation.services.queue import claim_next_grant
from annotation.services.sprints import Candidate, fill_sprint, start_sprint, take_sprint
from classifier.backends.options import OPTIONS
from tests.annotation import planted
from tests.annotation.compared_backends import measure
from tests.annotation.compared_backends import requested as backends_requested
from tests.annotation.played_simulations import play, requested
from tests.e2e.full_figures import steering
from tests.factories import (
    AdministratorFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    SuggestionFactory,
    UserFactory,
    decide,
)

LONG = "Interdisciplinaryneighbourhoodcooperationanddevelopmentfoundation" * 2
LONG_WORDS = "Foundation for the advancement of regional and remote community life " * 3
ARABIC = "برنامج تعليم السباحة للأطفال والعائلات الوافدة حديثاً"
HEBREW = "סדנאות אמנות לילדים 123 (2025)"
FIGURES = {"figures": {"micro_f1": {"value": 0.56, "low": 0.5, "high": 0.6}}, "measured_on": "50"}
RUN_STATES = [*ImportRun.State]


def full_site(folder):
    """Two people and the world; the import runs by state stand in the order of the states."""
    administrator = AdministratorFactory(username="a" * 150, email=f"{'e' * 60}@example.org")
    annotator = UserFactory(username="annotator.with.a.rather.long.name@example.org")
    taxonomy(folder)
    grants(annotator)
    versions()
    for state in RUN_STATES:
        import_run(state, administrator)
    for person in (administrator, annotator):
        token(person)
    plants(administrator, annotator)
    sprints(administrator)
    simulations(administrator)
    comparisons(administrator)
    steering(LONG, LONG_WORDS, ARABIC, administrator, annotator)
    write_guidelines(administrator, f"# {LONG_WORDS}\n\n- {LONG}\n- {ARABIC}", based_on=0)
    write_guidelines(administrator, f"# {HEBREW}", based_on=1, note=LONG_WORDS[:200].strip())
    invite("invited." + "x" * 100, User.Role.ANNOTATOR, by=administrator)
    UserFactory(username="gone", is_active=False)
    UserFactory(username="new", must_change_password=True)
    return administrator, annotator


def taxonomy(folder):
    """Two facets, 1,300 categories on four levels, one of them with the longest name there is."""
    rows = ["facet,code,label,broader,definition,scope_note,alt_labels"]
    for n in range(1_000):
        broader = f"S{(n - 1) // 10:04}" if n else ""
        rows.append(f"Subject,S{n:04},Subject number {n},{broader},About {n}.,Not {n}.,s{n}")
    for n in range(298):
        rows.append(f"Population,P{n:04},Population number {n},,About {n}.,,")
    rows.append(f"Population,P9998,{LONG_WORDS.strip()[:200]},,{LONG},{LONG},{LONG[:100]}")
    rows.append(f"Population,P9999,{ARABIC},,{ARABIC},,")
    (folder / "taxonomy.csv").write_text("\n".join(rows))
    import_taxonomy(folder / "taxonomy.csv")
    assert Category.objects.count() == 1_300
    ModelVersion.objects.all().delete()


def grants(annotator):
    """One answered with every verdict, one waiting, right-to-left ones, an empty one, an audit."""
    version = ModelVersionFactory(taxonomy=Taxonomy.objects.current())
    subjects = list(Category.objects.filter(facet__code="Subject")[200:212])
    longest = Category.objects.get(code="P9998")
    texts = [
        {"title": LONG, "description": f"{LONG_WORDS}\n\n{LONG}", "recipient_name": LONG},
        {"title": ARABIC, "description": f"{ARABIC}\n\n{HEBREW}", "recipient_name": HEBREW},
        {"title": "", "description": "", "quality_flags": ["empty"]},
        {"title": HEBREW, "description": ARABIC, "programme": LONG_WORDS, "currency": "AUD"},
    ]
    for n, text in enumerate(texts):
        grant = GrantFactory(queued=True, **text)
        for rank, category in enumerate([*subjects[n : n + 8], longest], 1):
            SuggestionFactory(
                grant=grant,
                category=category,
                model_version=version,
                score=0.95 - rank / 20,
                rank=rank,
                is_ticked=rank < 3,
                evidence=["regional and remote"],
            )
        LabelFactory(grant=grant, category=longest)
    first = Grant.objects.order_by("pk").first()
    QueueItem.objects.filter(grant=first).update(priority=9)
    claim = claim_next_grant(annotator)
    assert claim and claim.grant == first
    shown = [s["category"] for s in claim.shown if s["facet"] == "Subject"]
    answer = FacetAnswer("labelled", accepted=(shown[0],), rejected=(shown[1],), added=("S0007",))
    facets = {facet.code: answer for facet in Facet.objects.filter(code="Subject")}
    submit_annotation(annotator, claim.token, facets, idempotency_key="one", seconds=90)
    GrantFactory(queued=True, stream=Grant.Stream.AUDIT, title="An audit grant")


def plants(*persons):
    """Wrong suggestions that one person saw too few of, and the other accepted too often."""
    decide(plant_share=0.01)
    categories = {c.code: c for c in Category.objects.filter(code__in=["S0001", "S0002"])}
    adjudication = planted.settle(categories, persons[0], persons, ["S0001"], ["S0002"])
    for person, n in zip(persons, (9, 12), strict=True):
        planted.decided(person, adjudication, ["accepted"] * n)


def sprints(person):
    """One with grants to ask about, one that waits."""
    start_sprint(person, Category.objects.get(code="P9998"))
    candidates = [
        Candidate(pk, "model", 0.4, ["regional"])
        for pk in Grant.objects.filter(stream=Grant.Stream.POOL).values_list("pk", flat=True)
    ]
    fill_sprint(take_sprint(), candidates, None)
    start_sprint(person, Category.objects.get(code="P9999"))


def simulations(person):
    """One with as many ways of choosing as there may be, and one under way."""
    names = ["random", "default", *(f"half_{name}" for name in (
        "least_confident", "mean_entropy", "margin", "coverage", "committee", "stacker_gain",
        "modal_min_confidence"))]  # fmt: skip
    play(requested(person, strategies=names, n_seeds=2))
    play(requested(person), n=1)


def comparisons(person):
    """One of all kinds of model with the longest names, and one under way."""
    measure(backends_requested(person, *OPTIONS), label=LONG_WORDS, facet=LONG)
    measure(backends_requested(person), n=1)


def versions():
    taxonomy = ModelVersion.objects.get().taxonomy
    for status in ("rejected", "failed", "retired", "requested"):
        ModelVersion.objects.create(
            taxonomy=taxonomy,
            status=status,
            artifact_sha256="1" * 64,
            metrics=FIGURES,
            reason=LONG_WORDS,
            error=LONG if status == "failed" else "",
        )


def import_run(state, person):
    now = timezone.now()
    is_at_work = state in (*ImportRun.WAITING, *ImportRun.RUNNING)
    faults = [[n, LONG[:80], f"=cmd {ARABIC}", LONG_WORDS, n == 1] for n in range(1, 4)]
    ImportRun.objects.create(
        kind="taxonomy" if state == "failed" else "grants",
        state=state,
        file_name=f"{LONG}{ARABIC}.csv"[:255],
        upload_size=9_000,
        imported_by=person,
        taken_at=now,
        heartbeat_at=now + timedelta(hours=1) if is_at_work else None,
        finished_at=now,
        progress=0.4,
        rows_read=1_300,
        rows_created=1_204,
        rows_faulty=len(faults),
        faults=[] if is_at_work else faults,
        header=["Odd", LONG, ARABIC, ""],
        samples=[[LONG, ARABIC, "12", "x"]],
        error=LONG_WORDS if state in ("failed", "cancelled") else "",
    )


def token(person):
    ApiToken.objects.create(
        user=person,
        key_sha256=uuid.uuid4().hex * 2,
        auth_hash=person.get_session_auth_hash(),
        expires_at=timezone.now() + timedelta(days=9),
    )


def addresses_by_name(person):
    """What an address names, by the name of its URL: each row that has a page of its own."""
    versions = {v.status: v.pk for v in ModelVersion.objects.all()}
    gated = ModelVersion.objects.gated()
    runs = [{"pk": pk} for pk in ImportRun.objects.exclude(header=[]).values_list("pk", flat=True)]
    grants = [{"pk": pk} for pk in Grant.objects.filter(plants=None).values_list("pk", flat=True)]
    others = [{"pk": pk} for pk in User.objects.exclude(pk=person.pk).values_list("pk", flat=True)]
    one = others[:1]
    simulations = sorted(SimulationRun.objects.values_list("pk", flat=True))
    compared = sorted(BackendComparison.objects.values_list("pk", flat=True))
    return {
        "grant": grants,
        "category": [{"code": code} for code in ("S0000", "S0200", "P9998", "P9999")],
        "merge_category": [{"code": "P9998"}],
        "part_category": [{"code": "P9998"}],
        "sprint": [{"pk": pk} for pk in Sprint.objects.values_list("pk", flat=True)],
        "simulation": [{"pk": pk} for pk in simulations],
        "stop_simulation": [{"pk": simulations[-1]}],
        "delete_simulation": [{"pk": simulations[0]}],
        "backend_comparison": [{"pk": pk} for pk in compared],
        "stop_backend_comparison": [{"pk": compared[-1]}],
        "delete_backend_comparison": [{"pk": compared[0]}],
        "guidelines_version": [{"number": 1}, {"number": 2}],
        "version": [{"pk": pk} for pk in versions.values()],
        "model_card": [{"pk": pk} for pk in gated.values_list("pk", flat=True)],
        "stop": [{"pk": versions["requested"]}],
        "promote": [{"pk": versions["rejected"]}, {"pk": versions["retired"]}],
        "import_run": runs,
        "import_undo": runs[:1],
        "person": [*others, {"pk": person.pk}],
        **dict.fromkeys(("role", "deactivate", "reactivate", "reset", "end_all"), one),
        "end_session": [{"pk": PersonSession.objects.filter(user=person).first().pk}],
        "revoke_token": [{"pk": ApiToken.objects.filter(user=person).first().pk}],
    }
