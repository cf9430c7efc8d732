"""Titles and notes are edited in place, by mouse or keyboard."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnstudio.design import edits
from tests.ui.canvas_kit import body, chain, double_click, field, framed, keys, on_screen, shown

Key, Left = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def drawn(qtbot):
    return shown(qtbot, framed())


@pytest.mark.parametrize("how", ["F2", "double-click"])
def test_a_node_is_renamed_where_it_stands(drawn, how):
    drawn.selection.set(["cell"])
    if how == "F2":
        keys(drawn, [Key.Key_F2])
    else:
        double_click(drawn, body(drawn, "cell"))
    box = field(drawn).geometry()
    assert box.intersects(drawn.mapFromScene(drawn.node_item("cell").frame()).boundingRect())
    QTest.keyClicks(field(drawn), "Memory")
    QTest.keyClick(field(drawn), Key.Key_Return)
    assert drawn.document.design.node("cell").title == "Memory" and drawn.hasFocus()
    drawn.document.undo_stack.undo()
    assert drawn.document.design == framed()


def test_a_longer_name_pushes_the_neighbours_away(qtbot):
    view = shown(qtbot, chain())
    before = view.document.design
    view.selection.set(["cell"])
    keys(view, [Key.Key_F2])
    QTest.keyClicks(field(view), "A name that is much longer than the block was wide before")
    QTest.keyClick(field(view), Key.Key_Return)
    cell, head = (view.node_item(name).frame() for name in ("cell", "head"))
    assert cell.right() < head.left()
    assert view.document.design.node("embed").x == before.node("embed").x
    view.document.undo_stack.undo()
    assert view.document.design == before


def test_escape_takes_back_what_was_typed(drawn):
    drawn.selection.set(["frame"])
    keys(drawn, [Key.Key_F2])
    QTest.keyClicks(field(drawn), "Other")
    QTest.keyClick(field(drawn), Key.Key_Escape)
    assert field(drawn) is None and drawn.document.design == framed() and drawn.hasFocus()


def test_a_press_elsewhere_keeps_what_was_typed(drawn):
    double_click(drawn, on_screen(drawn, QPointF(40, 230)))
    QTest.keyClicks(field(drawn), " indeed")
    QTest.mouseClick(drawn.viewport(), Left, pos=on_screen(drawn, QPointF(700, 300)))
    assert field(drawn) is None
    assert drawn.document.design.comments[0].text == "why indeed"


def test_the_field_follows_the_canvas(drawn):
    drawn.selection.set(["note"])
    keys(drawn, [Key.Key_F2])
    before = field(drawn).geometry()
    drawn.pan(QPoint(-40, 30))
    assert field(drawn).geometry().topLeft() == before.topLeft() + QPoint(-40, 30)
    drawn.zoom_to(1.5)
    assert field(drawn).width() > before.width()


def test_a_note_that_is_gone_takes_its_field_along(drawn):
    drawn.selection.set(["note"])
    keys(drawn, [Key.Key_F2])
    drawn.document.edit("gone", edits.remove(drawn.document.design, ["note"]))
    assert field(drawn) is None
    QApplication.processEvents()
