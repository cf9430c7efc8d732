"""Every shortcut is listed and can be changed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(studio, qtbot):
    studio.window.show_canvas()
    studio.finding.shortcuts()
    shown = studio.finding.shortcuts_page
    qtbot.waitUntil(shown.isActiveWindow)
    yield shown
    shown.close()


def press(page, key, modifier=CTRL):
    QTest.keyClick(page.keys, key, modifier)
    page.keys.editingFinished.emit()  # comes by itself a second after the last key


def test_every_action_is_listed_with_its_keys(studio, page):
    rows = {
        page.list.topLevelItem(i).text(0): page.list.topLevelItem(i).text(2)
        for i in range(len(studio.actions.specs))
    }
    assert rows["Undo"] == "Ctrl+Z" and rows["Redo"] == "Ctrl+Shift+Z, Ctrl+Y"
    assert page.list.topLevelItemCount() == len(studio.actions.specs)


def test_other_keys_hold_at_once_and_in_the_next_window(house, studio, page, qtbot):
    page.choose("view.problems")
    press(page, Key.Key_J)
    assert studio.actions["view.problems"].shortcut().toString() == "Ctrl+J"
    assert "Ctrl+J" in studio.actions["view.problems"].toolTip()
    assert page.sentence.text() == "It came with Ctrl+Shift+M."
    QTest.keyClick(page, Key.Key_Escape)
    assert page.isHidden()
    studio.window.activateWindow()
    qtbot.waitUntil(studio.window.isActiveWindow)
    studio.canvas.setFocus()
    QTest.keyClick(studio.canvas, Key.Key_J, CTRL)
    assert studio.problems.isVisible()
    house.close(studio)
    later = house.studio()
    assert later.actions["view.problems"].shortcut().toString() == "Ctrl+J"


def test_keys_of_another_action_are_refused_with_its_name(studio, page):
    page.choose("view.problems")
    press(page, Key.Key_S)
    assert page.sentence.text() == "Ctrl+S is taken by “Save”. Give that other keys first."
    assert studio.actions["view.problems"].shortcut().toString() == "Ctrl+Shift+M"
    assert studio.actions["file.save"].shortcut().toString() == "Ctrl+S"


def test_keys_are_put_back_one_by_one_and_all_at_once(studio, page):
    for name, key in (("view.problems", Key.Key_J), ("view.history", Key.Key_U)):
        page.choose(name)
        press(page, key)
    page.choose("view.problems")
    QTest.mouseClick(page.back, Qt.MouseButton.LeftButton)
    assert studio.actions["view.problems"].shortcut().toString() == "Ctrl+Shift+M"
    assert studio.settings.shortcuts() == {"view.history": "Ctrl+U"}
    QTest.mouseClick(page.all_back, Qt.MouseButton.LeftButton)
    assert studio.actions["view.history"].shortcut().toString() == "Ctrl+Shift+H"
    assert studio.settings.shortcuts() == {}


def test_an_action_may_have_no_keys(studio, page):
    page.choose("view.problems")
    QTest.mouseClick(page.none, Qt.MouseButton.LeftButton)
    assert studio.actions["view.problems"].shortcuts() == []
    assert studio.settings.shortcuts() == {"view.problems": ""}


def test_the_list_is_searched_by_words_and_by_keys(page):
    QTest.keyClicks(page.search, "ctrl+z")
    shown = [item.text(0) for item in page._items() if not item.isHidden()]
    assert shown == ["Undo"]


def test_no_two_actions_come_with_the_same_keys(studio):
    seen = {}
    for spec in studio.actions.specs:
        for keys in filter(None, spec.keys.split("; ")):
            assert keys not in seen, f"{spec.id} and {seen[keys]} share {keys}"
            seen[keys] = spec.id
