"""No page that administrators steer by costs more queries than it may, however much there is."""

import pytest
from django.utils import timezone

from annotation.models import Grant, ModelVersion, Snapshot
from annotation.reports.outlooks import A_PAGE as CATEGORIES_A_PAGE
from annotation.reports.version_story import learned_of
from annotation.reports.versions import A_PAGE, versions
from tests.annotation.quality_body import body, row, stored
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    ImportRunFactory,
    ModelVersionFactory,
)

pytestmark = pytest.mark.django_db
MOST = 12


@pytest.fixture
def boss(client):
    boss = AdministratorFactory()
    client.force_login(boss)
    return client


@pytest.fixture
def active():
    return ModelVersionFactory(taxonomy=CategoryFactory().taxonomy)


def trained(active, n=1, **facts):
    """Gated versions that were retired, the oldest first."""
    facts = {"status": "retired", "artifact_sha256": "0" * 64} | facts
    return [ModelVersion.objects.create(taxonomy=active.taxonomy, **facts) for _ in range(n)]


@pytest.mark.parametrize(
    "address",
    ["/coverage/", "/quality/", "/label-errors/", "/agreement/",
     "/people/", "/my-work/", "/slices/", "/drift/", "/versions/", "/versions/compare/",
     "/notices/", "/audit-log/", "/audit-log/?words=v1"],
)  # fmt: skip
def test_a_page_costs_a_bounded_number_of_queries(
    boss, active, address, django_assert_max_num_queries
):
    for version in trained(active, 3, activated_at=timezone.now()):
        ModelVersion.objects.create(
            taxonomy=active.taxonomy, kind="refresh", parent=version, status="retired"
        )
    some = [CategoryFactory(facet=active.taxonomy.facets.first()) for _ in range(5)]
    stored(body([row(category.code) for category in some]))
    boss.get(address)  # what every page asks once a session
    with django_assert_max_num_queries(MOST):
        answer = boss.get(address)
        assert answer.status_code == 200 and b"".join(answer)


@pytest.mark.parametrize("days", [{}, {"given_from": "2026-01-01"}])
def test_no_filter_of_coverage_costs_more(boss, django_assert_max_num_queries, days):
    category = CategoryFactory(code="ARTS")
    GrantFactory(programme="Large", recipient_place="Ballarat")
    asked = {
        "branch": "ARTS", "facet": category.facet.code, "level": "1", "band": "0", "q": "arts",
        "programme": "Large", "place": "Ballarat", "year": "2026", "annotator": "nobody",
    }  # fmt: skip
    for some in (asked, {name: asked[name] for name in ("branch", "facet", "level", "band")}):
        boss.get("/coverage/", some | days)
        with django_assert_max_num_queries(MOST):
            assert boss.get("/coverage/", some | days).context["query"] == some | days


@pytest.mark.parametrize("status", ["training", "requested"])
def test_no_page_of_versions_costs_more_for_what_goes_on(
    boss, active, status, django_assert_max_num_queries
):
    """The active one on another page, one in training, some unread, and no speed known."""
    Grant.objects.bulk_create(GrantFactory.build_batch(3, import_run=ImportRunFactory()))
    newer = trained(active, A_PAGE + 2, started_at=timezone.now())
    trained(active, status=status, started_at=timezone.now())
    boss.get("/versions/")
    for address in ("/versions/", f"/versions/?before={newer[3].pk}", "/versions/training/"):
        with django_assert_max_num_queries(MOST):
            assert f">{active}</a> is active" in boss.get(address).content.decode()
    with django_assert_max_num_queries(MOST):
        assert "3 grants" in boss.get("/versions/reading/").content.decode().replace(
            "\N{NO-BREAK SPACE}", " "
        )


def test_the_page_of_a_version_costs_no_more_for_what_it_has_learned(
    boss, active, django_assert_max_num_queries
):
    [version] = trained(active)
    facts = {"grant_ids": [*range(50)], "annotation_ids": [*range(40)], "label_ids": []}
    Snapshot.objects.create(model_version=version, content_sha256="0" * 64, **facts)
    with django_assert_max_num_queries(1) as asked:
        learned = learned_of(version)
    assert (learned.n_grants, learned.n_annotations, learned.n_labels) == (50, 40, 0)
    read = asked.captured_queries[0]["sql"].partition("FROM")[0]
    assert '"grant_ids")' in read and '"grant_ids",' not in read  # counted where it is
    boss.get(f"/versions/{version.pk}/")
    with django_assert_max_num_queries(MOST):
        assert "50 grants" in boss.get(f"/versions/{version.pk}/").content.decode().replace(
            "\N{NO-BREAK SPACE}", " "
        )


def test_old_versions_are_on_later_pages_and_the_active_one_on_each(boss, active):
    newer = trained(active, A_PAGE + 2)
    first = versions()
    assert [one.version for one in first.rows] == newer[:1:-1]
    assert first.active.version == active and first.older == newer[2].pk
    later = versions(first.older)
    assert [one.version for one in later.rows] == [newer[1], newer[0], active]
    assert later.active.version == active and later.older is None
    page = boss.get("/versions/").content.decode()
    assert f"?before={first.older}#version-list" in page and "Newest" not in page
    page = boss.get(f"/versions/?before={first.older}").content.decode()
    assert f'/versions/{newer[0].pk}/"' in page and f'/versions/{newer[2].pk}/"' not in page
    assert f">{active}</a> is active" in page and "Newest" in page and ">Older<" not in page


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 40, "٣"])
def test_a_senseless_place_is_the_first_page(boss, active, before):
    answer = boss.get("/versions/", {"before": before})
    assert answer.status_code == 200 and f">{active}<" in answer.content.decode()


def test_outlooks_of_many_categories_come_page_by_page(boss, active):
    [version] = trained(active)
    facet = active.taxonomy.facets.first()
    many = [
        CategoryFactory(facet=facet, label=f"Name {n:03}") for n in range(CATEGORIES_A_PAGE + 1)
    ]
    facts = {"kind": "audit", "n_labels": 9, "n_measured": 9}
    version.outlooks.create(measure="micro_f1", **facts)
    for category in many:
        version.outlooks.create(measure="f1", category=category, **facts)
    page = boss.get(f"/versions/{version.pk}/").content.decode()
    assert "Name 000" in page and f"Name {CATEGORIES_A_PAGE:03}" not in page
    assert '<details class="small" id="each">' in page and "?page=2#each" in page
    page = boss.get(f"/versions/{version.pk}/?page=2").content.decode()
    assert "Name 000" not in page and f"Name {CATEGORIES_A_PAGE:03}" in page
    assert 'id="each" open>' in page
