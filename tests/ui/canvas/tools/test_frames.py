"""Frames and notes on the canvas, with real events: added, moved, sized, copied."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnstudio.design import edits, grouping
from rnnstudio.design.model import Group
from tests.ui.canvas_kit import (
    body,
    chain,
    drag,
    field,
    framed,
    header,
    keys,
    move,
    on_screen,
    places,
    press,
    release,
    shown,
)

Key, Ctrl = Qt.Key, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def plain(qtbot):
    view = shown(qtbot, chain())
    QApplication.processEvents()  # the window is active only now
    return view


@pytest.fixture
def drawn(qtbot):
    return shown(qtbot, framed())


def test_a_frame_carries_what_is_wholly_on_it(drawn):
    at = header(drawn, "frame")
    drag(drawn, at, at + QPoint(0, 40), at + QPoint(0, 80))
    now = places(drawn)
    assert (now["frame"], now["in"], now["embed"]) == ((-24.0, 32.0), (0.0, 80.0), (184.0, 80.0))
    assert now["cell"] == (368.0, 0.0) and now["note"] == (0.0, 200.0)
    drawn.document.undo_stack.undo()
    assert drawn.document.design == framed()


def test_a_frame_moves_by_its_border_and_is_sized_by_the_middle_of_an_edge(drawn):
    item = drawn.canvas.annotations.items["frame"]
    edge = on_screen(drawn, QPointF(item.frame().right(), item.frame().center().y() + 40))
    drag(drawn, edge, edge + QPoint(20, 0), edge + QPoint(40, 0))
    (x, y), (inner_x, inner_y) = places(drawn)["frame"], places(drawn)["in"]
    assert abs(x - 16.0) < 8 and abs(y + 48.0) < 8
    assert (inner_x - x, inner_y - y) == (24.0, 48.0), "what is on it went along"
    assert drawn.document.undo_stack.undoText() == "Move a frame"
    middle = on_screen(drawn, QPointF(item.frame().center().x(), item.frame().bottom()))
    drag(drawn, middle, middle + QPoint(20, 30), middle + QPoint(40, 60))
    assert abs(item.frame().height() - 200) < 8 and item.frame().width() == 340


def test_escape_puts_a_dragged_frame_back(drawn):
    at = header(drawn, "frame")
    press(drawn, at)
    move(drawn, at + QPoint(0, 40), at + QPoint(0, 80))
    assert drawn.node_item("in").pos() == QPointF(0.0, 80.0)
    keys(drawn, [Key.Key_Escape])
    release(drawn, at)
    assert drawn.document.design == framed() and drawn.node_item("in").pos() == QPointF(0.0, 0.0)
    assert drawn.canvas.annotations.items["frame"].pos() == QPointF(-24.0, -48.0)


@pytest.mark.parametrize("name", ["frame", "note"])
@pytest.mark.parametrize(("corner", "by"), [("bottomRight", (80, 40)), ("topLeft", (-40, -16))])
def test_a_corner_sizes_frames_and_notes(drawn, name, corner, by):
    item = drawn.canvas.annotations.items[name]
    before, at = item.frame(), on_screen(drawn, getattr(item.frame(), corner)())
    drag(drawn, at, at + QPoint(*by) / 2, at + QPoint(*by))
    after = drawn.canvas.annotations.items[name].frame()
    assert abs(after.width() - before.width() - abs(by[0])) < 8
    assert abs(after.height() - before.height() - abs(by[1])) < 8
    assert drawn.document.undo_stack.count() == 1
    assert {n: p for n, p in places(drawn).items() if n != name} == {
        element.id: (element.x, element.y) for element in framed().elements if element.id != name
    }, "what is on it stays"
    drawn.document.undo_stack.undo()
    assert drawn.canvas.annotations.items[name].frame() == before


def test_escape_takes_a_new_size_back(drawn):
    item = drawn.canvas.annotations.items["frame"]
    before = item.frame()
    at = on_screen(drawn, before.bottomRight())
    press(drawn, at)
    move(drawn, at + QPoint(40, 40), at + QPoint(80, 80))
    assert item.frame() != before
    keys(drawn, [Key.Key_Escape])
    release(drawn, at)
    assert item.frame() == before and drawn.document.design == framed()


def test_a_note_is_as_high_as_its_text_needs(drawn):
    item = drawn.canvas.annotations.items["note"]
    before = item.frame().height()
    drawn.annotations.set_text("note", "a long word " * 60)
    assert item.frame().height() > 2 * before and item.frame().width() == 200.0


def test_a_frame_is_put_around_the_selection(plain):
    view = plain
    view.selection.set(["in", "embed"])
    keys(view, [Key.Key_F], Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field(view), "Data")
    QTest.keyClick(field(view), Key.Key_Return)
    frame = view.document.design.frames[0]
    assert frame.title == "Data"
    for name in ("in", "embed"):
        assert view.canvas.annotations.items[frame.id].frame().contains(view.node_item(name).frame())
    for _ in range(2):
        view.document.undo_stack.undo()
    assert view.document.design == chain()


def test_a_note_is_added_and_written_by_key(plain):
    view = plain
    keys(view, [Key.Key_N])
    QTest.keyClicks(field(view), "why")
    QTest.keyClick(field(view), Key.Key_Return)
    QTest.keyClicks(field(view), "because F N G")
    QTest.keyClick(field(view), Key.Key_Return, Ctrl)
    assert [c.text for c in view.document.design.comments] == ["why\nbecause F N G"]
    assert view.hasFocus()


def test_a_band_takes_a_frame_only_whole(drawn):
    drag(drawn, on_screen(drawn, QPointF(40, 150)), on_screen(drawn, QPointF(-30, 60)))
    assert "frame" not in drawn.selection.nodes
    drawn.centerOn(200, 100)
    drag(drawn, on_screen(drawn, QPointF(-100, 130)), on_screen(drawn, QPointF(330, -80)))
    assert "frame" in drawn.selection.nodes and "note" not in drawn.selection.nodes


def test_frames_and_notes_are_behind_nodes_and_leave_the_middle_clear(drawn):
    press(drawn, body(drawn, "in"))
    assert drawn.selection.nodes == {"in"}
    release(drawn, body(drawn, "in"))
    press(drawn, on_screen(drawn, QPointF(150, 72)))
    assert type(drawn.gesture).__name__ == "Select"
    release(drawn, on_screen(drawn, QPointF(150, 72)))


def test_everything_on_the_canvas_is_copied_and_deleted_together(drawn):
    keys(drawn, [Key.Key_A], Ctrl)
    assert {"frame", "note", "in"} <= drawn.selection.nodes
    keys(drawn, [Key.Key_D], Ctrl)
    design = drawn.document.design
    assert (len(design.nodes), len(design.frames), len(design.comments)) == (10, 2, 2)
    keys(drawn, [Key.Key_Delete])
    assert drawn.document.design == framed()


def test_arrows_move_a_frame_with_what_is_on_it(drawn):
    drawn.selection.set(["frame"])
    keys(drawn, [Key.Key_Down] * 3, Ctrl)
    assert (places(drawn)["frame"], places(drawn)["in"]) == ((-24.0, -24.0), (0.0, 24.0))
    assert drawn.document.undo_stack.count() == 1


def test_tab_walks_over_frames_notes_and_groups_and_each_is_spoken(qtbot):
    design = framed()
    design = grouping.add_group(design, Group("group", 368.0, 0.0, "Reader", True), ["cell", "other"])
    view = shown(qtbot, design)
    spoken = []
    for _ in range(6):
        keys(view, [Key.Key_Tab])
        spoken.append(view.accessibleName())
    assert "Canvas, Data · Frame" in spoken and "Canvas, why · Note" in spoken
    assert any("Reader · group · 2 nodes" in words for words in spoken)
    assert len(set(spoken)) == 6


def test_fit_shows_frames_and_notes_as_well(drawn):
    drawn.document.edit("far", edits.move(drawn.document.design, {"note": (2000.0, 900.0)}))
    keys(drawn, [Key.Key_F])
    assert drawn.visible_scene_rect().contains(drawn.canvas.annotations.items["note"].frame())
