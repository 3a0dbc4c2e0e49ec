"""Classifying free text by the API and by command: right answers, and words for every refusal."""

import io
import json
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from annotation.models import ImportRun, Label, ModelVersion, Taxonomy
from annotation.services.keyword_rules import mark_of, save_rule
from annotation.services.model_versions import promote, request_training
from classifier import registry, scoring, serving, workflow
from tests.annotation.programme import Programme
from tests.annotation.test_api_bad_input import BODIES
from tests.annotation.test_concurrency import at_once
from tests.factories import AdministratorFactory, GrantFactory, UserFactory, decide

pytestmark = pytest.mark.django_db
TEXT = {"title": "Football for all", "description": "We train young cricket umpires."}


@pytest.fixture(autouse=True)
def fresh():
    """Rows of another test may have the same keys, and calls of another person count."""
    serving._loaded.clear()
    cache.clear()
    yield
    serving._loaded.clear()


@pytest.fixture
def client(db):
    client = Programme(UserFactory()).client
    client.raise_request_exception = False
    return client


def send(client, body, content_type="application/json", **headers):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.generic("POST", "/api/v1/classify/", data, content_type, headers=headers)


def found(answer, text=0):
    return {s["category"]: s for s in answer.json()["results"][text]["suggestions"]}


@pytest.fixture
def trained(labelled_grants):
    request_training()
    workflow.train_requested()
    return ModelVersion.objects.active()


def test_the_word_matcher_answers_before_anything_is_labelled(client, categories):
    categories["SPORT"].alt_labels = ["football", "cricket"]
    categories["SPORT"].save()
    answer = send(client, {"texts": [TEXT, {"description": "A mural of sport"}]})
    assert answer.status_code == 200
    assert answer.json()["model_version"] == str(ModelVersion.objects.active())
    assert len(answer.json()["results"]) == 2
    sport = found(answer)["SPORT"]
    assert sport | {"score": 0} == {
        "facet": "subject",
        "category": "SPORT",
        "label": "Sport",
        "path": [],
        "score": 0,
        "evidence": sport["evidence"],
        "ticked": sport["ticked"],
        "lexical": True,
    }
    assert {word.lower() for word in sport["evidence"]} == {"football", "cricket"}
    assert 0 < sport["score"] <= 1


def test_a_trained_version_answers_as_it_does_for_grants(client, trained):
    answer = send(client, {"texts": [{"description": "football cricket umpire"}], "top": 2})
    assert answer.json()["model_version"] == str(trained)
    suggestions = answer.json()["results"][0]["suggestions"]
    assert suggestions[0]["category"] == "SPORT"
    assert not suggestions[0]["lexical"]
    scores = [s["score"] for s in suggestions]
    assert scores == sorted(scores, reverse=True)
    assert len(suggestions) <= 2
    model = registry.load(trained)
    column = [c.code for c in model.categories].index("SPORT")
    corpus = serving.Corpus(["football cricket umpire"], [""], [""])
    assert scores[0] == pytest.approx(float(model.predict_proba(corpus)[0, column]))


def test_a_version_is_loaded_once_and_again_when_another_takes_over(client, trained, monkeypatch):
    loads = []
    load = registry.load
    monkeypatch.setattr(registry, "load", lambda *a, **k: loads.append(a[0].pk) or load(*a, **k))
    for _ in range(3):
        send(client, {"texts": [TEXT]})
    assert loads == [trained.pk]
    lexical = ModelVersion.objects.get(kind="lexical")
    promote(lexical, AdministratorFactory(), "to see")
    assert send(client, {"texts": [TEXT]}).json()["model_version"] == str(lexical)
    assert loads == [trained.pk, lexical.pk]
    ImportRun.objects.create(kind="grants", file_name="more.csv")
    send(client, {"texts": [TEXT]})
    assert loads == [trained.pk, lexical.pk, lexical.pk]


def test_a_saved_rule_counts_in_the_next_call(client, categories):
    GrantFactory.create_batch(3)
    text = {"texts": [{"description": "A shed for wickets."}]}
    assert "SPORT" not in found(send(client, text))
    sport = categories["SPORT"]
    save_rule(sport, "wickets?", "", seen=mark_of(sport), by=AdministratorFactory())
    assert found(send(client, text))["SPORT"]["evidence"] == ["wickets"]


def test_a_retired_category_is_not_suggested(client, trained, categories):
    sport = categories["SPORT"]
    sport.retired_at = sport.taxonomy.created_at
    sport.save()
    body = {"texts": [{"description": "football cricket umpire"}]}
    assert "SPORT" not in found(send(client, body))


def test_a_hundred_texts_are_classified_and_a_hundred_and_one_are_413(client, categories):
    assert len(send(client, {"texts": [TEXT] * 100}).json()["results"]) == 100
    answer = send(client, {"texts": [TEXT] * 101})
    assert (answer.status_code, answer.json()) == (
        413,
        {"detail": "101 texts are too many. Send at most 100 in a call."},
    )


def test_a_body_over_a_quarter_of_a_megabyte_is_413(client, categories):
    answer = send(client, json.dumps({"texts": [TEXT]}) + " " * 300_000)
    assert answer.status_code == 413


@pytest.mark.parametrize("text", [{}, {"title": ""}, {"title": " \n", "description": "\t"}])
def test_a_text_without_a_word_is_422_and_named(client, categories, text):
    answer = send(client, {"texts": [TEXT, text]})
    assert answer.status_code == 422
    assert "Text 2 of 2 is empty" in answer.json()["detail"]


def test_forty_hostile_bodies_are_400(client, categories):
    for body in BODIES:
        answer = send(client, body)
        assert answer.status_code == 400, (body[:40], answer.content[:200])
        assert answer["Content-Type"] == "application/json"
    assert not serving._loaded


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("texts", [None, {}, "x", True, [], [None], ["x"], [[]], [{"title": None}],
                   [{"title": []}], [{"title": {}}], [{"title": True}], [{"title": "a\0b"}],
                   [{"titel": "x"}], [{"title": "x", "description": ["y"]}]]),
        ("top", [0, -1, 51, 10**12, 1.5, "x", None, [], {}, True]),
    ],
)  # fmt: skip
def test_a_wrong_value_is_400_and_its_field_is_named(client, categories, field, values):
    for value in values:
        answer = send(client, {"texts": [TEXT], field: value})
        assert answer.status_code == 400, value
        assert field in answer.json()


def test_an_unknown_key_is_400_and_named(client, categories):
    answer = send(client, {"texts": [TEXT], "store": True})
    assert answer.status_code == 400
    assert "Unknown key" in answer.json()["store"][0]


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "x"])
def test_another_content_type_is_415(client, categories, content_type):
    assert send(client, json.dumps({"texts": [TEXT]}), content_type).status_code == 415


@pytest.mark.parametrize(
    "description", ["🎭" * 500, "\u202e\u0000"[:1], "a" * 200_000, "<script>", "=1+1", "%s{0}", "é"]
)
def test_odd_texts_are_read_as_any_other(client, categories, description):
    answer = send(client, {"texts": [{"description": description}]})
    assert answer.status_code == 200


def test_without_a_taxonomy_it_is_409_in_words(client):
    answer = send(client, {"texts": [TEXT]})
    assert (answer.status_code, answer.json()) == (
        409,
        {"detail": "There is no model yet. Import a taxonomy first."},
    )


def test_a_damaged_artifact_gives_way_to_the_version_before_it(client, trained, caplog):
    (settings.MODEL_STORE / f"{trained.artifact_sha256}.skops").unlink()
    answer = send(client, {"texts": [TEXT]})
    assert answer.status_code == 200
    before = ModelVersion.objects.active()
    assert before.is_lexical
    assert answer.json()["model_version"] == str(before)
    assert f"{trained} is refused" in caplog.text
    assert "umpires" not in caplog.text
    loaded = serving.active_version()
    send(client, {"texts": [TEXT]})
    assert serving.active_version() is loaded


@pytest.mark.parametrize("ticking", ["tuned", "fixed"])
@pytest.mark.parametrize("kind", ["lexical", "untaught", "trained"])
def test_both_doors_say_the_same_of_a_text(client, labelled_grants, kind, ticking):
    """What the API says of a text is what is stored for a grant of that text and version."""
    if kind == "untaught":
        Label.objects.all().delete()
    if kind != "lexical":
        request_training()
        workflow.train_requested()
    active_before = serving.active_version()
    decide(ticking=ticking, fixed_threshold=0.1, least_score=0.0)
    # Files that come later tell anew which words are rare, to every reader alike.
    run = ImportRun.objects.create(kind="grants", file_name="more.csv")
    words = ["football for all", "cricket, a mural and compost", "nothing of the kind"]
    GrantFactory.create_batch(30, title="football boots", description="cricket", import_run=run)
    grants = [GrantFactory(title=text, description="", import_run=run) for text in words]
    scoring.score_waiting_grants()
    answer = send(client, {"texts": [{"title": text} for text in words], "top": 50})
    assert answer.json()["model_version"] == active_before.name
    for number, grant in enumerate(grants):
        stored = {
            s.category.code: (s.score, s.is_ticked, s.is_lexical)
            for s in grant.suggestions.select_related("category")
        }
        said = {
            code: (s["score"], s["ticked"], s["lexical"])
            for code, s in found(answer, number).items()
        }
        assert said == stored
        assert stored


def test_nobody_classifies_without_an_account(categories):
    assert Client().post("/api/v1/classify/", {}).status_code == 401


def test_a_session_does_as_well_as_a_token_with_its_csrf_token_only(categories):
    person = UserFactory()
    for is_strict, status in ((False, 200), (True, 403)):
        client = Client(enforce_csrf_checks=is_strict)
        client.force_login(person)
        assert send(client, {"texts": [TEXT]}).status_code == status


def test_too_many_calls_are_429_and_say_when_to_go_on(client, categories, settings):
    settings.CLASSIE_CLASSIFY_PER_MINUTE = 2
    answers = [send(client, {"texts": [TEXT]}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    seconds = int(answers[2]["Retry-After"])
    assert seconds > 0
    told = f"Too many requests. Wait {seconds} seconds, then try again."
    assert answers[2].json()["detail"] == told
    other = Programme(UserFactory()).client
    assert send(other, {"texts": [TEXT]}).status_code == 200


def test_the_schema_describes_the_door(client):
    schema = client.get("/api/schema/?format=json").json()
    door = schema["paths"]["/api/v1/classify/"]["post"]
    assert set(door["responses"]) == {"200", "409", "413", "422", "429"}
    answer = schema["components"]["schemas"]["Classified"]
    assert set(answer["properties"]) == {"model_version", "results"}
    suggestions = schema["components"]["schemas"]["Suggestions"]["properties"]["suggestions"]
    assert suggestions["items"]["$ref"].endswith("/Shown")


def test_while_another_version_is_loaded_the_one_before_it_answers(trained, monkeypatch):
    first = serving.active_version()
    promote(ModelVersion.objects.get(kind="lexical"), AdministratorFactory(), "to see")
    with serving._loading:  # somebody else is at it
        assert serving.active_version() is first
    assert serving.active_version() is not first


@pytest.mark.django_db(transaction=True)
def test_of_many_first_callers_one_loads(categories, monkeypatch):
    loads, load = [], registry.load
    monkeypatch.setattr(registry, "load", lambda *a, **k: loads.append(a[0].pk) or load(*a, **k))
    found = at_once(lambda _: serving.active_version(), range(6))
    assert len(loads) == 1
    assert len(set(map(id, found))) == 1


def test_the_pages_and_the_rest_of_the_api_never_load_scikit_learn():
    code = (
        "import django, sys; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "import classifier.api, annotation.views.categories\n"
        "print(sorted({'numpy', 'scipy', 'sklearn', 'skops', 'modAL'} & set(sys.modules)))"
    )
    env = {"DJANGO_SETTINGS_MODULE": "classie_site.settings", "SECRET_KEY": settings.SECRET_KEY}
    said = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert said.stdout.strip() == "[]", said.stderr


# The command


def command(*arguments):
    out = io.StringIO()
    call_command("classify", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_what_the_api_says(client, trained):
    said = json.loads(command("football cricket umpire", "--top", "2", "--json"))
    body = {"texts": [{"description": "football cricket umpire"}], "top": 2}
    assert said == send(client, body).json()
    lines = command("football cricket umpire", "--title", "Oval").splitlines()
    assert "SPORT  Sport  (" in lines[0]
    assert lines[0].startswith(("[x]", "[ ]"))


def test_the_command_reads_standard_input(trained, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("compost and mulch"))
    assert "GARDEN" in command("-").splitlines()[0]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ab\xff"), "utf-8"))
    with pytest.raises(CommandError, match="no UTF-8: byte 3"):
        command("-")
    monkeypatch.setattr(sys, "stdin", io.StringIO("a" * 1_000_001))
    with pytest.raises(CommandError, match="over 1,000,000 characters"):
        command("-")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("",), "no text to read"), ((" \n",), "no text"), (("x", "--top", "0"), "not from 1 to 50")],
)
def test_the_command_says_what_is_wrong(categories, arguments, words):
    with pytest.raises(CommandError, match=words):
        command(*arguments)


def test_the_command_says_that_there_is_no_model(db):
    assert not Taxonomy.objects.exists()
    with pytest.raises(CommandError, match="Import a taxonomy first"):
        command("a text")
