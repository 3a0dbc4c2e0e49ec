"""Adjudication: who differs, what is decided, and that the originals stay."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from annotation.errors import AdjudicationRefused, NotAllowed
from annotation.models import (
    Adjudication,
    Annotation,
    AuditEvent,
    Decision,
    FacetRuling,
    Label,
    Outcome,
)
from annotation.reports.adjudication import case, n_waiting, next_case
from annotation.reports.standing import standing
from annotation.reports.tree_distance import overlap, relation, steps
from annotation.services.adjudication import Judgement, adjudicate
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    """sport > (community, professional); sport > outdoor > surf; arts."""
    facet = FacetFactory()
    made = {}
    for code, above in [
        ("sport", None), ("community", "sport"), ("professional", "sport"),
        ("outdoor", "sport"), ("surf", "outdoor"), ("arts", None),
    ]:  # fmt: skip
        made[code] = CategoryFactory(
            facet=facet, code=code, label=code.title(), broader=made.get(above)
        )
    return made


def annotated(grant, annotator, chosen, outcome="labelled", facet=None):
    """What one person said of one facet, as the annotating page would have stored it."""
    facet = facet or (chosen[0].facet if chosen else FacetFactory())
    annotation = Annotation.objects.create(
        grant=grant,
        annotator=annotator,
        taxonomy_release=facet.taxonomy.release,
        stream="random",
        content_sha256=grant.content_sha256,
        idempotency_key=f"{grant.pk}-{annotator.pk}-{Annotation.objects.count()}",
        body_sha256="0" * 64,
    )
    Outcome.objects.create(annotation=annotation, facet=facet, value=outcome)
    for category in chosen:
        Decision.objects.create(annotation=annotation, category=category, verdict="added")
    return annotation


@pytest.fixture
def disputed(tree):
    """Ada chose community and arts, Bob professional and arts."""
    grant = GrantFactory()
    ada, bob = UserFactory(username="ada"), UserFactory(username="bob")
    annotated(grant, ada, [tree["community"], tree["arts"]])
    annotated(grant, bob, [tree["professional"], tree["arts"]])
    return grant


def seen(grant):
    return [a.pk for a in Annotation.objects.current().filter(grant=grant)]


def decide(grant, by=None, taken=(), refused=(), **options):
    judgement = Judgement(frozenset(taken), frozenset(refused), **options)
    return adjudicate(by or AdministratorFactory(), grant, judgement, seen=seen(grant))


def test_only_grants_whose_annotators_differ_wait(tree, disputed):
    agreed, alone = GrantFactory(), GrantFactory()
    for person in UserFactory.create_batch(2):
        annotated(agreed, person, [tree["arts"]])
    annotated(alone, UserFactory(), [tree["arts"]])
    assert (n_waiting(), next_case()) == (1, disputed.pk)


def test_a_facet_that_only_one_of_them_answered_is_no_difference(tree):
    grant, population = GrantFactory(), FacetFactory(code="population")
    annotated(grant, UserFactory(), [tree["arts"]])
    annotated(grant, UserFactory(), [], "none_fits", population)
    assert next_case() is None


def test_different_outcomes_of_a_facet_are_a_difference(tree):
    grant = GrantFactory()
    annotated(grant, UserFactory(), [], "none_fits", tree["arts"].facet)
    annotated(grant, UserFactory(), [], "not_enough_text", tree["arts"].facet)
    assert next_case() == grant.pk


def test_the_case_shows_who_chose_what_and_how_near_it_lies(disputed):
    found = case(disputed)
    rows = {row.category.code: row for row in found.facets[0].rows}
    assert rows["community"].says == ["chosen", "not chosen"]
    assert rows["community"].near == "beside Professional"
    assert (rows["arts"].is_in, rows["community"].is_in) == (True, None)
    assert found.n_disputed == 2
    # {sport, community, arts} and {sport, professional, arts}: two of four in common
    assert found.agreement == pytest.approx(0.5)


def test_what_is_in_becomes_the_label_and_the_originals_stay(tree, disputed):
    before = list(Decision.objects.values())
    adjudication = decide(disputed, taken=["community", "arts"], refused=["professional"])
    labels = Label.objects.filter(grant=disputed, source="adjudicated")
    assert {label.category.code for label in labels} == {"community", "arts"}
    assert list(Decision.objects.values()) == before
    assert {a.annotator.username for a in adjudication.annotations.all()} == {"ada", "bob"}
    assert next_case() is None
    assert AuditEvent.objects.filter(action="grant adjudicated").count() == 1


def test_the_adjudicated_stands_before_what_annotators_said(tree, disputed):
    facet_of = {c.pk: c.facet_id for c in tree.values()}
    decide(disputed, taken=["arts"], refused=["community", "professional"])
    stands = standing([disputed.pk], facet_of)[disputed.pk]
    assert stands.categories == [tree["arts"].pk]
    assert list(stands.sources) == ["adjudicated"]


def test_a_facet_ruled_empty_stands_empty(tree, disputed):
    facet = tree["arts"].facet
    decide(disputed, refused=["arts", "community", "professional"])
    stands = standing([disputed.pk], {c.pk: c.facet_id for c in tree.values()})[disputed.pk]
    assert (stands.categories, stands.outcomes) == ([], {facet.pk: "none_fits"})


def test_all_may_stand_decides_nothing_for_anybody(disputed):
    decide(disputed, both_may_stand=True)
    assert not Label.objects.filter(source="adjudicated").exists()
    assert next_case() is None


def test_a_second_adjudication_supersedes_the_first(disputed):
    first = decide(disputed, taken=["community", "arts"], refused=["professional"])
    second = decide(disputed, taken=["professional"], refused=["community", "arts"])
    assert second.supersedes == first
    assert Adjudication.objects.current().get() == second
    assert [x.category.code for x in Label.objects.filter(source="adjudicated")] == ["professional"]


def test_a_new_annotation_opens_the_case_again(tree, disputed):
    decide(disputed, taken=["community", "arts"], refused=["professional"])
    annotated(disputed, UserFactory(), [tree["surf"]])
    assert next_case() == disputed.pk


def test_annotations_that_changed_meanwhile_are_looked_at_again(tree, disputed):
    old = seen(disputed)
    annotated(disputed, UserFactory(), [tree["surf"]])
    judgement = Judgement(frozenset({"community", "arts", "surf"}), frozenset({"professional"}))
    with pytest.raises(AdjudicationRefused, match="have changed since"):
        adjudicate(AdministratorFactory(), disputed, judgement, seen=old)
    assert not Adjudication.objects.exists()


@pytest.mark.parametrize(
    ("taken", "refused", "said"),
    [
        (["community"], ["professional"], "arts Arts is not decided yet"),
        (["community", "arts"], ["professional", "arts"], "arts is both in and out"),
        (["community", "arts", "moon"], ["professional"], "no category 'moon'"),
    ],
)
def test_a_judgement_that_does_not_hold_is_refused_whole(disputed, taken, refused, said):
    with pytest.raises(AdjudicationRefused, match=said):
        decide(disputed, taken=taken, refused=refused)
    assert not Adjudication.objects.exists() and not Label.objects.exists()


def test_one_annotation_is_nothing_to_adjudicate(tree):
    grant = GrantFactory()
    annotated(grant, UserFactory(), [tree["arts"]])
    with pytest.raises(AdjudicationRefused, match="has 1 standing"):
        decide(grant, taken=["arts"])


def test_an_annotator_may_not_adjudicate(disputed):
    with pytest.raises(NotAllowed):
        decide(disputed, by=UserFactory(), both_may_stand=True)


def test_an_adjudication_never_changes(disputed):
    adjudication = decide(disputed, both_may_stand=True)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Adjudication.objects.filter(pk=adjudication.pk).update(note="Forged")


@pytest.mark.parametrize(
    ("a", "b", "n", "words"),
    [
        ("community", "community", 0, "beside"),
        ("community", "sport", 1, "below"),
        ("sport", "surf", 2, "above"),
        ("community", "professional", 2, "beside"),
        ("community", "surf", 3, "3 steps from"),
        ("arts", "sport", 2, "2 steps from"),
    ],
)
def test_distance_in_the_tree(tree, a, b, n, words):
    assert steps(tree[a], tree[b]) == steps(tree[b], tree[a]) == n
    assert relation(tree[a], tree[b]) == words


def test_overlap_counts_all_above(tree):
    assert overlap([], []) == 1
    assert overlap([tree["arts"]], []) == 0
    assert overlap([tree["community"]], [tree["surf"]]) == pytest.approx(1 / 4)


def test_the_page_takes_a_judgement_and_opens_the_next(tree, disputed):
    client = Client()
    client.force_login(AdministratorFactory())
    assert client.get("/adjudicate/").url == f"/adjudicate/{disputed.pk}/"
    html = client.get(f"/adjudicate/{disputed.pk}/").content.decode()
    assert "beside Professional" in html and "differ on 2 categories" in html
    given = {
        "seen": seen(disputed), "in-community": "yes", "in-professional": "no", "in-arts": "yes",
        "note": "Children play here.",
    }  # fmt: skip
    half = {k: v for k, v in given.items() if k != "in-professional"}
    refused = client.post(f"/adjudicate/{disputed.pk}/", half)
    assert refused.status_code == 409
    assert "professional Professional is not decided yet" in refused.content.decode()
    assert 'name="in-community" value="yes" checked' in refused.content.decode()
    assert client.post(f"/adjudicate/{disputed.pk}/", given).url == "/adjudicate/"
    assert b"Nobody differs" in client.get("/adjudicate/").content
    assert Adjudication.objects.get().note == "Children play here."


def test_finding_a_case_takes_few_queries_however_many_there_are(
    tree, django_assert_max_num_queries
):
    people = UserFactory.create_batch(2)
    for _ in range(30):
        grant = GrantFactory()
        annotated(grant, people[0], [tree["community"]])
        annotated(grant, people[1], [tree["professional"]])
    with django_assert_max_num_queries(6):
        assert n_waiting() == 30
    with django_assert_max_num_queries(12):
        assert case(grant).n_disputed == 2


@pytest.fixture
def empty(tree):
    """Ada says that nothing fits, Bob that there is not enough text."""
    grant, facet = GrantFactory(), tree["arts"].facet
    annotated(grant, UserFactory(username="ada"), [], "none_fits", facet)
    annotated(grant, UserFactory(username="bob"), [], "not_enough_text", facet)
    return grant


@pytest.mark.parametrize("outcome", ["none_fits", "general_public", "not_enough_text"])
def test_what_an_empty_facet_holds_is_decided(tree, empty, outcome):
    facet = tree["arts"].facet
    decide(empty, outcomes={facet.code: outcome})
    stands = standing([empty.pk], {c.pk: c.facet_id for c in tree.values()})[empty.pk]
    assert (stands.categories, stands.outcomes) == ([], {facet.pk: outcome})


def test_different_reasons_for_an_empty_facet_are_asked_about(empty):
    with pytest.raises(AdjudicationRefused, match="Say which"):
        decide(empty)
    assert not Adjudication.objects.exists()


@pytest.mark.parametrize("outcome", ["labelled", "<b>"])
def test_no_other_outcome_is_taken(tree, empty, outcome):
    with pytest.raises(AdjudicationRefused, match="no outcome of a facet that holds nothing"):
        decide(empty, outcomes={tree["arts"].facet.code: outcome})


def test_the_page_asks_what_an_empty_facet_holds_and_keeps_it(tree, empty):
    client = Client()
    client.force_login(AdministratorFactory())
    path = f"/adjudicate/{empty.pk}/"
    assert "If nothing is in" in client.get(path).text
    refused = client.post(path, {"seen": seen(empty)})
    assert refused.status_code == 409
    assert "Say which" in refused.text
    name = f"outcome-{tree['arts'].facet.code}"
    client.post(path, {"seen": seen(empty), name: "not_enough_text"})
    assert FacetRuling.objects.get().value == "not_enough_text"
    assert 'value="not_enough_text" checked' in client.get(path).text
