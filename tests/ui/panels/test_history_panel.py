"""The history: every edit a row, and each a place to go."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

Key = Qt.Key


@pytest.fixture
def history(studio, qtbot):
    studio.window.show_canvas()
    for kind in ("tokens", "lstm", "gru"):
        studio.canvas.add_node(kind)
    qtbot.waitUntil(studio.canvas.hasFocus)
    QTest.keyClick(
        studio.canvas, Key.Key_H, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert studio.history.isVisible() and studio.history.hasFocus()
    return studio.history


def rows(history) -> list[str]:
    model = history.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_every_edit_is_a_row_below_the_design_as_it_was_opened(studio, history):
    stack = studio.document.undo_stack
    assert rows(history) == ["As it was opened", *(stack.text(i) for i in range(stack.count()))]
    assert history.currentIndex().row() == 3


def test_a_click_jumps_back_and_forward(studio, history):
    model = history.model()
    for row, count in ((1, 1), (0, 0), (3, 3)):
        at = history.visualRect(model.index(row, 0)).center()
        QTest.mouseClick(history.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert len(studio.document.design.nodes) == count
    assert studio.document.undo_stack.count() == 3, "nothing is lost by looking back"


def test_the_arrows_go_step_by_step(studio, history):
    QTest.keyClick(history, Key.Key_Up)
    assert len(studio.document.design.nodes) == 2
    QTest.keyClick(history, Key.Key_Home)
    assert not studio.document.design.nodes
    QTest.keyClick(history, Key.Key_End)
    assert len(studio.document.design.nodes) == 3


def test_it_follows_undo(studio, history):
    studio.document.undo_stack.undo()
    assert history.currentIndex().row() == 2
