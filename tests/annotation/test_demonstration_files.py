"""The demonstration's files, read without a site: nothing copied, nothing missing."""

import csv
import itertools
import re
from collections import Counter

import pytest

from annotation.services.demonstration import FOLDER


def read(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def categories():
    return {row["code"]: row for row in read("taxonomy.csv")}


@pytest.fixture(scope="module")
def grants():
    return read("grants.csv")


def line(code, categories):
    """The codes from the top to this one."""
    broader = categories[code]["broader"]
    return [*(line(broader, categories) if broader else []), code]


def test_every_category_has_a_definition_of_its_own(categories):
    definitions = [row["definition"] for row in categories.values()]
    assert all(len(text.split()) >= 3 for text in definitions)
    assert len(set(definitions)) == len(categories)


def test_the_facets_are_large_enough_to_be_worth_a_look(categories):
    facets = Counter(row["facet"] for row in categories.values())
    assert facets["Subject"] >= 150
    assert facets["Population"] >= 40


def test_there_are_two_facets_and_four_levels(categories):
    assert {row["facet"] for row in categories.values()} == {"Subject", "Population"}
    assert {len(line(code, categories)) for code in categories} == {1, 2, 3, 4}


def test_labels_are_clear_without_their_parents(categories):
    assert max(Counter(row["label"] for row in categories.values()).values()) == 1


def test_codes_that_a_text_names_are_codes_of_the_file(categories):
    for row in categories.values():
        named = re.findall(r"\b[SP]B\d{2,8}\b", row["scope_note"] + row["definition"])
        assert set(named) <= categories.keys(), row["code"]


def test_a_grant_never_holds_a_category_and_one_above_it(grants, categories):
    for grant in grants:
        codes = set(filter(None, grant["categories"].split(";")))
        above = {a for code in codes for a in line(code, categories)[:-1]}
        assert not codes & above, grant["reference"]


def test_two_thirds_of_over_300_grants_are_labelled_and_no_reference_comes_twice(grants):
    assert len({grant["reference"] for grant in grants}) == len(grants) > 300
    assert round(sum(bool(grant["categories"]) for grant in grants) / len(grants), 2) == 0.67


def test_texts_run_from_a_bare_title_to_250_words(grants):
    lengths = [len(f"{g['title']} {g['description']}".split()) for g in grants]
    assert min(lengths) <= 4
    assert 200 <= max(lengths) <= 265  # title and description
    assert sum(not grant["description"] for grant in grants) >= 20


def test_no_two_texts_share_a_run_of_eight_words(grants, categories):
    texts = [f"{g['title']}\n{g['description']}" for g in grants]
    texts += [c["definition"] for c in categories.values()]
    seen = {}
    for number, text in enumerate(texts):
        words = re.findall(r"\w+", text.lower())
        for run in zip(*(words[n:] for n in range(8)), strict=False):
            assert seen.setdefault(run, number) == number, " ".join(run)


def test_people_and_places_to_write_to_are_invented(grants):
    text = "\n".join(itertools.chain.from_iterable(grant.values() for grant in grants))
    hosts = re.findall(r"[\w.-]+@([\w.-]+)", text)
    assert all(host.endswith(("example.org", "example.com", "example")) for host in hosts)
    assert not re.findall(r"https?://", text)
    assert not re.findall(r"\b(?:\+61|0[2-478])[ \d]{8,}\b", text)
