"""Automatic layout with groups, frames and notes: each contains its own nodes and nothing else."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rnnstudio.design.geometry import Rect, bounding_rect
from rnnstudio.design.model import Comment, Design, Frame, Group, Node, NodeId
from rnnstudio.layout.containment import Padding, find_containment
from rnnstudio.layout.layered import GRID, Edge
from rnnstudio.layout.nested import NestedLayout

GROUP, FRAME = Padding(16.0, 44.0, 16.0, 16.0), Padding(24.0, 48.0, 24.0, 24.0)
WIDTH, HEIGHT = 112.0, 64.0


def rects_of(design):
    """Return the rectangles as the canvas draws them: a group around its members."""
    rects = {n.id: Rect(n.x, n.y, WIDTH, HEIGHT) for n in design.nodes}
    rects |= {t.id: Rect(t.x, t.y, t.width, t.height) for t in (*design.frames, *design.comments)}
    waiting = list(design.groups)
    while waiting:
        group = waiting.pop(0)
        inner = [m.id for m in (*design.nodes, *design.groups) if m.group == group.id]
        if inner and all(i in rects for i in inner):
            rects[group.id] = bounding_rect(rects[i] for i in inner).padded(*GROUP)
        elif inner:
            waiting.append(group)
    return rects


def wire(ends, delayed=False):
    source, target = ends.split(">")
    return Edge(NodeId(source), 24.0, NodeId(target), 24.0, delayed)


def tidied(design, wires, chosen=None):
    rects = rects_of(design)
    pads = {f.id: FRAME for f in design.frames} | {g.id: GROUP for g in design.groups}
    nested = NestedLayout(find_containment(design, rects), rects, wires, pads)
    return nested.compute([n.id for n in design.nodes] if chosen is None else chosen)


def node(name, x=0.0, y=0.0, group=""):
    return Node(NodeId(name), "lstm", x, y, group=group)


def group(name, outer=""):
    return Group(NodeId(name), group=outer)


def test_a_group_is_one_box_of_the_picture_around_it():
    design = Design(
        nodes=(node("a"), node("b", group="g"), node("c", 300, 90, "g"), node("d", 50, 400)),
        groups=(group("g"),),
    )
    at = tidied(design, [wire("a>b"), wire("b>c"), wire("c>d")])
    assert at["a"].y == at["b"].y == at["c"].y == at["d"].y, "and wires through its edge are straight"
    assert at["g"] == bounding_rect([at["b"], at["c"]]).padded(*GROUP)
    assert at["a"].right < at["g"].x and at["g"].right < at["d"].x


def test_what_is_fed_from_outside_alike_stands_one_below_the_other():
    design = Design(nodes=(node("a"), node("b", group="g"), node("c", group="g")), groups=(group("g"),))
    at = tidied(design, [wire("a>b"), wire("a>c")])
    assert at["b"].x == at["c"].x and not at["b"].intersects(at["c"])


def test_groups_in_groups_stay_in_them():
    nodes = (node("a", group="inner"), node("b", group="outer"), node("c"))
    design = Design(nodes=nodes, groups=(group("inner", "outer"), group("outer")))
    at = tidied(design, [wire("c>a"), wire("a>b")])
    assert (
        at["outer"].contains(at["inner"]) and at["inner"].contains(at["a"]) and at["outer"].contains(at["b"])
    )
    assert not at["inner"].intersects(at["b"]) and not at["outer"].intersects(at["c"])


def test_a_frame_fits_what_is_on_it_and_nothing_else_comes_onto_it():
    frame = Frame(NodeId("f"), -50, -60, 700, 400, "Data")
    design = Design(nodes=(node("a"), node("b", 400, 200), node("c", 60, 600)), frames=(frame,))
    at = tidied(design, [wire("a>b"), wire("a>c"), wire("c>b")])
    assert at["f"] == bounding_rect([at["a"], at["b"]]).padded(*FRAME)
    assert not at["f"].intersects(at["c"])


def test_a_frame_in_a_group_and_a_group_on_a_frame_stay_so():
    inner, outer = (Frame(NodeId("in"), -10, -40, 300, 200), Frame(NodeId("out"), 980, -70, 600, 300))
    design = Design(
        nodes=(node("a", group="g"), node("b", 500, 0, "g"), node("c", 1020, 0, "h"), node("d", 1300, 0)),
        groups=(group("g"), group("h")),
        frames=(inner, outer),
    )
    at = tidied(design, [wire("d>c"), wire("c>a"), wire("a>b")])
    assert at["in"].contains(at["a"]) and at["g"].contains(at["in"]) and not at["in"].intersects(at["b"])
    assert at["out"].contains(at["h"]) and at["out"].contains(at["d"]) and not at["out"].intersects(at["g"])


def test_a_note_keeps_its_place_beside_what_it_is_about():
    below = Comment(NodeId("n"), 310, 180, 120, 48, "why")
    design = Design(nodes=(node("a"), node("b", 300, 100)), comments=(below,))
    at = tidied(design, [wire("a>b")])
    assert (at["n"].x - at["b"].x, at["n"].y - at["b"].y) == (10.0, 80.0)
    assert at["n"].width == 120.0 and not at["n"].intersects(at["a"])


def test_a_note_right_of_a_frame_that_becomes_smaller_comes_along():
    frame = Frame(NodeId("f"), -50, -60, 900, 400)
    note = Comment(NodeId("n"), 870, 0, 120, 48)
    at = tidied(Design(nodes=(node("a"), node("b", 400)), frames=(frame,), comments=(note,)), [wire("a>b")])
    assert at["n"].x - at["f"].right == 20.0


def test_a_note_on_a_frame_stays_on_it():
    frame = Frame(NodeId("f"), -50, -60, 900, 700)
    note = Comment(NodeId("n"), 600, 500, 120, 48)
    at = tidied(Design(nodes=(node("a"), node("b", 400)), frames=(frame,), comments=(note,)), [wire("b>a")])
    assert at["f"].contains(at["n"])


def test_a_note_far_from_everything_stays_and_nothing_comes_to_be_on_it():
    note = Comment(NodeId("n"), 260, 0, 120, 48)
    design = Design(nodes=(node("a", 0, 200), node("b", 0, 400), node("c", 0, 600)), comments=(note,))
    at = tidied(design, [wire("a>b"), wire("b>c")])
    assert "n" not in at and not any(rect.intersects(Rect(260, 0, 120, 48)) for rect in at.values())


def test_of_a_group_only_the_chosen_nodes_move():
    nodes = (node("a", 0, 0, "g"), node("b", 30, 300, "g"), node("c", 60, 600, "g"), node("d", 900, 0))
    design = Design(nodes=nodes, groups=(group("g"),))
    at = tidied(design, [wire("a>b"), wire("b>c"), wire("c>d")], ["a", "b"])
    assert {i for i in at if i in "abcd"} == {"a", "b"} and at["a"].y == at["b"].y
    assert at["g"].contains(at["a"]) and at["g"].contains(at["b"])


def test_a_frame_grows_around_the_part_of_it_that_was_tidied():
    frame = Frame(NodeId("f"), -50, -60, 200, 700)
    nodes = (node("a"), node("b", 0, 120), node("c", 0, 500))
    at = tidied(Design(nodes=nodes, frames=(frame,)), [wire("a>b")], ["a", "b"])
    assert (
        at["f"].contains(at["a"])
        and at["f"].contains(at["b"])
        and at["f"].contains(Rect(0, 500, WIDTH, HEIGHT))
    )


def test_many_groups_in_each_other_are_no_trouble():
    groups = tuple(group(f"g{i}", f"g{i - 1}" if i else "") for i in range(300))
    at = tidied(Design(nodes=(node("a", group="g299"), node("b")), groups=groups), [wire("a>b")])
    assert at["a"].right < at["b"].x and at["g0"].contains(at["a"])


# ------------------------------------------------------------------------------ any design

NAMES = [f"n{i}" for i in range(8)]
GROUPS = ["", "g0", "g1", "g2"]
PLACES = st.tuples(st.integers(-40, 40), st.integers(-40, 40))
LINKS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.booleans()), max_size=14)


@st.composite
def designs(draw):
    places = draw(st.lists(PLACES, min_size=2, max_size=8))
    homes = draw(st.lists(st.sampled_from(GROUPS), min_size=8, max_size=8))
    nodes = tuple(
        node(n, 30.0 * x, 20.0 * y, home) for n, (x, y), home in zip(NAMES, places, homes, strict=False)
    )
    outer = draw(st.sampled_from([("", "", ""), ("", "g0", "g1"), ("", "g0", "g0")]))
    groups = tuple(group(name, around) for name, around in zip(GROUPS[1:], outer, strict=True))
    held = {n.group for n in nodes}
    for g in reversed(groups):
        held |= {g.group} if g.id in held else set()
    frames = tuple(
        Frame(NodeId(f"f{i}"), 30.0 * x, 20.0 * y, 500.0 + 200 * i, 400.0)
        for i, (x, y) in enumerate(draw(st.lists(PLACES, max_size=2)))
    )
    notes = tuple(
        Comment(NodeId(f"c{i}"), 30.0 * x, 20.0 * y, 120.0, 48.0)
        for i, (x, y) in enumerate(draw(st.lists(PLACES, max_size=2)))
    )
    return Design(nodes=nodes, groups=tuple(g for g in groups if g.id in held), frames=frames, comments=notes)


def placed(design, at):
    """Return the design with everything there."""

    def there(elements):
        return tuple(replace(t, x=at[t.id].x, y=at[t.id].y) if t.id in at else t for t in elements)

    frames = (
        replace(f, width=at[f.id].width, height=at[f.id].height) if f.id in at else f for f in design.frames
    )
    return replace(
        design, nodes=there(design.nodes), frames=there(tuple(frames)), comments=there(design.comments)
    )


@settings(max_examples=150, deadline=None)
@given(designs(), LINKS)
def test_every_group_and_frame_holds_its_own_and_no_others(design, links):
    here = {n.id for n in design.nodes}
    wires = [wire(f"{a}>{b}", delayed or a == b) for a, b, delayed in links if a in here and b in here]
    before = find_containment(design, rects_of(design))
    at = tidied(design, wires)
    after = placed(design, at)
    rects = rects_of(after)
    frames = {frame.id for frame in design.frames}
    for holder, inner in before.children.items():
        blocks = [i for i in inner if holder in frames or i not in frames]  # a group is drawn around those
        assert all(not holder or rects[holder].contains(rects[i]) for i in blocks)
        assert not [(a, b) for a, b in combinations(inner, 2) if rects[a].intersects(rects[b])]
    first = rects_of(design)
    for note, element in before.notes.items():
        strangers = (i for i in here if element not in (i, *before.ancestors(i)))
        assert not [
            i for i in strangers if rects[i].intersects(rects[note]) and not first[i].intersects(first[note])
        ]
    assert all(n.x % GRID == n.y % GRID == 0 for n in after.nodes)
    if not design.comments and frames <= before.parent.keys():
        assert placed(after, tidied(after, wires)) == after, "tidying twice is tidying once"


def test_a_group_that_grows_by_what_was_tidied_in_it_makes_room():
    nodes = (node("a", 0, 0, "g"), node("b", 0, 90, "g"), node("c", 0, 180, "g"), node("d", 200, 0))
    design = Design(nodes=nodes, groups=(group("g"),))
    at = tidied(design, [wire("a>b"), wire("b>c"), wire("c>d")], ["a", "b"])
    assert at["b"].x > at["a"].right and at["g"].right < at["d"].x
    assert "c" not in at and at["d"].y == 0.0
