"""Packed pages: small over the wire, and nothing of the request stands in them (BREACH)."""

import gzip
import json
import random
import re
from html import unescape

import pytest
from django.test import Client

from annotation.models import Category
from classie_site import bundles
from tests.factories import SuggestionFactory, UserFactory

pytestmark = pytest.mark.django_db
WORD = "k3xq7zvm"
PACKS = {"HTTP_ACCEPT_ENCODING": "gzip"}


@pytest.fixture
def visitor():
    SuggestionFactory.create_batch(5, grant__queued=True)
    client = Client(headers={"User-Agent": WORD, "Referer": f"http://testserver/{WORD}"})
    client.force_login(UserFactory())
    client.cookies["seen"] = WORD
    return client


def unpacked(response) -> str:
    assert response["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response["Vary"]
    return gzip.decompress(response.content).decode()


def claim(html) -> dict:
    return json.loads(unescape(re.search(r'data-claim="(.*?)"', html)[1]))


def test_no_packed_page_says_back_what_it_was_asked(visitor):
    asked = {"besides": "", "ahead": "1", "note": WORD, WORD: WORD}
    first = unpacked(visitor.get(f"/?change={WORD}&{WORD}={WORD}", **PACKS))
    ahead = unpacked(visitor.post(f"/claims/next/?q={WORD}", asked, **PACKS))
    here = claim(first)
    visitor.post(here["skip"], {"reason": "parked", "grant": here["grant"]})
    again = unpacked(visitor.post(f"{here['open']}?q={WORD}", {WORD: WORD}, **PACKS))
    here = claim(again)
    visitor.post(here["skip"], {"reason": "parked", "grant": here["grant"]})
    reopened = unpacked(visitor.post(f"/annotations/undo/?q={WORD}", {WORD: WORD}, **PACKS))
    listed = unpacked(visitor.get(f"/categories.json?release={WORD}&day={WORD}", **PACKS))
    for html in (first, ahead, again, reopened, listed):
        assert WORD not in html


def test_a_browser_that_does_not_unpack_gets_the_page_as_it_is(visitor):
    response = visitor.get("/")
    assert "Content-Encoding" not in response
    assert 'id="workspace"' in response.content.decode()


def test_a_page_opened_cold_with_1300_categories_weighs_less_than_120_kb(visitor):
    """All that it asks for: itself, its style and script, three grants ahead, the categories."""
    draw = random.Random(1)
    facet = Category.objects.first().facet
    Category.objects.bulk_create(
        Category(
            taxonomy=facet.taxonomy,
            facet=facet,
            code=f"K{n:04}",
            label=" ".join("".join(draw.choices("aeioumnrstlk", k=8)) for _ in range(3)),
            path=f"K{n:04}/",
            level=1,
            position=n,
        )
        for n in range(1_300)
    )
    page = visitor.get("/", **PACKS)
    aside = visitor.get(f"/categories.json?release={facet.taxonomy.release_id}", **PACKS)
    ahead = visitor.post("/claims/next/", {"ahead": "1"}, **PACKS)
    files = [gzip.compress(text.encode()) for text in (bundles.style_sheet(), bundles.script())]
    assert len(json.loads(unpacked(aside))["code"]) > 1_300
    parts = [page.content, aside.content, *[ahead.content] * 3, *files]
    assert sum(map(len, parts)) < 120_000
