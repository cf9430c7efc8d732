"""A dragged node snaps to its neighbours or to the grid; Alt disables snapping."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnstudio.design import annotation
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design
from rnnstudio.ui.canvas.tools.snapping import Guides
from tests.ui.canvas_kit import body, drag, keys, kind_data, move, node, press, release, shown

Key = Qt.Key


@pytest.fixture
def view(qtbot):
    """A cell off the grid, and another far from it."""
    return shown(qtbot, Design(nodes=(node("still", "lstm", 301, 3), node("cell", "lstm", 560, 203))))


def at(view, name):
    found = view.document.design.node(name)
    return found.x, found.y


def guides(view):
    return [line for item in view.canvas.items() if isinstance(item, Guides) for line in item.lines]


def test_a_dragged_node_is_drawn_to_the_edge_of_a_neighbour(view):
    hand = body(view, "cell")
    drag(view, hand, hand + QPoint(-200, 0), hand + QPoint(-256, 0))
    assert at(view, "cell") == (301.0, 200.0)
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert at(view, "cell") == (560.0, 203.0)


def test_ports_on_one_level_make_a_straight_wire(view):
    hand = body(view, "cell")
    drag(view, hand, hand + QPoint(0, -100), hand + QPoint(0, -196))
    assert at(view, "cell")[1] == 3.0


def test_far_from_all_neighbours_a_node_lands_on_the_grid(view):
    hand = body(view, "cell")
    drag(view, hand, hand + QPoint(30, 30), hand + QPoint(61, 53))
    assert at(view, "cell") == (624.0, 256.0)


def test_guides_show_what_lines_up_while_the_hand_holds_on(view):
    hand = body(view, "cell")
    press(view, hand)
    move(view, hand + QPoint(-100, 0), hand + QPoint(-257, 0))
    lines = guides(view)
    assert lines and all(line.x1() == line.x2() for line in lines)
    assert 301.0 in {line.x1() for line in lines}
    assert min(line.y1() for line in lines) < 3.0 < max(line.y2() for line in lines)
    move(view, hand + QPoint(60, 60))
    assert not guides(view)
    release(view, hand + QPoint(60, 60))
    assert not [item for item in view.canvas.items() if isinstance(item, Guides)]


def test_esc_takes_the_guides_away_and_puts_the_node_back(view):
    hand = body(view, "cell")
    press(view, hand)
    move(view, hand + QPoint(-100, 0), hand + QPoint(-257, 0))
    keys(view, [Key.Key_Escape])
    assert not [item for item in view.canvas.items() if isinstance(item, Guides)]
    assert view.node_item("cell").pos() == QPointF(560.0, 203.0)
    assert not view.document.undo_stack.count()


def test_alt_holds_neighbours_and_grid_off(view):
    hand = body(view, "cell")
    press(view, hand)
    move(view, hand + QPoint(-100, 0))
    to = hand + QPoint(-256, 7)
    where = QPointF(view.viewport().mapToGlobal(to))
    held, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    alt = Qt.KeyboardModifier.AltModifier
    QApplication.sendEvent(
        view.viewport(), QMouseEvent(QEvent.Type.MouseMove, QPointF(to), where, none, held, alt)
    )
    assert not guides(view)
    release(view, to)
    assert at(view, "cell") == (304.0, 210.0)


def test_what_moves_along_is_nothing_to_line_up_with(view):
    view.selection.set(["still", "cell"])
    hand = body(view, "cell")
    drag(view, hand, hand + QPoint(20, 20), hand + QPoint(45, 45))
    assert at(view, "cell") == (608.0, 248.0) and at(view, "still") == (349.0, 48.0)


def test_where_ports_line_up_no_other_level_line_is_shown(view):
    hand = body(view, "cell")
    press(view, hand)
    move(view, hand + QPoint(0, -100), hand + QPoint(0, -199))
    level = {line.y1() for line in guides(view) if line.y1() == line.y2()}
    assert level == {27.0, 51.0}
    release(view, hand + QPoint(0, -199))


# ------------------------------------------------------------------- sizing and dropping


@pytest.fixture
def framed(qtbot, view):
    """A frame below both, its right edge 9 pixels short of the left cell's and off the grid."""
    edge = view.node_item("still").frame().right()
    design, _ = annotation.add_frame(view.document.design, Rect(96, 300, edge - 9 - 96, 160), "Frame")
    view.document.edit("frame", design)
    return view


def corner(view):
    return view.mapFromScene(view.canvas.annotations.items["frame"].frame().bottomRight())


def test_an_edge_that_is_dragged_is_drawn_to_the_edge_of_a_neighbour(framed):
    hand, edge = corner(framed), framed.node_item("still").frame().right()
    press(framed, hand)
    move(framed, hand + QPoint(20, 20), hand + QPoint(11, 20))
    item = framed.canvas.annotations.items["frame"]
    assert item.frame().right() == edge and item.frame().bottom() == 480.0, "the other is on the grid"
    assert [line.x1() for line in guides(framed)] == [edge]
    release(framed, hand + QPoint(11, 20))
    (frame,) = framed.document.design.frames
    assert frame.x + frame.width == edge and not guides(framed)
    framed.document.undo_stack.undo()
    assert framed.document.design.frames[0].width == edge - 9 - 96


def test_esc_while_sizing_takes_the_guides_away(framed):
    hand, before = corner(framed), framed.canvas.annotations.items["frame"].frame()
    press(framed, hand)
    move(framed, hand + QPoint(20, 20), hand + QPoint(11, 20))
    keys(framed, [Key.Key_Escape])
    release(framed, hand)
    assert not [item for item in framed.canvas.items() if isinstance(item, Guides)]
    assert framed.canvas.annotations.items["frame"].frame() == before


def test_alt_sizes_freely(framed):
    hand, before = corner(framed), framed.canvas.annotations.items["frame"].frame()
    press(framed, hand)
    move(framed, hand + QPoint(20, 20), hand + QPoint(11, 21))
    QTest.keyPress(framed, Key.Key_Alt)
    assert not guides(framed)
    release(framed, hand + QPoint(11, 21))
    after = framed.canvas.annotations.items["frame"].frame()
    assert (after.width() - before.width(), after.height() - before.height()) == (11.0, 21.0)


def carry(view, kind, point):
    """Drag a kind from the palette over the canvas, and hold it there."""
    data = kind_data(kind)
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view.viewport(), QDragEnterEvent(point - QPoint(30, 30), copy, data, left, plain))
    QApplication.sendEvent(view.viewport(), QDragMoveEvent(point, copy, data, left, plain))
    return data


def test_what_is_dragged_from_the_palette_lines_up_with_its_neighbours(view):
    at_ports = view.mapFromScene(QPointF(700.0, 3.0 + 24.0 + 3.0))
    data = carry(view, "lstm", at_ports)
    assert {line.y1() for line in guides(view) if line.y1() == line.y2()} >= {27.0}
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(at_ports), copy, data, left, plain))
    assert view.document.design.nodes[-1].y == 3.0
    assert not [item for item in view.canvas.items() if isinstance(item, Guides)]
    view.document.undo_stack.undo()
    assert len(view.document.design.nodes) == 2


def test_a_drag_from_the_palette_that_leaves_takes_its_guides_away(view):
    data = carry(view, "lstm", view.mapFromScene(QPointF(700.0, 30.0)))
    QApplication.sendEvent(view.viewport(), QDragLeaveEvent())
    assert not [item for item in view.canvas.items() if isinstance(item, Guides)]
    assert len(view.document.design.nodes) == 2 and data.formats()
