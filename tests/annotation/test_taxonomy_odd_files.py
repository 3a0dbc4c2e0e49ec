"""Taxonomies that are endless, circular, old or made to harm: refused whole, within a moment."""

import time

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.errors import ImportRefused
from annotation.importers.recognise import read_taxonomy
from annotation.models import Category, Taxonomy, TaxonomyRelease
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.merge_categories import merge_category
from tests.factories import AdministratorFactory, CategoryFactory

pytestmark = pytest.mark.django_db
HEADER = "facet,code,label,broader\n"
GOOD = "S,A,Arts,\n"
DEEP = 10_000
SECONDS = 4  # of computing, for 10,000 categories; a graph of RDF takes most of it


@pytest.fixture
def file(tmp_path):
    def file(content):
        path = tmp_path / "taxonomy.dat"
        path.write_text(content)
        return path

    return file


def in_turtle():
    lines = (
        f'<urn:c{n}> a skos:Concept ; skos:prefLabel "L{n}" ; skos:broader <urn:c{n + 1}> .\n'
        for n in range(DEEP - 1)
    )
    return (
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        + "".join(lines)
        + (f'<urn:c{DEEP - 1}> a skos:Concept ; skos:prefLabel "Top" .\n')
    )


CHAINS = {
    "parents before children": lambda: HEADER + "".join(
        f"S,{n},L{n},{n - 1 if n else ''}\n" for n in range(DEEP)
    ),
    "children before parents": lambda: HEADER + "".join(
        f"S,{n},L{n},{n + 1 if n + 1 < DEEP else ''}\n" for n in range(DEEP)
    ),
    "Turtle": in_turtle,
    "lines, each a step further in": lambda: "\n".join(" " * n + f"L{n}" for n in range(3_000)),
}  # fmt: skip


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_of_ten_thousand_is_refused_as_a_whole(file, chain):
    path, began = file(CHAINS[chain]()), time.process_time()
    with pytest.raises(ImportRefused, match="lies too deep in the tree"):
        import_taxonomy(path)
    assert time.process_time() - began < SECONDS
    assert not Taxonomy.objects.exists()


def yaml_bomb():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for this, last in zip("bcdefghij", "abcdefghi", strict=True):
        lines.append(f"{this}: &{this} [{', '.join([f'*{last}'] * 9)}]")
    return "\n".join(lines) + "\n"


YAML = {
    "a bomb of aliases": yaml_bomb,
    "a call": lambda: '!!python/object/apply:os.system ["id"]\n',
    "a call within": lambda: "facets:\n  - code: !!python/name:os.system\n    label: x\n",
    "an honest one": lambda: "Subject:\n  - code: A\n    label: Arts\n",
}


@pytest.mark.parametrize("kind", YAML)
def test_yaml_is_no_format_of_ours_and_nothing_in_it_is_carried_out(file, kind):
    """It is at most lines of text: what it says in its own language is not understood."""
    began = time.process_time()
    try:
        rows, _ = read_taxonomy(file(YAML[kind]()))
    except ImportRefused:
        rows = []
    assert len(rows) < 20
    assert all(len(row.label) <= 200 for row in rows)
    assert time.process_time() - began < 1


def test_a_ring_through_what_is_in_use_is_refused(file):
    import_taxonomy(file(HEADER + "S,A,a,\nS,B,b,A\nS,C,c,B\n"))
    with pytest.raises(ImportRefused, match=r"row 2, broader: 'C' leads back to the category"):
        import_taxonomy(file(HEADER + "S,A,a,C\n"), choice="update")
    assert Category.objects.get(code="A").broader is None


def test_a_category_is_merged_into_no_ring_and_keeps_no_merging_when_it_comes_back(file):
    """The database keeps its rules, and a file that names the category ends its merging."""
    old = CategoryFactory(code="OLD", retired_at=timezone.now())
    for into in (old.pk, CategoryFactory(code="A").pk):
        with pytest.raises(IntegrityError), transaction.atomic():
            Category.objects.filter(pk=into).update(merged_into=into)
    Category.objects.filter(pk=old.pk).update(retired_at=None)
    old.refresh_from_db()
    merge_category(old, Category.objects.get(code="A"), AdministratorFactory())
    import_taxonomy(file(HEADER + "subject,A,Arts,\nsubject,OLD,Old,\n"))
    old.refresh_from_db()
    assert (old.retired_at, old.merged_into) == (None, None)


def test_a_row_below_a_retired_category_is_left_out(file):
    import_taxonomy(file(HEADER + GOOD + "S,B,Books,\n"))
    import_taxonomy(file(HEADER + GOOD), choice="replace")
    result = import_taxonomy(file(HEADER + "S,C,Crafts,B\nS,D,Dance,\n"), choice="update")
    assert [str(fault) for fault in result.faults] == [
        "row 2, broader: 'B' is retired, and the file does not bring it back (left out)"
    ]


def test_releases_are_numbered_by_the_site_and_never_twice(file):
    """A file cannot say which release it is: an old one again is the next one, or none."""
    for rows in (GOOD, GOOD, GOOD + "S,B,Books,\n", GOOD):
        import_taxonomy(file(HEADER + rows), choice="replace")
    releases = TaxonomyRelease.objects.order_by("number")
    assert [release.number for release in releases] == [1, 2, 3]
    assert len({release.content_sha256 for release in releases}) == 3  # what is retired counts
    with pytest.raises(ImportRefused, match="'release', which is not known"):
        import_taxonomy(file("facet,code,label,release\nS,A,Arts,1\n"))
