"""Plain wires: direct where nothing is in the way, around blocks elsewhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt

from rnnstudio.design import edits
from rnnstudio.design.model import Design, NodeId
from rnnstudio.ui.canvas.geometry.obstacle_routing import Detours, rows
from rnnstudio.ui.canvas.geometry.wire_paths import direct
from tests.ui.canvas_kit import body, drag, keys, link, move, node, press, release, shown

Key = Qt.Key


def block(x, y, width=112.0, height=64.0):
    return QRectF(x, y, width, height)


def ends(source, target):
    return QPointF(source.right(), source.top() + 24), QPointF(target.left(), target.top() + 24)


def lay(pairs, blocks):
    return list(Detours().lay(dict(enumerate(ends(*pair) for pair in pairs)), rows(blocks)).values())


def crosses(path, blocks):
    points = [path.pointAtPercent(i / 400) for i in range(401)]
    return [b for b in blocks if any(b.adjusted(1, 1, -1, -1).contains(p) for p in points)]


def test_a_wire_with_nothing_in_its_way_is_direct():
    blocks = [block(0, 0), block(184, 0), block(368, 200)]
    paths = lay([(blocks[0], blocks[1]), (blocks[1], blocks[2])], blocks)
    assert paths == [direct(*ends(blocks[0], blocks[1])), direct(*ends(blocks[1], blocks[2]))]


def test_a_wire_over_a_block_passes_beside_it_by_the_shorter_way():
    blocks = [block(0, 0), block(184, -8), block(368, 0)]
    (path,) = lay([(blocks[0], blocks[2])], blocks)
    assert not crosses(path, blocks)
    assert path.boundingRect().top() < -8 and path.boundingRect().bottom() <= 24.5
    assert path.pointAtPercent(0.0) == QPointF(112, 24) and path.pointAtPercent(1.0) == QPointF(368, 24)


def test_a_wire_that_runs_back_passes_between_its_blocks():
    blocks = [block(368, 0), block(0, 160)]
    (path,) = lay([(blocks[0], blocks[1])], [*blocks, block(184, 90)])
    assert not crosses(path, [*blocks, block(184, 90)])
    assert path.boundingRect().bottom() <= 184.5


def test_a_wire_back_on_one_level_runs_past_both_blocks():
    blocks = [block(184, 0), block(0, 0)]
    (path,) = lay([(blocks[0], blocks[1])], blocks)
    assert not crosses(path, blocks)


def test_wires_that_go_around_do_not_lie_on_each_other():
    blocks = [block(184.0 * i, 0) for i in range(5)]
    low = [QPointF(b.left(), b.top() + 48) for b in blocks]
    pairs = {0: ends(blocks[0], blocks[2]), 1: (QPointF(blocks[1].right(), 48), low[4]),
             2: ends(blocks[0], blocks[3])}  # fmt: skip
    detours = Detours()
    paths = detours.lay(pairs, rows(blocks))
    assert not any(crosses(path, blocks) for path in paths.values())
    lanes = detours.lanes
    assert lanes[0].y == lanes[2].y, "two from one port go together"
    assert abs(lanes[1].y - lanes[0].y) >= 11.0


CELLS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=20, unique=True)
WIRES = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), min_size=1, max_size=8)


@settings(max_examples=100, deadline=None)
@given(CELLS, WIRES)
def test_among_blocks_as_far_apart_as_tidying_leaves_them_no_wire_runs_through_one(cells, wires):
    blocks = [block(184.0 * x, 112.0 * y) for x, y in cells]
    pairs = [(blocks[a % len(blocks)], blocks[b % len(blocks)]) for a, b in wires]
    pairs = [(a, b) for a, b in pairs if a is not b]
    for path in lay(pairs, blocks) if pairs else ():
        assert not crosses(path, blocks)


# ------------------------------------------------------------------------------ on the canvas


@pytest.fixture
def view(qtbot):
    """A long wire from a to c, and a node far below it."""
    nodes = (
        node("a", "lstm", 0),
        node("b", "lstm", 200, 300),
        node("c", "lstm", 400),
        node("d", "lstm", 600),
    )
    wires = (
        link("long", "a.sequence", "c.sequence"),
        link("on", "c.sequence", "d.sequence"),
        link("held", "b.state", "d.state"),  # a node without links would be put into the wire
    )
    return shown(qtbot, Design(nodes=nodes, links=wires))


def hit(view, name="long"):
    path = view.canvas.link_items[name].path
    return crosses(path, [item.frame() for item in view.canvas.node_items.values()])


def into_the_way(view):
    hand = body(view, "b")
    return hand, hand + QPoint(0, -150), hand + QPoint(0, -300)


def test_a_wire_goes_around_a_node_that_is_dropped_on_it_and_is_direct_again_after_undo(view):
    before = view.canvas.link_items["long"].path
    drag(view, *into_the_way(view))
    assert not hit(view) and view.canvas.link_items["long"].path != before
    view.document.undo_stack.undo()
    assert view.canvas.link_items["long"].path == before
    view.document.undo_stack.redo()
    assert not hit(view)
    view.document.edit("gone", edits.remove(view.document.design, [NodeId("b")]))
    assert view.canvas.link_items["long"].path == before


def test_esc_puts_wires_back_where_they_were(view):
    paths = {i: wire.path for i, wire in view.canvas.link_items.items()}
    hand, *way = into_the_way(view)
    press(view, hand)
    move(view, *way)
    keys(view, [Key.Key_Escape])
    release(view, way[-1])
    assert {i: wire.path for i, wire in view.canvas.link_items.items()} == paths


def test_the_wires_of_a_node_in_the_hand_go_around_while_it_moves(view):
    hand = body(view, "c")
    press(view, hand)
    move(view, hand - QPoint(20, 0), hand + QPoint(-400, 150))
    assert not hit(view) and not hit(view, "on"), "one of them runs back now"
    keys(view, [Key.Key_Escape])
    release(view, hand)
    assert view.canvas.link_items["long"].path == direct(*ends(*(view.node_item(i).frame() for i in "ac")))


def test_fit_shows_wires_that_go_around(qtbot):
    nodes = tuple(node(name, "lstm", 200.0 * at) for at, name in enumerate("abc"))
    view = shown(qtbot, Design(nodes=nodes, links=(link("long", "a.sequence", "c.sequence"),)))
    wire = view.canvas.link_items["long"]
    assert wire.path.boundingRect().top() < 0.0
    assert view.canvas.content_rect().contains(wire.path.boundingRect())
