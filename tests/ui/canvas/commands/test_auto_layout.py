"""Automatic layout of groups, frames and notes on the canvas."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt

from rnnstudio.design import edits, grouping
from rnnstudio.design.model import Comment, Frame, Group, NodeId
from rnnstudio.ui.canvas.scene import move_animation
from tests.ui.canvas_kit import chain, keys, link, press, release, shown

Key, Shift = Qt.Key, Qt.KeyboardModifier.ShiftModifier


def scattered():
    """A group whose nodes stand apart with a stranger between, a frame around the head, two notes."""
    design = edits.connect(chain(), link("c", "cell.sequence", "other.sequence"))
    design = edits.connect(design, link("d", "other.sequence", "head.logits"))
    design = grouping.add_group(design, Group(NodeId("group"), title="Reader"), ["embed", "other"])
    design = edits.move(
        design,
        {"in": (900.0, 500.0), "embed": (0.0, 0.0), "cell": (200.0, 90.0), "other": (420.0, 260.0),
         "head": (-500.0, 300.0)},
    )  # fmt: skip
    return replace(
        design,
        frames=(Frame(NodeId("frame"), -620.0, 200.0, 400.0, 300.0, "Answer"),),
        comments=(
            Comment(NodeId("note"), 200.0, 170.0, 160.0, 48.0, "remembers"),
            Comment(NodeId("on"), -600.0, 420.0, 160.0, 48.0, "says what"),
        ),
    )


@pytest.fixture
def view(qtbot):
    return shown(qtbot, scattered())


def frame(view, name):
    return view.canvas.item(NodeId(name)).frame()


def test_a_group_holds_its_own_nodes_and_no_others(view):
    assert frame(view, "group").intersects(frame(view, "cell"))
    keys(view, [Key.Key_T], Shift)
    for name in ("embed", "other"):
        assert frame(view, "group").contains(frame(view, name))
    for name in ("in", "cell", "head", "frame", "note", "on"):
        assert not frame(view, "group").intersects(frame(view, name))


def test_a_frame_shrinks_to_what_is_on_it_and_notes_go_along(view):
    before = {i: frame(view, i) for i in ("note", "cell", "on", "head")}
    keys(view, [Key.Key_T], Shift)
    assert frame(view, "frame").contains(frame(view, "head"))
    assert frame(view, "frame").contains(frame(view, "on"))
    assert not any(frame(view, "frame").intersects(frame(view, i)) for i in ("in", "embed", "cell", "other"))
    for note, element in (("note", "cell"), ("on", "head")):
        assert frame(view, note).topLeft() - frame(view, element).topLeft() == (
            before[note].topLeft() - before[element].topLeft()
        )


def test_all_of_it_is_one_step_to_undo_and_twice_is_once(view):
    keys(view, [Key.Key_T, Key.Key_T], Shift)
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert view.document.design == scattered()


def test_tidying_a_selected_group_moves_nothing_else(view):
    before = view.document.design
    view.selection.set([NodeId("group")])
    keys(view, [Key.Key_T], Shift)
    after = view.document.design
    moved = {a.id for a, b in zip(before.elements, after.elements, strict=True) if (a.x, a.y) != (b.x, b.y)}
    assert moved <= {"embed", "other"} and moved
    assert not any(frame(view, "group").intersects(frame(view, i)) for i in ("in", "cell", "head"))


def test_frames_and_notes_glide_with_the_nodes_and_a_hand_does_not_wait(qtbot, view):
    view.animated_edits.motion = True
    start = frame(view, "frame")
    keys(view, [Key.Key_T], Shift)
    (there,) = view.document.design.frames
    assert frame(view, "frame") != start, "the outline of the step is on its way at once"
    press(view, QPoint(5, 5))
    assert frame(view, "frame").topLeft() == QPointF(there.x, there.y)
    assert frame(view, "frame").width() == there.width < start.width()
    release(view, QPoint(5, 5))
    view.document.undo_stack.undo()
    view.selection.clear()
    keys(view, [Key.Key_T], Shift)
    qtbot.waitUntil(lambda: not view.canvas.findChildren(move_animation.MoveAnimation))
    assert frame(view, "frame").width() == there.width
    (note,) = (c for c in view.document.design.comments if c.id == "note")
    assert frame(view, "note").topLeft() == QPointF(note.x, note.y)
