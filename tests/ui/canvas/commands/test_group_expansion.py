"""Expanding a group pushes its neighbours away, and collapsing it lets them return."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from rnnstudio.design import edits, grouping
from rnnstudio.design.model import Comment, Frame, Group, NodeId
from rnnstudio.ui.canvas.scene import item_rects
from tests.ui.canvas_kit import body, chain, drag, keys, link, on_screen, places, press, release, shown

Key = Qt.Key


def collapsed(**extra):
    """Embedding and cell folded to one block; the head close behind it, "other" close below."""
    design = edits.connect(chain(), link("c", "cell.sequence", "head.logits"))
    design = grouping.add_group(design, Group(NodeId("group"), 184.0, 0.0, "Reader", True), ["embed", "cell"])
    design = edits.move(design, {NodeId("head"): (480.0, 0.0), NodeId("other"): (200.0, 160.0)})
    return replace(design, **extra)


@pytest.fixture
def view(qtbot):
    return shown(qtbot, collapsed())


def frame(view, name):
    return view.canvas.item(NodeId(name)).frame()


def turn(view, how):
    if how == "double-click" and "group" in view.canvas.node_items:
        at = body(view, "group")
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    elif how == "double-click":
        item = view.canvas.annotations.items["group"]
        button = on_screen(view, item.pos() + item.collapse_button_rect().center())
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=button)
    else:
        view.selection.set([NodeId("group")])
        keys(view, [Key.Key_G])


def apart(view, name="group"):
    return [i for i in view.canvas.node_items if frame(view, i).intersects(frame(view, name))]


@pytest.mark.parametrize("how", ["double-click", "G"])
def test_a_group_that_opens_has_its_place_for_itself_and_gives_it_back(view, how):
    before = view.document.design
    turn(view, how)
    assert set(apart(view)) == {"embed", "cell"}, "and nothing else stands in it"
    assert places(view)["in"] == (0.0, 0.0) and places(view)["head"][0] > 480.0
    assert view.document.undo_stack.count() == 1
    turn(view, how)
    assert view.document.design == before
    view.document.undo_stack.undo()
    assert set(apart(view)) == {"embed", "cell"}
    view.document.undo_stack.undo()
    assert view.document.design == before


def test_one_step_takes_back_the_opening_with_all_that_it_pushed(view):
    turn(view, "G")
    view.document.undo_stack.undo()
    assert view.document.design == collapsed()
    assert frame(view, "head").x() == 480.0


def test_what_was_moved_since_is_not_moved_again(view):
    turn(view, "G")
    at = body(view, "head")
    drag(view, at, at + QPoint(0, 40), at + QPoint(0, 80))
    there = places(view)["head"]
    turn(view, "G")
    assert places(view)["head"] == there


def test_a_group_with_room_enough_moves_nothing(qtbot):
    design = edits.move(collapsed(), {NodeId("head"): (900.0, 0.0), NodeId("other"): (200.0, 400.0)})
    view = shown(qtbot, design)
    before = places(view)
    turn(view, "G")
    assert places(view) == before


def test_a_frame_grows_with_a_group_that_opens_on_it_and_shrinks_again(qtbot):
    frames = (Frame(NodeId("frame"), 150.0, -60.0, 300.0, 190.0, "Model"),)
    notes = (Comment(NodeId("note"), 190.0, 250.0, 120.0, 48.0, "below"),)
    view = shown(qtbot, collapsed(frames=frames, comments=notes))
    before = view.document.design
    turn(view, "G")
    assert frame(view, "frame").contains(frame(view, "group"))
    assert not frame(view, "frame").intersects(frame(view, "head"))
    turn(view, "G")
    assert view.document.design == before


def test_going_to_a_node_makes_room_for_the_group_that_opens(view):
    view.focus_node(NodeId("cell"))
    assert set(apart(view)) == {"embed", "cell"} and view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert view.document.design == collapsed()


def test_a_group_in_an_open_group_pushes_within_it_and_the_outer_one_grows(qtbot):
    design = grouping.add_group(collapsed(), Group(NodeId("model"), title="Model"), ["group", "head"])
    view = shown(qtbot, design)
    turn(view, "G")
    assert frame(view, "model").contains(frame(view, "group")) and frame(view, "model").contains(
        frame(view, "head")
    )
    assert not frame(view, "group").intersects(frame(view, "head"))
    assert not frame(view, "model").intersects(frame(view, "other"))
    assert not frame(view, "model").intersects(frame(view, "in"))


def test_two_groups_that_open_at_once_are_clear_of_each_other(qtbot):
    design = grouping.add_group(
        collapsed(), Group(NodeId("second"), 480.0, 0.0, "Answer", True), ["head", "other"]
    )
    view = shown(qtbot, design)
    view.selection.set([NodeId("group"), NodeId("second")])
    keys(view, [Key.Key_G])
    assert not frame(view, "group").intersects(frame(view, "second"))
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert view.document.design == design


def test_neighbours_glide_aside_and_a_hand_does_not_wait(view):
    view.animated_edits.motion = True
    turn(view, "G")
    there = places(view)["head"]
    press(view, QPoint(5, 5))
    assert frame(view, "head").x() == there[0]
    release(view, QPoint(5, 5))


def test_a_variant_is_measured_as_it_will_be_drawn_and_is_not_drawn(qtbot):
    design = grouping.add_group(
        collapsed(), Group(NodeId("outer"), 200.0, 0.0, "Outer", True), ["group", "head"]
    )
    view = shown(qtbot, design)
    for group in ("outer", "group"):
        drawn = [item.frame() for item in view.canvas.node_items.values()]
        design = grouping.change_group(design, group, collapsed=False)
        expected = item_rects.rects_of(view.canvas, design)
        assert [item.frame() for item in view.canvas.node_items.values()] == drawn
        view.document.edit("expand", design)
        assert item_rects.rects(view.canvas) == expected


def test_a_collapse_that_is_undone_and_done_again_moves_all_back(view):
    before = view.document.design
    turn(view, "G")
    turn(view, "G")
    view.document.undo_stack.undo()
    turn(view, "G")
    assert view.document.design == before


def test_what_was_pushed_in_another_document_is_forgotten(view):
    turn(view, "G")
    view.document.new(view.document.design)
    there = places(view)["head"]
    turn(view, "G")
    assert places(view)["head"] == there


def test_two_groups_that_were_expanded_at_once_move_all_back_when_both_are_collapsed(qtbot):
    design = grouping.add_group(
        collapsed(), Group(NodeId("second"), 480.0, 0.0, "Answer", True), ["head", "other"]
    )
    view = shown(qtbot, design)
    view.selection.set([NodeId("group"), NodeId("second")])
    keys(view, [Key.Key_G])
    for group in ("group", "second"):
        view.annotations.set_collapsed([NodeId(group)], collapsed=True)
    assert places(view)["in"] == (0.0, 0.0)
    assert not frame(view, "group").intersects(frame(view, "second"))
