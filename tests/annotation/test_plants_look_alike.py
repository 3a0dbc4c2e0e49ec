"""Whoever reads the source of the page cannot tell a plant from any other grant."""

import json
import re
from html import unescape

import pytest
from django.test import Client

from annotation.models import Grant, Plant, PlantReply, QueueItem, Suggestion
from annotation.services.deed_names import hidden, shown
from annotation.services.plant_replies import BEYOND_OTHERS
from tests.annotation import planted
from tests.factories import GrantFactory, UserFactory

pytestmark = pytest.mark.django_db
# What differs from one grant to the next, whichever it is: its own names, and what is drawn by lot.
OWN = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "TOKEN"),
    (r'name="csrfmiddlewaretoken" value="[^"]*"', "CSRF"),
    (r'"X-CSRFToken": ?"[^"]*"', "CSRF"),
    (r'data-person="\d+"', "PERSON"),
    (r'nonce="[^"]*"', "NONCE"),
    (r"annotation-x[0-9a-f]{16}", "DEED"),
    (r"skip-x[0-9a-f]{16}", "SKIP"),
    (r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)", "INSTANT"),
)


def told(html, grant):
    """A page without the names of its grant."""
    html = unescape(html).replace(grant.reference, "REFERENCE")
    html = re.sub(rf"/grants/{grant.pk}/", "/grants/PK/", html)
    html = re.sub(rf'"pk": ?{grant.pk}\b', '"pk": PK', html)
    for pattern, word in OWN:
        html = re.sub(pattern, word, html)
    return html


@pytest.fixture
def pair():
    """A settled grant that will be planted, and one of the queue with the same words and rows."""
    planted.on()
    (adjudication,) = planted.settled(planted.tree())
    facts = {"title": "Netball", "recipient_name": "A club", "description": "Balls."}
    Grant.objects.filter(pk=adjudication.grant_id).update(**facts)
    return Grant.objects.get(pk=adjudication.grant_id)


def twin_of(grant, plant):
    """Waits in the queue with just what the plant shows."""
    twin = GrantFactory(
        title=grant.title, recipient_name=grant.recipient_name, description=grant.description,
        scored_by=grant.suggestions.get().model_version, queued=True, queued__reason="",
    )  # fmt: skip
    by_code = {c.code: c for c in plant.category.facet.categories.all()}
    Suggestion.objects.bulk_create(
        Suggestion(
            grant=twin,
            category=by_code[row["category"]],
            model_version=twin.scored_by,
            score=row["score"],
            rank=row["rank"],
            is_ticked=row["ticked"],
            is_lexical=row["lexical"],
            evidence=row["evidence"],
        )
        for row in plant.shown
    )
    return twin


def data(html):
    return json.loads(unescape(re.search(r'data-claim="(.*?)"', html)[1]))


def answer(claim, key):
    facet = {
        "outcome": "labelled", "accepted": ["community", "professional"], "rejected": [],
        "added": [],
    }  # fmt: skip
    return {
        "answers": json.dumps({"subject": facet}), "unseen": "[]", "key": key, "seconds": 7,
        "grant": claim["grant"],
    }  # fmt: skip


def walk(person, grant):
    """All that the pages say of one grant: opened, skipped, taken back, saved, taken back."""
    client = Client()
    client.force_login(person)
    pages = [client.get("/").content.decode()]
    claim = data(pages[0])
    assert claim["grant"] == grant.reference

    def say(address, sent):
        response = client.post(address, sent)
        assert response.status_code == 200, (address, response.content)
        pages.append(response.content.decode())
        return pages[-1]

    deed = re.compile(r'data-deed="([^"]*)"')
    skipped = say(claim["skip"], {"reason": "parked", "grant": grant.reference})
    names = [deed.search(skipped)[1]]
    claim = data(say("/annotations/undo/", {"deed": names[0]}))
    saved = say(claim["submit"], answer(claim, "10000000-0000-4000-8000-000000000000"))
    names.append(deed.search(saved)[1])
    say("/annotations/undo/", {"deed": names[1]})
    return [told(html, grant) for html in pages], names


def test_all_that_the_pages_say_of_a_plant_is_what_they_say_of_its_twin(pair):
    eve, ada = UserFactory(), UserFactory()
    for person in (eve, ada):
        planted.worked(person)
    of_plant, plant_names = walk(eve, pair)
    plant = Plant.objects.get()
    twin = twin_of(pair, plant)
    planted.off()
    of_twin, twin_names = walk(ada, twin)
    assert PlantReply.objects.count() == 4  # each page of the first walk was of the plant
    assert not QueueItem.objects.filter(grant=pair, is_open=True).exists()
    person = [(eve.username, ada.username), (str(eve), str(ada))]
    for mine, other in zip(of_plant, of_twin, strict=True):
        for name, other_name in person:
            mine = mine.replace(name, other_name)
        assert mine == other
    assert [len(n) for n in plant_names] == [len(n) for n in twin_names]


@pytest.mark.parametrize("kind", ["annotation", "skip"])
def test_a_name_stands_for_one_deed_and_tells_no_number(kind, settings):
    names = {
        hidden(f"{kind}-{n}"): n
        for n in (*range(1, 200), *range(BEYOND_OTHERS, BEYOND_OTHERS + 200))
    }
    assert len(names) == 399
    for name, n in names.items():
        assert re.fullmatch(rf"{kind}-x[0-9a-f]{{16}}", name)
        assert shown(name) == f"{kind}-{n}"
    # Neither order nor size can be read off: half of each half are the great numbers.
    ranked = sorted(names, key=lambda name: name.split("-x")[1])
    above = sum(names[name] >= BEYOND_OTHERS for name in ranked[: len(ranked) // 2])
    assert 60 < above < 140
    other = {"annotation": "skip", "skip": "annotation"}[kind]
    name = hidden(f"{kind}-7")
    assert shown(name.replace(kind, other)) != f"{other}-7"
    settings.SECRET_KEY = "another secret of another site, of fifty characters and more"
    assert shown(name) != f"{kind}-7"


@pytest.mark.parametrize("name", ["", "annotation-12", "skip-x12", "annotation-x" + "g" * 16, "x"])
def test_any_other_name_is_what_it_says(name):
    assert shown(name) == name
