"""Tidy up, align and distribute, by their keys and as the menu does them."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from rnnstudio.design.model import Design, Frame, Group, NodeId
from rnnstudio.ui.canvas.scene import move_animation
from tests.ui.canvas_kit import body, chain, drag, keys, link, node, places, press, release, run, shown

Key, Shift = Qt.Key, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def view(qtbot):
    return shown(qtbot, chain())


def tangle(**extra):
    return Design(
        nodes=(
            node("head", "classification", 40, 10),
            node("cell", "lstm", 90, 333.3),
            node("in", "tokens", 500, 40),
            node("embed", "embedding", 20, 120),
        ),
        links=(
            link("a", "in.tokens", "embed.tokens"),
            link("b", "embed.sequence", "cell.sequence"),
            link("c", "cell.sequence", "head.logits"),
        ),
        **extra,
    )


def test_tidying_lays_a_tangle_out_as_one_straight_row(qtbot):
    view = shown(qtbot, tangle())
    keys(view, [Key.Key_T], Shift)
    at = places(view)
    assert at["in"][0] < at["embed"][0] < at["cell"][0] < at["head"][0]
    assert len({y for _, y in at.values()}) == 1
    assert view.node_item("in").pos() == QPointF(*at["in"])


def test_tidying_is_one_step_to_undo(qtbot):
    view = shown(qtbot, tangle())
    before = view.document.design
    keys(view, [Key.Key_T], Shift)
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert view.document.design == before
    assert view.node_item("cell").pos() == QPointF(90.0, 333.3)


def test_tidying_twice_is_tidying_once(qtbot):
    view = shown(qtbot, tangle())
    said = []
    view.reported.connect(said.append)
    keys(view, [Key.Key_T, Key.Key_T], Shift)
    assert view.document.undo_stack.count() == 1
    assert "already tidy" in said[-1]


def test_an_empty_canvas_says_that_there_is_nothing_to_tidy(qtbot):
    view = shown(qtbot, Design())
    said = []
    view.reported.connect(said.append)
    keys(view, [Key.Key_T], Shift)
    assert said == ["There is nothing to tidy up."] and not view.document.undo_stack.count()


def test_only_the_selected_nodes_are_tidied_and_they_keep_clear_of_the_others(qtbot):
    view = shown(qtbot, tangle())
    before = places(view)
    view.selection.set([NodeId("embed"), NodeId("cell")])
    keys(view, [Key.Key_T], Shift)
    at = places(view)
    assert at["in"] == before["in"] and at["head"] == before["head"]
    frames = [view.node_item(i).frame() for i in at]
    assert not any(a.intersects(b) for a in frames for b in frames if a is not b)
    assert at["embed"][1] == at["cell"][1]
    keys(view, [Key.Key_T], Shift)
    assert places(view) == at


def test_a_frame_goes_with_the_nodes_that_are_on_it(qtbot):
    frame = Frame(NodeId("frame"), 480, 20, 240, 120, "Data")
    view = shown(qtbot, tangle(frames=(frame,)))
    keys(view, [Key.Key_T], Shift)
    (moved,) = view.document.design.frames
    at = places(view)["in"]
    assert (at[0] - moved.x, at[1] - moved.y) == (24.0, 48.0)
    assert (moved.width, moved.height) == (160.0, 120.0), "it fits what is on it"


def test_a_collapsed_group_is_tidied_as_one_node_and_takes_its_nodes_along(qtbot):
    design = tangle(groups=(Group(NodeId("group"), 300, 300, collapsed=True),))
    inner = [n if n.id not in ("cell", "embed") else node(n.id, n.kind, n.x, n.y) for n in design.nodes]
    from msgspec.structs import replace

    design = replace(
        design, nodes=tuple(replace(n, group="group") if n.id in ("cell", "embed") else n for n in inner)
    )
    view = shown(qtbot, design)
    before = places(view)
    keys(view, [Key.Key_T], Shift)
    at = places(view)
    assert at["in"][0] < at["group"][0] < at["head"][0]
    shift = (at["group"][0] - before["group"][0], at["group"][1] - before["group"][1])
    for name in ("cell", "embed"):
        assert at[name] == pytest.approx((before[name][0] + shift[0], before[name][1] + shift[1]))


# ----------------------------------------------------------------------------- gliding


def test_the_document_changes_at_once_and_the_nodes_glide_to_it(qtbot):
    view = shown(qtbot, tangle())
    view.animated_edits.motion = True
    start = view.node_item("in").pos()
    keys(view, [Key.Key_T], Shift)
    end = QPointF(*places(view)["in"])
    assert end != start
    qtbot.waitUntil(lambda: view.node_item("in").pos() == end)
    qtbot.waitUntil(lambda: not view.canvas.findChildren(move_animation.MoveAnimation))


def test_a_glide_that_came_to_its_end_is_settled_once_more(qtbot):
    view = shown(qtbot, tangle())
    view.animated_edits.motion = True
    keys(view, [Key.Key_T], Shift)
    assert view.canvas.findChildren(move_animation.MoveAnimation)
    qtbot.waitUntil(lambda: not view.canvas.findChildren(move_animation.MoveAnimation))
    at = body(view, "cell")
    drag(view, at, at + QPoint(40, 40))  # pytest-qt fails it where this raises
    assert view.document.undo_stack.count() == 2


def test_a_hand_does_not_wait_for_nodes_that_glide(qtbot):
    view = shown(qtbot, tangle())
    view.animated_edits.motion = True
    keys(view, [Key.Key_T], Shift)
    press(view, QPoint(5, 5))
    assert view.node_item("in").pos() == QPointF(*places(view)["in"])
    release(view, QPoint(5, 5))


def test_undo_while_nodes_glide_shows_them_where_they_were(qtbot):
    view = shown(qtbot, tangle())
    view.animated_edits.motion = True
    start = view.node_item("in").pos()
    keys(view, [Key.Key_T], Shift)
    view.document.undo_stack.undo()
    assert view.node_item("in").pos() == start
    qtbot.waitUntil(lambda: not view.canvas.findChildren(move_animation.MoveAnimation))
    assert view.node_item("in").pos() == start


# ------------------------------------------------------------------- align, distribute


def frames(view, *names):
    return [view.node_item(NodeId(name)).frame() for name in names]


@pytest.mark.parametrize(
    ("action", "edge"),
    [
        ("arrange.left", lambda f: f.left()),
        ("arrange.centre", lambda f: f.center().x()),
        ("arrange.right", lambda f: f.right()),
        ("arrange.top", lambda f: f.top()),
        ("arrange.middle", lambda f: f.center().y()),
        ("arrange.bottom", lambda f: f.bottom()),
    ],
)
def test_aligned_nodes_share_an_edge_or_a_centre(qtbot, action, edge):
    view = shown(qtbot, tangle())
    before = view.document.design
    view.selection.set([NodeId("in"), NodeId("cell"), NodeId("head")])
    run(view, action)
    assert len({round(edge(f), 1) for f in frames(view, "in", "cell", "head")}) == 1
    assert places(view)["embed"] == (20.0, 120.0)
    view.document.undo_stack.undo()
    assert view.document.design == before


def test_distributed_nodes_have_equal_gaps_and_the_outer_two_stay(qtbot):
    view = shown(qtbot, chain())
    view.selection.set([NodeId("in"), NodeId("embed"), NodeId("head")])
    before = places(view)
    run(view, "arrange.across")
    a, b, c = frames(view, "in", "embed", "head")
    assert b.left() - a.right() == pytest.approx(c.left() - b.right(), abs=0.2)
    assert places(view)["in"] == before["in"] and places(view)["head"] == before["head"]


def test_distributing_down_leaves_columns_alone(qtbot):
    view = shown(qtbot, tangle())
    view.selection.set([NodeId("head"), NodeId("embed"), NodeId("cell")])
    before = places(view)
    run(view, "arrange.down")
    a, b, c = frames(view, "head", "embed", "cell")
    assert b.top() - a.bottom() == pytest.approx(c.top() - b.bottom(), abs=0.2)
    assert {i: x for i, (x, _) in places(view).items()} == {i: x for i, (x, _) in before.items()}


@pytest.mark.parametrize(("action", "count"), [("arrange.left", 1), ("arrange.across", 2)])
def test_too_few_nodes_to_arrange_are_reported(view, action, count):
    said = []
    view.reported.connect(said.append)
    view.selection.set([NodeId("in"), NodeId("embed")][:count])
    run(view, action)
    assert said and "or more" in said[-1] and not view.document.undo_stack.count()


def test_a_frame_is_aligned_with_what_is_on_it(qtbot):
    frame = Frame(NodeId("frame"), 480, 20, 240, 120, "Data")
    view = shown(qtbot, tangle(frames=(frame,)))
    view.selection.set([NodeId("frame"), NodeId("in"), NodeId("embed")])
    run(view, "arrange.left")
    at = places(view)
    assert at["frame"][0] == at["embed"][0] == 20.0 and at["in"][0] == 40.0
