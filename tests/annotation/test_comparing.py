"""The page of two versions: which can be chosen, what is shown, and asking a worker for it."""

import pytest
from django.utils import timezone

from annotation.errors import NoSuchTraining, NotAllowed
from annotation.models import AuditEvent, Category, ModelVersion, StoredReport
from annotation.reports.version_pairs import End, change_row, pair_of, verdict_on
from annotation.reports.version_story import comparison_of
from annotation.services.comparisons import keep_comparison, request_comparison, subject_of
from annotation.services.watched_categories import watch_category
from annotation.templatetags.comparing import change, scale_of
from tests.factories import AdministratorFactory, CategoryFactory, ModelVersionFactory, UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/versions/compare/"


@pytest.fixture
def boss(client):
    boss = AdministratorFactory(username="boss")
    client.force_login(boss)
    return boss


def version(status="retired", **facts):
    words = ModelVersionFactory()
    return ModelVersion.objects.create(
        **{
            "taxonomy": words.taxonomy,
            "status": status,
            "artifact_sha256": "1" * 64,
            "finished_at": timezone.now(),
        }
        | facts
    )


def figures(value, reach=0.02):
    return {"value": value, "low": value - reach, "high": value + reach}


def changed(before, after, reach=0.02):
    difference = figures(after - before, reach)
    return {"before": figures(before), "after": figures(after), "difference": difference}


def row(code, before, after, support=40, **facts):
    return {
        "code": code,
        "label": f"Category {code}",
        "is_watched": False,
        "support": support,
        "found": [20, 30],
        "ticked": [25, 33],
        "f1": changed(before, after),
    } | facts


def body(**facts):
    return {
        "measured_on": "1,204 audit grants",
        "kind": "audit",
        "n_grants": 1204,
        "n_pairs": 9000,
        "n_too_few": 7,
        "measures": {
            "micro_f1": changed(0.56, 0.57),
            "macro_f1": changed(0.45, 0.52),
            "ece": changed(0.01, 0.05),
        },
        "categories": [
            row("SAME", 0.5, 0.505),
            row("FELL", 0.6, 0.4, is_watched=True),
            row("ROSE", 0.4, 0.5),
        ],
    } | facts


def test_a_change_is_told_where_its_whole_interval_says_so():
    assert verdict_on(End(0.1, 0.05, 0.2)) == "better"
    assert verdict_on(End(-0.1, -0.2, -0.05)) == "worse"
    assert verdict_on(End(0.1, 0.05, 0.2), is_lower_better=True) == "worse"
    assert verdict_on(End(-0.1, -0.2, -0.05), is_lower_better=True) == "better"
    assert verdict_on(End(0.1, -0.01, 0.2)) == verdict_on(End(0.0, 0.0, 0.0)) == ""


def test_a_number_of_corrections_does_not_press_the_shares_together():
    share = change_row("Micro-F1", changed(0.4, 0.5))
    corrections = change_row("Corrections", changed(3.0, 2.0))
    assert scale_of([share, corrections]) == scale_of([share]) == pytest.approx(0.12)
    assert change(corrections, 0.12)["value"] == "5.1"  # of its own line, which ends at 4


def test_what_changed_most_comes_first():
    found = pair_of(body())
    assert [r.code for r in found.clear] == ["FELL", "ROSE"]
    assert [r.code for r in found.others] == ["SAME"]
    assert [r.code for r in found.watched] == ["FELL"]
    assert [(m.name, m.verdict) for m in found.measures] == [
        ("Micro-F1", ""),
        ("Macro-F1", "better"),
        ("Calibration error", "worse"),
    ]
    assert (found.n_categories, found.by_chance, found.is_out_of_fold) == (3, 0, False)


def test_on_fewer_than_ten_grants_no_measure_is_told():
    assert pair_of(body(n_grants=9)).measures == []
    assert pair_of(body(n_grants=10)).measures


def test_the_page_shows_what_the_gate_has_kept(client, boss, django_assert_max_num_queries):
    CategoryFactory(code="FELL")
    before, after = version(), version()
    keep_comparison(before, after, body())
    query = {"a": after.pk, "b": before.pk}  # the other way round: what is told is the same
    client.get(ADDRESS, query)
    with django_assert_max_num_queries(12):
        page = client.get(ADDRESS, query).content.decode()
    assert f"{before} and {after}</h1>" in page and "by the gate" in page
    assert "On 1,204 audit grants." in page and "7 more there are too few to tell" in page
    assert "+0.070 (+0.050 to +0.090)" in page
    assert "Changed by more than chance: 2" in page and "No clear change: 1 category" in page
    assert page.index("Category FELL") < page.index("Category ROSE") < page.index("Category SAME")


def test_what_is_measured_out_of_fold_is_said_to_be(client, boss):
    before, after = version(), version()
    said = "36 labelled grants, each by a model that had not seen it"
    keep_comparison(before, after, body(kind="labelled", measured_on=said))
    page = client.get(ADDRESS, {"a": before.pk, "b": after.pk}).content.decode()
    assert f"On {said}. Such figures are kinder" in page


def test_the_first_page_offers_the_active_and_the_newest_other(client, boss):
    old, new = version(), version("rejected")
    words = ModelVersion.objects.get(kind="lexical")
    page = client.get(ADDRESS).content.decode()
    assert f"{words} and {new} have not been compared yet" in page
    for found in (old, new):
        assert f'<option value="{found.pk}"' in page


def test_a_link_may_name_one_version_and_leave_the_other_to_the_page(client, boss):
    old, new = version(), version("rejected")
    words = ModelVersion.objects.get(kind="lexical")
    page = client.get(ADDRESS, {"a": old.pk}).content.decode()
    assert f"{words} and {old}</h1>" in page
    page = client.get(f"/versions/{words.pk}/").content.decode()
    assert f"{ADDRESS}?b={words.pk}" in page and f"?a={new.pk}" not in page


def test_one_version_alone_is_compared_with_nothing(client, boss):
    ModelVersionFactory()
    assert "only one version so far" in client.get(ADDRESS).content.decode()


def test_asking_makes_a_request_and_shows_how_far_it_is(client, boss):
    before, after = version(), version()
    query = {"a": after.pk, "b": before.pk}
    answer = client.post(ADDRESS, query)
    assert answer.url == f"{ADDRESS}?a={before.pk}&b={after.pk}"
    report = StoredReport.objects.get()
    assert (report.question, report.subject) == ("comparison", f"{before.pk}-{after.pk}")
    assert "Waiting for a worker" in client.get(answer.url).content.decode()
    part = client.get(f"{ADDRESS}progress/", query)
    assert "Waiting for a worker" in part.content.decode() and "HX-Refresh" not in part
    report.delete()
    keep_comparison(before, after, body())
    assert client.get(f"{ADDRESS}progress/", query)["HX-Refresh"] == "true"


def test_a_comparison_that_failed_says_why(client, boss):
    before, after = version(), version()
    StoredReport.objects.create(
        question="comparison", subject=subject_of(before, after), status="failed",
        ended_at=timezone.now(), error="CorruptArtifact: v1: no such file",
    )  # fmt: skip
    page = client.get(ADDRESS, {"a": before.pk, "b": after.pk}).content.decode()
    assert "could not be compared" in page and "no such file" in page


@pytest.mark.parametrize("wrong", ["", "x", "0", "9" * 30, "٣"])
def test_a_version_that_is_none_is_refused_with_the_value(client, boss, wrong):
    good = version()
    for method, status in (("get", 200), ("post", 422)):
        page = getattr(client, method)(ADDRESS, {"a": good.pk, "b": wrong})
        assert page.status_code == status
        words = f"“{wrong}” is no version" if wrong else "Choose a version"
        assert words in page.content.decode()
    assert not StoredReport.objects.exists()


def test_who_may_ask_and_what_can_answer():
    one, gone, boss = version(), version("failed", artifact_sha256=""), AdministratorFactory()
    with pytest.raises(NotAllowed):
        request_comparison(one, version(), UserFactory())
    with pytest.raises(NoSuchTraining, match="with itself"):
        request_comparison(one, one, boss)
    with pytest.raises(NoSuchTraining, match="no artifact"):
        request_comparison(one, gone, boss)
    assert not StoredReport.objects.exists()


def test_two_pairs_may_wait_at_once_and_one_pair_once():
    one, two, three, boss = version(), version(), version(), AdministratorFactory()
    first = request_comparison(one, two, boss)
    assert request_comparison(two, three, boss) != first == request_comparison(two, one, boss)


def test_the_gate_is_shown_figure_by_figure(client, boss):
    gate = {
        "candidate": 0.57,
        "incumbent": 0.56,
        "difference": figures(0.01),
        "n_grants": 1204,
        "against": "v3, active before",
        "margin": 0.01,
        "measures": body()["measures"],
        "watched": [{"code": "FELL", "label": "Surf", "difference": figures(-0.2)}],
    }
    refused = version("rejected", metrics={"gate": gate}, reason="Refused: Surf fell.")
    found = comparison_of(refused)
    assert found.is_good_enough and [w.is_fall for w in found.watched] == [True]
    page = client.get(f"/versions/{refused.pk}/").content.decode()
    assert "Refused: Surf fell." in page and "lower by no more than 0.010" in page
    assert "Surf, watched, must not fall by more than chance: F1 −0.200 (−0.220 to −0.180)" in page
    assert "What it saw, figure by figure" in page and "Macro-F1" in page
    assert f'<th scope="col">{gate["against"]}</th>' in page


@pytest.mark.parametrize(("margin", "value", "is_held"), [
    (0.01, -0.01, True), (0.01, -0.011, False), (0.0, 0.0, False), (0.0, 0.001, True),
])  # fmt: skip
def test_what_the_gate_asked_is_shown_as_it_decides(margin, value, is_held):
    gate = {"candidate": 0.5 + value, "incumbent": 0.5, "difference": figures(value),
            "against": "the word matcher", "margin": margin}  # fmt: skip
    assert comparison_of(version(metrics={"gate": gate})).is_good_enough is is_held


def test_what_an_earlier_release_has_kept_is_still_shown(client, boss):
    gate = {"candidate": 0.57, "incumbent": 0.56, "difference": figures(0.01)}
    old = version(metrics={"gate": gate})
    assert comparison_of(old).margin is None
    page = client.get(f"/versions/{old.pk}/").content.decode()
    assert "Of the one it was compared with" in page and "+0.010 (−0.010 to +0.030)" in page


def test_watching_a_category_is_noted(client, boss):
    category = CategoryFactory(code="SURF")
    address = f"/categories/{category.code}/"
    assert client.post(f"{address}watch/", {"is_watched": "on"}).url == address
    assert Category.objects.get().is_watched
    assert "Stop watching Category SURF" in client.get(address).content.decode()
    assert not watch_category(boss, category, True)
    client.post(f"{address}watch/")
    assert not Category.objects.get().is_watched
    assert [*AuditEvent.objects.order_by("pk").values_list("action", "subject")] == [
        ("category watched", "SURF Category SURF"),
        ("category no longer watched", "SURF Category SURF"),
    ]
    with pytest.raises(NotAllowed):
        watch_category(UserFactory(), category, True)
