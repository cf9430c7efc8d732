"""Pushing apart: nothing overlaps, and nothing changes sides."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rnnstudio.design import grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Comment, Design, Frame, Group, Node, NodeId
from rnnstudio.layout.containment import Padding, find_containment
from rnnstudio.layout.push_apart import push_apart, shift_right
from tests.design.kinds import chain

PADS = Padding(16.0, 44.0, 16.0, 16.0)
T = NodeId("t")


def grown(rects, after, **extra):
    """Let ``t`` become ``after`` among nodes that stand there."""
    rects = {NodeId(i): rect for i, rect in rects.items()}
    known = {**extra}
    group_of = known.pop("group_of", {})
    nodes = tuple(
        Node(i, "lstm", group=group_of.get(i, "")) for i in rects if not i.startswith(("f", "c", "g"))
    )
    elements = {
        "groups": tuple(Group(i) for i in rects if i.startswith("g")),
        "frames": tuple(Frame(i) for i in rects if i.startswith("f")),
        "comments": tuple(Comment(i) for i in rects if i.startswith("c")),
    }
    tree = find_containment(Design(nodes=nodes, **elements), rects)
    moved = push_apart(tree, rects, T, after, dict.fromkeys(rects, PADS))
    return rects | moved


def box(x, y, width=100.0, height=60.0):
    return Rect(x, y, width, height)


def test_what_is_right_of_it_moves_right_and_keeps_its_distance():
    at = grown({"t": box(0, 0), "a": box(140, 0), "b": box(300, 200)}, box(-16, -44, 300, 200))
    assert at["a"].x - at["t"].right == 40.0 and at["b"].x - at["a"].x == 160.0
    assert at["a"].y == 0.0 and at["b"].y == 200.0, "and an order from left to right stays one"


def test_nothing_moves_if_there_is_space():
    before = {"t": box(0, 0), "a": box(600, 0), "b": box(0, 400)}
    at = grown(before, box(-16, -44, 300, 200))
    assert at["a"] == before["a"] and at["b"] == before["b"]


def test_what_is_above_left_and_below_moves_there():
    at = grown(
        {"t": box(0, 0), "above": box(0, -84), "left": box(-124, 0), "below": box(0, 84)},
        box(-16, -44, 132, 200),
    )
    assert at["t"].y - at["above"].bottom == 28.0 and at["t"].x - at["left"].right == 24.0, "on the grid"
    assert at["below"].y - at["t"].bottom == 24.0
    assert at["above"].x == at["below"].x == 0.0 and at["left"].y == 0.0


def test_off_a_corner_it_moves_the_shorter_way():
    at = grown({"t": box(0, 0), "a": box(150, 70)}, box(-16, -44, 300, 140))
    assert at["a"].x == 150.0 and at["a"].y >= at["t"].bottom


def test_a_frame_around_it_grows_and_pushes_in_turn():
    at = grown({"t": box(0, 0), "f": box(-24, -48, 148, 140), "a": box(160, 0)}, box(-16, -44, 300, 200))
    assert at["f"].contains(at["t"]) and at["a"].x >= at["f"].right


def test_a_frame_beside_it_moves_with_what_is_on_it():
    at = grown(
        {"t": box(0, 0), "f": box(140, -60, 300, 200), "a": box(160, 0), "b": box(300, 0)},
        box(-16, -44, 300, 200),
    )
    assert at["a"].x - at["f"].x == 20.0 and at["b"].x - at["f"].x == 160.0
    assert at["f"].width == 300.0 and at["f"].x > at["t"].right


def test_a_group_around_it_pushes_what_is_beside_the_group():
    at = grown(
        {"t": box(0, 0), "n": box(140, 0), "g": box(-16, -44, 272, 120), "a": box(280, 0)},
        box(-16, -44, 300, 200),
        group_of={"t": "g", "n": "g"},
    )
    assert at["n"].x >= at["t"].right + 40.0 and at["g"].contains(at["n"]) and at["g"].contains(at["t"])
    assert at["a"].x > at["g"].right


def test_a_note_below_it_goes_down_and_one_beside_a_neighbour_goes_along():
    at = grown(
        {"t": box(0, 0), "c": box(0, 76), "a": box(140, 0), "c2": box(140, 70)}, box(-16, -44, 300, 200)
    )
    assert at["c"].y >= at["t"].bottom + 16.0 and at["c2"].x - at["a"].x == 0.0


CELLS = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), max_size=12, unique=True)


@settings(max_examples=150, deadline=None)
@given(CELLS, st.integers(0, 900), st.integers(0, 500), st.integers(0, 40), st.integers(0, 60))
def test_nothing_overlaps_and_nothing_changes_sides(cells, wide, high, left, up):
    before = {"t": box(0, 0)}
    for at, (column, row) in enumerate(cells):
        if (column, row) != (0, 0):
            before[f"n{at}"] = box(130.0 * column + 5 * row, 90.0 * row - 3 * column)
    after = grown(before, Rect(-left, -up, 100.0 + left + wide, 60.0 + up + high))
    assert not [(a, b) for a, b in combinations(after, 2) if after[a].intersects(after[b])]
    for a, b in combinations(after, 2):
        if before[a].right <= before[b].x:
            assert after[a].x < after[b].x
        if before[a].bottom <= before[b].y:
            assert after[a].y < after[b].y


def test_everything_to_the_right_is_shifted():
    after = shift_right(chain(), 400.0, 64.0)
    assert [node.x for node in after.nodes] == [0.0, 200.0, 464.0, 664.0, 864.0]


def test_the_kept_node_stays():
    assert shift_right(chain(), 400.0, 64.0, keep="cell").node("cell").x == 400.0


@pytest.mark.parametrize("x, width", [(0.0, 564.0), (450.0, 500.0), (-900.0, 500.0)])
def test_a_frame_widens_where_it_reaches_across(x, width):

    design = replace(chain(), frames=(Frame("f", x, 0.0, 500.0, 100.0),))
    (frame,) = shift_right(design, 400.0, 64.0).frames
    assert (frame.x, frame.width) == (x + 64.0 if x == 450.0 else x, width)


def test_what_is_in_a_collapsed_group_moves_with_it():
    design = grouping.add_group(chain(), Group("g", x=100.0, collapsed=True), ["dense", "head"])
    after = shift_right(design, 400.0, 64.0)
    assert after.node("dense").x == 600.0 and after.node("cell").x == 464.0
