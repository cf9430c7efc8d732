"""Ctrl+K: the command palette."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnstudio.ui.panels.command_palette import CommandPalette

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def palette(studio, qtbot) -> CommandPalette:
    studio.window.show_canvas()
    studio.canvas.add_node("lstm")
    qtbot.waitUntil(studio.canvas.hasFocus)
    QTest.keyClick(studio.canvas, Key.Key_K, CTRL)
    opened = studio.search.palette
    assert opened is not None and opened.isVisible()
    qtbot.waitUntil(opened.search.hasFocus)
    return opened


def enter(palette: CommandPalette, text: str) -> None:
    QTest.keyClicks(palette.search, text)
    QTest.keyClick(palette.search, Key.Key_Return)


def test_escape_closes_it_and_the_canvas_has_the_keyboard_again(studio, palette):
    QTest.keyClick(palette.search, Key.Key_Escape)
    assert palette.isHidden() and studio.canvas.hasFocus()


def test_an_action_is_done_by_enter_and_shows_its_keys(studio, palette):
    QTest.keyClicks(palette.search, "select al")
    entry = palette.current()
    assert entry.title == "Select all" and entry.keys == "Ctrl+A"
    studio.selection.clear()
    QTest.keyClick(palette.search, Key.Key_Return)
    assert palette.isHidden() and len(studio.selection.nodes) == 1


def test_a_node_of_the_design_is_gone_to(studio, palette):
    name = studio.document.design.nodes[0].id
    studio.selection.clear()
    studio.canvas.centerOn(9000.0, 9000.0)
    enter(palette, "go to lstm")
    assert studio.selection.nodes == {name}
    assert studio.canvas.visible_scene_rect().contains(studio.canvas.node_item(name).frame())


def test_a_kind_is_added_as_one_undoable_step(studio, palette):
    enter(palette, "add embedding")
    assert [node.kind for node in studio.document.design.nodes] == ["lstm", "embedding"]
    studio.document.undo_stack.undo()
    assert [node.kind for node in studio.document.design.nodes] == ["lstm"]


def test_an_example_is_opened(studio, palette):
    studio.document.undo_stack.undo()  # nothing would be lost
    wanted = next(entry for entry in palette.shown() if entry.what == "Open an example")
    enter(palette, wanted.title)
    assert studio.document.design.name == wanted.title and studio.canvas.isVisible()


def test_the_arrows_go_round_and_pass_what_cannot_be_done(palette):
    first = palette.current()
    QTest.keyClick(palette.search, Key.Key_Up)
    assert palette.current() == palette.shown()[-1]
    QTest.keyClick(palette.search, Key.Key_Down)
    assert palette.current() == first
    QTest.keyClicks(palette.search, "redo")
    shown = palette.shown()
    assert not shown[0].enabled, "nothing was undone yet"
    assert palette.current() is None or palette.current().enabled


def test_a_click_does_it_and_a_click_elsewhere_closes_it(studio, palette):
    QTest.keyClicks(palette.search, "select all")
    studio.selection.clear()
    at = palette.list.visualItemRect(palette.list.item(0)).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert palette.isHidden() and studio.selection.nodes
    QTest.keyClick(studio.canvas, Key.Key_K, CTRL)
    QTest.mouseClick(studio.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    QTest.qWait(0)
    assert palette.isHidden()


def test_nothing_found_is_reported(palette):
    QTest.keyClicks(palette.search, "qqqqq")
    assert palette.nothing.isVisible() and palette.current() is None
    QTest.keyClick(palette.search, Key.Key_Return)
    assert palette.isVisible()


def test_a_screen_reader_hears_the_row_and_the_field(palette):
    QTest.keyClicks(palette.search, "select all")
    assert palette.search.accessibleDescription() == "Select all, Edit, Ctrl+A"
    assert palette.search.accessibleName() and palette.list.accessibleName()


def test_it_stays_inside_a_narrow_window(studio, palette):
    studio.window.resize(900, 600)
    QApplication.processEvents()
    assert studio.window.rect().contains(palette.geometry())
