"""The map of coverage: boxes that fill it without lying on one another, and what they say."""

import random

import pytest

from annotation.reports.coverage import CategoryCoverage, FacetCoverage
from annotation.reports.coverage_map import MOST, WIDTH, coverage_map
from annotation.reports.next_categories import Cost
from annotation.reports.treemap import Box, squarified
from annotation.templatetags.coverage_pieces import cost_words, head_words, tile_lines, tile_words


def row(codes, examples=0, pending=0):
    parts = codes.split("/")
    return CategoryCoverage(
        code=parts[-1], label=f"Label {parts[-1]}", path=[], level=len(parts), facet="subject",
        examples=examples, of_pool=examples, with_below=examples, pending=pending,
        pending_of_pool=0, target=None, asked_for_by="", codes=f"{codes}/",
    )  # fmt: skip


def facet(*rows):
    return FacetCoverage("subject", "Subject", list(rows))


def overlap(a, b):
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    high = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return max(0.0, wide) * max(0.0, high)


@pytest.mark.parametrize("seed", range(5))
def test_boxes_have_the_areas_asked_for_and_fill_the_whole(seed):
    draw = random.Random(seed)
    weights = sorted((draw.expovariate(1) + 0.01 for _ in range(40)), reverse=True)
    whole = Box(10, 20, 300, draw.uniform(50, 600))
    boxes = squarified(weights, whole)
    scale = whole.width * whole.height / sum(weights)
    assert [b.width * b.height for b in boxes] == pytest.approx([w * scale for w in weights])
    for n, box in enumerate(boxes):
        assert whole.x - 1e-6 <= box.x and box.x + box.width <= whole.x + whole.width + 1e-6
        assert whole.y - 1e-6 <= box.y and box.y + box.height <= whole.y + whole.height + 1e-6
        assert all(overlap(box, other) < 1e-6 for other in boxes[n + 1 :])


def test_nothing_is_drawn_of_nothing():
    assert squarified([], Box(0, 0, 10, 10)) == []
    assert coverage_map(facet()).groups == []


def test_two_levels_are_drawn_and_deeper_ones_counted():
    drawn = coverage_map(
        facet(row("A", 60), row("A/B", 3), row("A/B/C", 0), row("A/B/D", 70), row("E", 12))
    )
    groups = {group.code: group for group in drawn.groups}
    assert groups.keys() == {"A", "E"}
    assert (groups["A"].n_thin, groups["A"].n_below) == (2, 4)
    tiles = {tile.code: tile for tile in groups["A"].tiles}
    assert tiles.keys() == {"A", "B"}
    assert tiles["A"].is_leaf and tiles["A"].band == 4
    # Of 3, 0 and 70 examples the middle one is 3.
    assert (tiles["B"].band, tiles["B"].n_thin, tiles["B"].n_below) == (1, 2, 3)
    below = "2 of 3 categories thin, middle band 1–4"
    assert tile_words(tiles["B"]) == f"Label B and below: {below}"
    assert tile_words(tiles["A"]) == "Label A: 60 examples, band 50+"
    assert not groups["E"].has_head  # its one box has the name


def test_numbers_of_four_digits_have_their_comma():
    below = [row("A/B"), *(row(f"A/B/C{n}") for n in range(1_200))]
    drawn = coverage_map(facet(row("A"), *below))
    (group,) = drawn.groups
    tile = next(tile for tile in group.tiles if tile.code == "B")
    assert "1,201 of 1,201 categories thin" in tile_words(tile)
    assert "1,201 of 1,201 thin" in [text for _, _, text in tile_lines(tile)]
    assert head_words(group) == "Label A · 1,202 of 1,202 thin"


def test_a_branch_is_drawn_two_levels_deep_from_there():
    rows = (row("A"), row("A/B"), row("A/B/C"), row("A/B/D"), row("E"))
    drawn = coverage_map(facet(*rows), "A/")
    assert sorted(group.code for group in drawn.groups) == ["A", "B"]
    assert drawn.n_categories == 4
    assert [row.code for row in drawn.thin] == ["A", "B", "C", "D"]
    tiles = next(group.tiles for group in drawn.groups if group.code == "B")
    assert sorted(tile.code for tile in tiles) == ["B", "C", "D"]


def test_what_is_suggested_more_is_larger():
    drawn = coverage_map(facet(row("A", pending=99), row("B")))
    areas = [g.tiles[0].box.width * g.tiles[0].box.height for g in drawn.groups]
    assert areas[0] / areas[1] == pytest.approx(10, rel=0.1)  # the root of 100 to that of 1


def test_where_boxes_would_be_too_many_one_level_is_drawn_and_the_rest_is_told():
    deep = [row(f"A{n}") for n in range(20)]
    deep += [row(f"A{n}/B{n}x{m}") for n in range(20) for m in range(30)]
    drawn = coverage_map(facet(*deep))
    assert len(drawn.groups) == 20 and all(len(group.tiles) == 1 for group in drawn.groups)
    flat = coverage_map(facet(*(row(f"A{n}", pending=n) for n in range(1_300))))
    assert len(flat.groups) == MOST
    assert flat.n_left_out == 1_300 - MOST
    assert min(int(group.code[1:]) for group in flat.groups) == 1_300 - MOST


def test_texts_stay_within_their_boxes():
    names = ["Emergencies and disaster recovery", "Netball", "Ü" * 60]
    rows = [row(f"{n}", pending=n) for n in range(60)]
    for i, one in enumerate(rows):
        object.__setattr__(one, "label", names[i % 3])
    for group in coverage_map(facet(*rows)).groups:
        for tile in group.tiles:
            for x, y, text in tile_lines(tile):
                assert tile.box.y < y <= tile.box.y + tile.box.height
                assert x + 6 * len(text) <= min(WIDTH, tile.box.x + tile.box.width)


@pytest.mark.parametrize(
    ("hours", "told"),
    [((0.02, 0.01, 0.04), "Under 0.1"), ((1.2, 0.9, 1.8), "1.2\xa0(0.9–1.8)")],
)
def test_no_cost_is_told_as_nought(hours, told):
    assert cost_words(Cost(*hours)) == told
