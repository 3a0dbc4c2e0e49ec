"""Changing a category's keyword rule: one deed, one release, and nobody's work lost."""

import pytest
from django.test import Client

from annotation.errors import NotAllowed, RuleChanged, RuleRefused
from annotation.models import AuditEvent, Category, Grant, TaxonomyRelease
from annotation.services.keyword_rules import mark_of, save_rule, stored_rule
from tests.annotation.test_concurrency import at_once
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return CategoryFactory(
        code="SWIM", label="Swimming", include_pattern="swim", exclude_pattern="sink"
    )


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


def save(category, include, exclude, by, seen=None):
    return save_rule(category, include, exclude, seen=seen or mark_of(category), by=by)


def patterns(category):
    fresh = Category.objects.get(pk=category.pk)
    return fresh.include_pattern, fresh.exclude_pattern


def test_a_saved_rule_is_a_release_a_log_entry_and_a_new_reading(category, grace):
    version = ModelVersionFactory(taxonomy=category.taxonomy)
    grant = GrantFactory(scored_by=version)
    assert save(category, "swim|dive", "", grace)
    assert patterns(category) == ("swim|dive", "")
    release = TaxonomyRelease.objects.order_by("number").last()
    category.taxonomy.refresh_from_db()
    assert (release.number, category.taxonomy.release) == (2, release)
    assert list(Grant.objects.not_scored_by(version)) == [grant]
    event = AuditEvent.objects.get(action="keyword rule changed")
    assert (event.actor, event.action, event.subject) == (
        grace,
        "keyword rule changed",
        "SWIM Swimming",
    )
    assert event.details == {
        "old": {"include": "swim", "exclude": "sink"},
        "new": {"include": "swim|dive", "exclude": ""},
    }


def test_what_a_trained_version_has_read_stays_read(category, grace):
    version = ModelVersionFactory(
        taxonomy=category.taxonomy, kind="trained", artifact_sha256="1" * 64
    )
    grant = GrantFactory(scored_by=version)
    assert save(category, "dive", "", grace)
    grant.refresh_from_db()
    assert grant.scored_by == version


def test_the_same_rule_again_is_no_release(category, grace):
    assert not save(category, "swim", "sink", grace)
    assert TaxonomyRelease.objects.count() == 1
    assert not AuditEvent.objects.exists()


def test_empty_patterns_take_the_rule_away(category, grace):
    assert save(category, "  ", "", grace)
    assert patterns(category) == ("", "")
    assert not stored_rule(Category.objects.get()).hits("swim")


def test_a_blank_at_the_edge_of_a_pattern_is_kept(category, grace):
    assert save(category, " art ", "", grace)
    assert patterns(category) == (" art ", "")


@pytest.mark.parametrize(
    ("include", "exclude", "field"),
    [("(?=a)", "", "include"), ("swim", "(", "exclude"), ("", "sink", "include")],
)
def test_a_refused_rule_changes_nothing_and_names_the_field(
    category, grace, include, exclude, field
):
    with pytest.raises(RuleRefused) as error:
        save(category, include, exclude, grace)
    assert list(error.value.faults) == [field]
    assert patterns(category) == ("swim", "sink")


def test_a_rule_that_hits_every_grant_is_refused(category, grace):
    GrantFactory.create_batch(50)
    with pytest.raises(RuleRefused, match="hits every one of the 50 grants"):
        save(category, "[a-z]", "", grace)
    Grant.objects.order_by("pk").first().delete()
    assert save(category, "[a-z]", "", grace)  # too few grants to say so


def test_of_two_editors_the_second_is_told(category, grace):
    seen = mark_of(category)
    save(category, "dive", "", grace)
    with pytest.raises(RuleChanged, match="Somebody has changed the rule of Swimming"):
        save(category, "row", "", AdministratorFactory(), seen=seen)
    assert patterns(category) == ("dive", "")
    # Who wanted the same is content.
    assert not save(category, "dive", "", AdministratorFactory(), seen=seen)


def test_annotators_change_no_rule(category):
    with pytest.raises(NotAllowed):
        save(category, "dive", "", UserFactory())


def test_a_retired_category_takes_no_rule(category, grace):
    category.retired_at = category.taxonomy.created_at
    category.save()
    with pytest.raises(RuleRefused, match="is retired"):
        save(category, "dive", "", grace)


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_once_one_is_stored_and_one_is_told(category, grace):
    ModelVersionFactory(taxonomy=category.taxonomy)
    seen = mark_of(category)
    told = at_once(lambda word: save(category, word, "", grace, seen=seen), ["dive", "row"])
    assert sorted(map(str, told)) == ["<class 'annotation.errors.RuleChanged'>", "True"]
    assert TaxonomyRelease.objects.count() == 2
    assert AuditEvent.objects.count() == 1


# The page


@pytest.fixture
def send(category, grace):
    client = Client()
    client.force_login(grace)

    def send(do, include="", exclude="", seen=None, **headers):
        data = {"do": do, "include": include, "exclude": exclude}
        data["seen"] = seen or mark_of(Category.objects.get(pk=category.pk))
        return client.post("/categories/SWIM/", data, headers=headers)

    send.client = client
    return send


def test_the_page_shows_words_rule_and_examples(send, category):
    shown = LabelFactory(category=category, grant__title="A pool").grant
    LabelFactory(category=category, grant__title="Unseen", grant__stream="audit")
    Category.objects.update(scope_note="Not for patrols.", alt_labels=["bathing"])
    answer = send.client.get("/categories/SWIM/")
    page = answer.content.decode()
    for words in ("Not for patrols.", "bathing", shown.title, "2 grants", ">\nswim</textarea>"):
        assert words in page
    assert "Unseen" not in page


def test_trying_changes_nothing_and_saving_does(send, category):
    assert send("try", "dive").status_code == 200
    assert patterns(category) == ("swim", "sink")
    answer = send("save", "dive")
    assert (answer.status_code, answer["Location"]) == (302, "/categories/SWIM/")
    assert patterns(category) == ("dive", "")


def test_what_was_typed_comes_back_with_what_is_wrong(send):
    answer = send("save", "dive|(?=x)<b>", "sank")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "dive|(?=x)&lt;b&gt;</textarea>" in page
    assert "sank</textarea>" in page
    assert "At character 6, (?= looks ahead" in page


def test_a_line_break_inside_of_a_pattern_is_named(send, category):
    answer = send("save", "dive\r\nswim")
    assert "A line ends at character 5" in answer.content.decode()
    assert send("save", "dive\r\n").status_code == 302
    assert patterns(category) == ("dive", "")


def test_a_conflict_shows_both_and_a_second_save_stands(send, category, grace):
    seen = mark_of(category)
    save(category, "theirs", "", grace)
    # A refusal on the way must not make the page forget what it was opened with.
    refused = send("save", "(", seen=seen)
    assert f'name="seen" value="{seen}"' in refused.content.decode()
    answer = send("save", "mine", seen=seen)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "<code>theirs</code>" in page
    assert ">\nmine</textarea>" in page
    fresh = mark_of(Category.objects.get(pk=category.pk))
    assert f'name="seen" value="{fresh}"' in page
    assert send("save", "mine", seen=fresh).status_code == 302
    assert patterns(category) == ("mine", "")


def test_htmx_gets_the_rule_alone_and_is_sent_on_when_it_is_saved(send):
    tried = send("try", "dive", **{"HX-Request": "true"})
    assert tried.content.decode().startswith('<div class="grid" id="rule">')
    saved = send("save", "dive", **{"HX-Request": "true"})
    assert (saved.status_code, saved["HX-Redirect"]) == (204, "/categories/SWIM/")


def test_grant_text_is_escaped_where_a_rule_marks_it(send):
    GrantFactory(title="", description="<script>alert(1)</script> dive <b>in</b>")
    page = send("try", "dive|script").content.decode()
    assert "<script>alert" not in page
    assert "&lt;<mark>script</mark>&gt;alert" in page


def test_a_retired_category_has_a_page_and_no_form(send, category):
    Category.objects.update(retired_at=category.taxonomy.created_at)
    answer = send.client.get("/categories/SWIM/")
    assert answer.status_code == 200
    assert "Retired" in answer.content.decode()
    assert "<textarea" not in answer.content.decode()
    assert "<textarea" not in send("save", "dive").content.decode()
    assert patterns(category) == ("swim", "sink")


def test_a_stored_rule_that_cannot_be_used_is_told(send):
    Category.objects.update(include_pattern="(?=a)b")
    page = send.client.get("/categories/SWIM/").content.decode()
    assert "The stored rule is not used. At character 1, (?= looks ahead" in page


@pytest.mark.parametrize("code", ["nowhere", "%00", "SW IM"])
def test_an_unknown_category_is_404(send, code):
    assert send.client.get(f"/categories/{code}/").status_code == 404
