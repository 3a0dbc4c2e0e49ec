"""Before any label: a version of words alone is asked for whenever the words have changed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import ImportRun, ModelVersion
from annotation.services.import_grants import import_grants
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.model_versions import cancel_training
from annotation.services.undo_import import undo_import
from annotation.services.untaught import follow_words
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db
TAXONOMY = "facet,code,label\nSubject,SPORT,Sport\nSubject,ARTS,Arts\n"
GRANTS = "reference,title,description\nG-1,Football,For all\nG-2,A mural,On a wall\n"
MORE = "reference,title,description\nG-3,Cricket,For more\n"


@pytest.fixture
def taxonomy(tmp_path):
    def run(content=TAXONOMY):
        path = tmp_path / "taxonomy.csv"
        path.write_text(content)
        return import_taxonomy(path)

    return run


@pytest.fixture
def grants(tmp_path):
    def run(content=GRANTS):
        path = tmp_path / "grants.csv"
        path.write_text(content)
        return import_grants(path)

    return run


def waiting():
    return ModelVersion.objects.waiting().count()


def stopped():
    """The request that waits is out of the way; returns whether there was one."""
    for version in ModelVersion.objects.waiting():
        cancel_training(version, None)
        return True
    return False


def learned_from(n):
    """The active version has learned from so many labelled grants."""
    ModelVersion.objects.update(status="retired")
    active = ModelVersion.objects.get(kind="lexical")
    return ModelVersion.objects.create(
        taxonomy=active.taxonomy,
        status="active",
        artifact_sha256="0" * 64,
        n_training_grants=n,
    )


def test_the_first_import_asks_for_it_whichever_file_comes_first(taxonomy, grants):
    grants()
    assert not stopped()  # there is no category to learn about
    taxonomy()
    assert stopped()
    grants(MORE)
    assert stopped()


def test_a_taxonomy_alone_has_nothing_to_learn_from(taxonomy):
    taxonomy()
    assert not stopped()


@pytest.mark.parametrize(("n", "asks"), [(0, True), (1, False)])
def test_only_a_version_of_words_alone_follows_them_at_once(taxonomy, grants, n, asks):
    taxonomy()
    grants()
    stopped()
    learned_from(n)
    taxonomy(TAXONOMY + "Subject,DANCE,Dance\n")
    assert stopped() == asks
    grants(MORE)
    assert stopped() == asks
    assert bool(follow_words()) == asks


def test_what_is_deleted_is_forgotten_too(taxonomy, grants):
    taxonomy()
    grants()
    grants(MORE)
    stopped()
    undo_import(ImportRun.objects.latest("pk"), AdministratorFactory())
    assert stopped()


def test_a_file_that_changes_nothing_asks_for_nothing(taxonomy, grants):
    taxonomy()
    grants()
    stopped()
    grants()
    taxonomy()
    assert not stopped()


def test_many_changes_are_one_training(taxonomy, grants):
    taxonomy()
    grants()
    grants(MORE)
    assert waiting() == 1


def test_the_end_of_an_import_that_holds_the_taxonomy_writes_to_no_grants(taxonomy, grants):
    """Whoever merges has the taxonomy and then writes to grants: the order has to be one."""
    taxonomy()
    with CaptureQueriesContext(
        connection,
    ) as said:
        grants()
    queries = [query["sql"] for query in said.captured_queries]
    waits = next(n for n, sql in enumerate(queries) if 'FROM "annotation_taxonomy"' in sql)
    assert not [sql for sql in queries[waits:] if 'UPDATE "annotation_grant"' in sql]
    assert ("FOR NO KEY UPDATE" in queries[waits]) == connection.features.has_select_for_update
