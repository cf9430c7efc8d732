"""Cutting wires without Alt, which window managers may reserve: in cut mode, and with the right button."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.canvas_kit import body, chain, drag, keys, move, on_screen, press, release, shown

Key, Ctrl = Qt.Key, Qt.KeyboardModifier.ControlModifier
Right = Qt.MouseButton.RightButton


@pytest.fixture
def view(qtbot):
    return shown(qtbot, chain())


def links(view):
    return [link.id for link in view.document.design.links]


def across(view, name):
    """Return two points above and below a wire."""
    middle = view.mapFromScene(view.canvas.link_items[name].path.pointAtPercent(0.5))
    return middle - QPoint(0, 90), middle + QPoint(0, 90)


def test_cut_mode_cuts_by_the_next_drag_and_no_further(view):
    keys(view, [Key.Key_K])
    drag(view, *across(view, "b"))
    assert links(view) == ["a"] and view.document.undo_stack.undoText() == "Cut a link"
    drag(view, *across(view, "a"))
    assert links(view) == ["a"], "cut mode has ended"
    view.document.undo_stack.undo()
    assert view.document.design == chain()


def test_cut_mode_says_by_pointer_and_words_what_it_does(view):
    said = []
    view.reported.connect(said.append)
    keys(view, [Key.Key_K])
    assert said == ["Drag across links to cut them; Esc cancels."]
    assert view.viewport().cursor().shape() is Qt.CursorShape.CrossCursor
    QTest.mouseMove(view.viewport(), body(view, "cell"))
    move(view, body(view, "cell"), button=Qt.MouseButton.NoButton)
    assert view.hint.isVisible() and view.hint.text() == "Drag across links to cut them"
    drag(view, body(view, "cell"), body(view, "cell") + QPoint(0, 80))
    assert view.document.design == chain(), "a node under the cut line stays where it is"
    assert not view.hint.isVisible()
    assert view.viewport().cursor().shape() is not Qt.CursorShape.CrossCursor


@pytest.mark.parametrize("name", [Key.Key_Escape, Key.Key_K])
def test_cut_mode_ends_by_esc_or_by_its_key(view, name):
    view.selection.set(["cell"])
    keys(view, [Key.Key_K, name])
    assert view.selection.nodes == {"cell"} and not view.hint.isVisible()
    drag(view, *across(view, "b"))
    assert view.document.design == chain()


def test_esc_during_the_cut_leaves_every_wire_whole(view):
    keys(view, [Key.Key_K])
    start, end = across(view, "b")
    press(view, start)
    move(view, start + QPoint(1, 1), end)
    assert view.canvas.link_items["b"].faded
    keys(view, [Key.Key_Escape])
    release(view, end)
    assert view.document.design == chain() and not view.canvas.link_items["b"].faded


def test_ctrl_and_the_right_button_cut_and_open_no_menu(view):
    start, end = across(view, "b")
    asks = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, start, view.mapToGlobal(start), Ctrl)
    QTest.mousePress(view.viewport(), Right, Ctrl, start)
    QApplication.sendEvent(view.viewport(), asks)
    move(view, (start + end) / 2, end, button=Right)
    QTest.mouseRelease(view.viewport(), Right, Ctrl, end)
    QApplication.sendEvent(view.viewport(), asks)
    assert links(view) == ["a"] and view.context.menu is None


def test_the_right_button_alone_cuts_nothing(view):
    start, end = across(view, "b")
    drag(view, start, end, button=Right)
    assert view.document.design == chain()


def test_a_pan_does_not_end_cut_mode(view):
    keys(view, [Key.Key_K])
    drag(view, on_screen(view, QPointF(60, 200)), QPoint(80, 300), button=Qt.MouseButton.MiddleButton)
    assert view.cut_mode.is_on
    drag(view, *across(view, "b"))
    assert links(view) == ["a"]
