"""The kind of model that a training makes: chosen in the settings, on the page, or by program."""

import importlib

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from annotation.errors import NoSuchTraining, SettingsRefused
from annotation.models import ModelVersion, SiteSettings
from annotation.reports.model_cards import card_of
from annotation.services import backends
from annotation.services.backends import OfferedBackend, backend_words, must_run_here
from annotation.services.model_versions import has_labels, request_training, usual_backend
from annotation.services.refreshes import begin_refresh
from annotation.services.site_settings import change_settings
from tests.annotation.programme import Programme
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    decide,
)

pytestmark = pytest.mark.django_db
Kind, Status = ModelVersion.Kind, ModelVersion.Status
GREY = OfferedBackend("oracle", "Oracle", lambda: "Install it with: pip install 'oracle'.")


@pytest.fixture
def lexical():
    return ModelVersionFactory(taxonomy=LabelFactory().category.taxonomy)


@pytest.fixture
def browser(client):
    client.force_login(AdministratorFactory())
    return client


@pytest.fixture
def oracle(monkeypatch):
    """One more kind, which cannot run here."""
    here = backends.backends()
    monkeypatch.setattr(backends, "_offers", [lambda: [*here, GREY]])


def test_the_classifier_s_kinds_are_offered_with_words():
    assert backend_words("linear_svm") == "Linear support vector machine"
    assert backend_words("gone") == "gone"
    must_run_here("production")


def test_a_training_is_made_with_the_kind_of_the_settings_or_the_one_asked_for(lexical):
    decide(backend="linear_svm")
    asked = request_training(backend="sgd")
    assert asked.backend == "sgd"
    asked.delete()
    assert request_training().backend == "linear_svm"


def test_before_the_first_label_it_is_the_recipe_that_knows_words():
    GrantFactory()
    category = CategoryFactory()
    ModelVersionFactory(taxonomy=category.taxonomy)
    decide(backend="linear_svm")
    assert usual_backend() == "production"
    LabelFactory(category=category, grant__stream="audit")  # it only measures
    assert has_labels()
    assert usual_backend() == "production"
    with pytest.raises(NoSuchTraining, match="learns from labels alone"):
        request_training(backend="linear_svm")
    assert not ModelVersion.objects.waiting().exists()


def test_what_a_kind_wants_is_not_asked_for_to_name_it(lexical, monkeypatch):
    def asked():
        raise AssertionError("somebody asked")

    monkeypatch.setattr(backends, "_offers", [lambda: [OfferedBackend("sgd", "SGD", asked)]])
    assert backend_words("sgd") == "SGD"


def test_two_kinds_do_not_wait_at_once(lexical):
    first = request_training(backend="sgd")
    assert request_training() == first  # the night takes what waits
    with pytest.raises(NoSuchTraining, match=r"waits already, with: .*gradient descent"):
        request_training(backend="linear_svm")
    assert ModelVersion.objects.waiting().count() == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [("oracle", "pip install 'oracle'"), ("no\nsuch", "There is no kind of model")],
)
def test_one_that_cannot_run_here_is_refused_with_what_it_wants(lexical, oracle, name, said):
    with pytest.raises(NoSuchTraining, match=said):
        request_training(backend=name)
    with pytest.raises(SettingsRefused, match=said):
        change_settings(AdministratorFactory(), 0, {"backend": name})
    assert SiteSettings.objects.current().backend == "production"


def test_the_page_offers_the_kinds_and_greys_what_cannot_run(browser, lexical, oracle):
    decide(backend="sgd")
    page = browser.get("/versions/").content.decode()
    assert '<option value="sgd" selected>' in page
    assert '<option value="oracle" disabled>Oracle (Install it with:' in page
    answer = browser.post("/versions/retrain/", {"backend": "linear_svm"})
    assert answer.status_code == 302
    assert ModelVersion.objects.waiting().get().backend == "linear_svm"
    assert "Linear support vector machine" in browser.get("/versions/").content.decode()


def test_where_the_usual_kind_cannot_run_it_is_asked_for_all_the_same(browser, lexical, oracle):
    """A browser would else send the first kind that can, which nobody has chosen."""
    decide(backend="oracle")  # it ran once
    page = browser.get("/versions/").content.decode()
    assert '<option value="" selected>As in the settings: Oracle (Install it with:' in page
    assert page.count(" selected>") == 1
    browser.post("/versions/retrain/", {"backend": ""})
    assert ModelVersion.objects.waiting().get().backend == "oracle"


def test_the_page_says_why_a_kind_is_not_trained(browser, lexical, oracle):
    answer = browser.post("/versions/retrain/", {"backend": "oracle"}, follow=True)
    assert "Oracle cannot be trained here. Install it with" in answer.content.decode()
    assert not ModelVersion.objects.waiting().exists()


def test_the_settings_grey_what_cannot_run_and_keep_what_is_stored(browser, lexical, oracle):
    page = browser.get("/settings/").content.decode()
    assert 'value="oracle" disabled> <span class="muted">Oracle: Install it with' in page
    decide(backend="oracle")  # it ran once
    page = browser.get("/settings/").content.decode()
    assert 'value="oracle" checked> <span class="muted">Oracle: Install it with' in page


def test_a_program_names_the_kind_and_reads_it(lexical):
    administrator = Programme(AdministratorFactory())
    answer = administrator.post("model-versions/", {"backend": "oracle"})
    assert answer.status_code == 409
    assert "There is no kind of model" in answer.json()["detail"]
    answer = administrator.post("model-versions/", {"backend": "sgd"})
    assert (answer.status_code, answer.json()["backend"]) == (201, "sgd")


def test_a_version_s_pages_say_its_kind_and_what_it_cannot(browser, lexical):
    version = ModelVersion.objects.create(
        taxonomy=lexical.taxonomy, backend="linear_svm", status=Status.RETIRED,
        artifact_sha256="a" * 64, n_training_grants=3, says_why=False,
    )  # fmt: skip
    page = browser.get(f"/versions/{version.pk}/").content.decode()
    assert "Linear support vector machine" in page
    said = "This version names no words that spoke for a category."
    anew = f"{said} Train anew: this kind of model can."
    assert anew in page
    for backend, kind, expected in (
        ("linear_svm", Kind.FOREIGN, False), ("perceptron", Kind.TRAINED, False),
        ("production", Kind.TRAINED, True),
    ):  # fmt: skip
        ModelVersion.objects.filter(pk=version.pk).update(backend=backend, kind=kind)
        page_of_it = browser.get(f"/versions/{version.pk}/").content.decode()
        assert said in page_of_it and (anew in page_of_it) is expected
    assert "not refreshed between two nights" in page
    card = card_of(version)
    assert card.backend == "linear_svm"
    assert said in card.limits


def test_one_trained_elsewhere_is_not_taken_for_one_that_knows_words_alone(lexical):
    version = ModelVersion.objects.create(taxonomy=lexical.taxonomy, kind=Kind.FOREIGN)
    assert not version.is_untaught and not version.learns_between_nights
    assert card_of(version).kind == "trained elsewhere"


def test_only_the_site_s_own_recipe_is_refreshed(lexical):
    lexical.status = Status.RETIRED
    lexical.save()
    version = ModelVersion.objects.create(
        taxonomy=lexical.taxonomy, backend="sgd", status=Status.ACTIVE, artifact_sha256="a" * 64
    )
    assert begin_refresh(version) is None


def test_an_earlier_release_goes_on_with_the_words(lexical):
    lexical.status = Status.RETIRED
    lexical.save()
    facts = {"taxonomy": lexical.taxonomy, "artifact_sha256": "a" * 64}
    other = ModelVersion.objects.create(backend="sgd", status=Status.ACTIVE, **facts)
    foreign = ModelVersion.objects.create(kind=Kind.FOREIGN, status=Status.RETIRED, **facts)
    own = ModelVersion.objects.create(status=Status.RETIRED, **facts)
    migration = importlib.import_module("annotation.migrations.0034_backends")
    migration.retire_foreign(apps, None)
    assert ModelVersion.objects.active() == lexical
    for version in (other, foreign, own):
        version.refresh_from_db()
    assert not other.can_serve and not foreign.can_serve and own.can_serve


@pytest.mark.parametrize("backend", ["sgd", "production"])
def test_the_database_keeps_a_refresh_of_its_parent_s_kind(lexical, backend):
    parent = version = ModelVersion.objects.create(
        taxonomy=lexical.taxonomy, activated_at=lexical.requested_at, status=Status.RETIRED,
        artifact_sha256="a" * 64,
    )  # fmt: skip
    parent.refresh_from_db()

    def refresh():
        with transaction.atomic():
            return ModelVersion.objects.create(
                taxonomy=version.taxonomy, kind=Kind.REFRESH, status=Status.RETIRED,
                parent=parent, backend=backend,
            )  # fmt: skip

    if backend == "production":
        child = refresh()
        with pytest.raises(IntegrityError), transaction.atomic():
            ModelVersion.objects.filter(pk=child.pk).update(backend="sgd")
    else:
        with pytest.raises(IntegrityError):
            refresh()
