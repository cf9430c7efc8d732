"""Automatic layout: from left to right, straight if possible, without overlaps."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from rnnstudio.design.model import NodeId
from rnnstudio.layout.layered import GRID, Edge, Size, layered_layout

BOX = Size(120.0, 64.0)


def wire(ends: str, leaves: float = 24.0, enters: float = 24.0, *, delayed: bool = False) -> Edge:
    source, target = ends.split(">")
    return Edge(NodeId(source), leaves, NodeId(target), enters, delayed)


def boxes(names: str) -> dict[NodeId, Size]:
    return {NodeId(name): BOX for name in names}


def overlaps(sizes, placed):
    def apart(a, b):
        (ax, ay), (bx, by) = placed[a], placed[b]
        return (
            ax + sizes[a].width <= bx
            or bx + sizes[b].width <= ax
            or ay + sizes[a].height <= by
            or by + sizes[b].height <= ay
        )

    return [(a, b) for a, b in combinations(placed, 2) if not apart(a, b)]


def test_a_chain_is_one_straight_row():
    placed = layered_layout(boxes("cab"), [wire("a>b"), wire("b>c")])
    assert [placed[n] for n in "abc"] == [(0.0, 0.0), (192.0, 0.0), (384.0, 0.0)]


def test_wires_between_ports_at_other_heights_are_straight_too():
    placed = layered_layout(boxes("abc"), [wire("a>b", 24, 48), wire("b>c", 48, 24)])
    assert placed["a"][1] + 24 == placed["b"][1] + 48 and placed["b"][1] + 48 == placed["c"][1] + 24


def test_a_wire_over_several_layers_passes_beside_the_nodes_between():
    placed = layered_layout(boxes("abcd"), [wire("a>b"), wire("b>c"), wire("c>d"), wire("a>d", 24, 48)])
    assert len({placed[n][0] for n in "abcd"}) == 4
    assert placed["b"][1] == placed["c"][1]


def test_crossings_that_need_not_be_are_not():
    placed = layered_layout(boxes("abxy"), [wire("a>y"), wire("b>x")])
    assert (placed["a"][1] < placed["b"][1]) == (placed["y"][1] < placed["x"][1])


def test_ports_of_one_node_are_fed_in_their_order():
    placed = layered_layout(boxes("abc"), [wire("a>c", 24, 48), wire("b>c", 24, 24)])
    assert placed["b"][1] < placed["a"][1]


def test_a_loop_is_opened_at_its_delayed_link():
    loop = [wire("a>b"), wire("b>c"), wire("c>a", delayed=True)]
    placed = layered_layout(boxes("cba"), loop)
    assert placed["a"][0] < placed["b"][0] < placed["c"][0]


def test_a_loop_without_a_delay_is_laid_out_all_the_same():
    placed = layered_layout(boxes("sabc"), [wire("s>a"), wire("a>b"), wire("b>c"), wire("c>a", 24, 48)])
    assert placed["s"][0] < placed["a"][0] < placed["b"][0] < placed["c"][0]


def test_a_delayed_link_that_closes_no_loop_leads_to_the_right_like_any_other():
    placed = layered_layout(boxes("ab"), [wire("a>b", delayed=True)])
    assert placed["a"][0] < placed["b"][0]


def test_a_node_fed_by_itself_has_room_for_its_loop_below():
    placed = layered_layout(boxes("abc"), [wire("a>b"), wire("a>c"), wire("b>b", delayed=True)])
    upper, lower = sorted((placed["b"], placed["c"]), key=lambda at: at[1])
    assert lower[1] - upper[1] >= BOX.height + 24.0
    if upper == placed["b"]:
        assert lower[1] - upper[1] >= BOX.height + 56.0


def test_what_nothing_leads_to_is_beside_what_it_feeds():
    placed = layered_layout(boxes("abcdx"), [wire("a>b"), wire("b>c"), wire("c>d"), wire("x>d", 24, 48)])
    assert placed["x"][0] == placed["c"][0]


def test_parts_that_nothing_joins_are_below_each_other():
    placed = layered_layout(boxes("abcd"), [wire("a>b"), wire("c>d")])
    assert placed["a"][1] == placed["b"][1] < placed["c"][1] == placed["d"][1]


def test_nodes_without_links_are_in_rows():
    sizes = {NodeId(f"n{i}"): BOX for i in range(30)}
    placed = layered_layout(sizes, [])
    assert not overlaps(sizes, placed)
    assert len({x for x, _ in placed.values()}) > 4 and len({y for _, y in placed.values()}) > 2


def test_nothing_to_tidy_is_no_trouble():
    assert layered_layout({}, [wire("a>b")]) == {}


NAMES = [NodeId(f"n{i}") for i in range(10)]
SIZES = st.dictionaries(
    st.sampled_from(NAMES), st.builds(Size, st.floats(40, 260), st.floats(30, 200)), min_size=1
)
PORTS = st.sampled_from([24.0, 48.0])
WIRES = st.lists(
    st.builds(Edge, st.sampled_from(NAMES), PORTS, st.sampled_from(NAMES), PORTS, st.booleans()), max_size=20
)


@settings(max_examples=50, deadline=None)
@given(SIZES, WIRES)
def test_no_design_is_laid_out_with_overlaps_or_off_the_grid(sizes, wires):
    placed = layered_layout(sizes, wires)
    assert placed.keys() == sizes.keys()
    assert not overlaps(sizes, placed)
    assert all(x % GRID == 0 and y % GRID == 0 for x, y in placed.values())
    assert min(y for _, y in placed.values()) == 0


@settings(max_examples=50, deadline=None)
@given(SIZES, WIRES)
def test_wires_go_to_the_right_but_for_those_that_close_loops(sizes, wires):
    forward = [w._replace(delayed=False) for w in wires if NAMES.index(w.source) < NAMES.index(w.target)]
    back = [w._replace(delayed=True) for w in wires if NAMES.index(w.source) >= NAMES.index(w.target)]
    placed = layered_layout(sizes, [*forward, *back])
    for w in forward:
        if w.source in placed and w.target in placed:
            assert placed[w.source][0] + sizes[w.source].width < placed[w.target][0]
