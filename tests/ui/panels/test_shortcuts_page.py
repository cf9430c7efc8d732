"""Every shortcut is listed and can be changed."""

from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from rnnstudio.ui.actions.registry import actions
from rnnstudio.ui.actions.shortcuts import keys
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.inspector.title_edit import TitleEdit
from tests.ui import canvas_kit
from tests.ui.canvas_kit import chain, shown
from tests.ui.canvas_kit import keys as hands
from tests.ui.shell_kit import edit

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(studio, qtbot):
    studio.window.show_canvas()
    studio.search.show_shortcuts()
    shown = studio.search.shortcuts_page
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
    shown = [item.text(0) for item in page.items() if not item.isHidden()]
    assert shown == ["Undo"]


CANVAS = [spec for spec in actions() if spec.canvas_keys]


@pytest.mark.parametrize("spec", CANVAS, ids=[spec.id for spec in CANVAS])
def test_an_action_of_the_canvas_obeys_its_new_keys_and_no_longer_the_old_ones(qtbot, spec):
    view = shown(qtbot, chain())
    view.selection.set(["cell"])
    done = []
    for action in view.actions():
        action.triggered.connect(partial(done.append, action.objectName()))
    keys.set(spec.id, "F12")
    try:
        state = view.document.design, view.selection.nodes, view.transform()
        for old in spec.keys.split("; "):
            pressed = QKeySequence(old)[0]
            hands(view, [pressed.key()], pressed.keyboardModifiers())
        assert done == [] and state == (view.document.design, view.selection.nodes, view.transform())
        hands(view, [Key.Key_F12])
        assert done == [spec.id]
    finally:
        keys.set(spec.id, spec.keys)


def test_no_key_is_a_shortcut_while_something_is_dragged(qtbot):
    view = shown(qtbot, chain())
    before = view.document.design
    canvas_kit.press(view, canvas_kit.body(view, "cell"))
    canvas_kit.move(view, canvas_kit.body(view, "cell") + QPoint(60, 40))
    hands(view, [Key.Key_Delete, Key.Key_N, Key.Key_Right])
    assert view.document.design == before and view.gesture is not None
    hands(view, [Key.Key_Escape])
    assert view.gesture is None and view.document.design == before


TIPS = {
    "edit.mend": lambda studio: studio.problems.fix_button,
    "edit.find_next": lambda studio: studio.search.bar.after_button,
    "edit.find_previous": lambda studio: studio.search.bar.before_button,
    "view.unrolled": lambda studio: studio.network_stack.switch.unrolled,
    "file.new": lambda studio: studio.gallery.findChild(QPushButton, "gallery-new"),
    "file.open": lambda studio: studio.gallery.findChild(QPushButton, "gallery-open"),
    "edit.rename": lambda studio: studio.inspector.page.findChild(TitleEdit),
    "train.run": lambda studio: studio.toolbar.run,
}


@pytest.mark.parametrize("action_id", TIPS)
def test_tooltips_name_the_keys_that_an_action_has_now(studio, page, action_id):
    studio.canvas.add_node("lstm")
    studio.document.check_now()
    studio.search.show_find_bar()
    widget = TIPS[action_id](studio)
    first = keys.of(action_id)
    assert widget.toolTip().endswith(f"({first})")
    page.choose(action_id)
    press(page, Key.Key_F12, Qt.KeyboardModifier.NoModifier)
    assert widget.toolTip().endswith("(F12)") and first not in widget.toolTip()
    QTest.mouseClick(page.none, Qt.MouseButton.LeftButton)
    assert widget.toolTip() and "(" not in widget.toolTip()


def test_the_inspector_renames_by_the_keys_of_renaming(studio, page):
    studio.canvas.add_node("lstm")
    page.choose("edit.rename")
    press(page, Key.Key_F12, Qt.KeyboardModifier.NoModifier)
    page.close()
    heading = studio.inspector.page.findChild(TitleEdit)
    QTest.keyClick(studio.inspector, Key.Key_F2)
    assert heading.selectedText() == ""
    QTest.keyClick(studio.inspector, Key.Key_F12)
    assert heading.selectedText() == heading.text() != ""


def test_the_preferences_lead_to_the_shortcuts(studio):
    studio.preferences.show()
    QTest.mouseClick(studio.preferences.page.shortcuts, Qt.MouseButton.LeftButton)
    assert studio.search.shortcuts_page.isVisible()


def test_keys_that_were_chosen_are_kept_from_an_action_that_comes_with_them():
    try:
        keys.choose({"view.problems": "Ctrl+Left"})
        assert keys.of("view.problems") == "Ctrl+Left"
        assert keys.of("arrange.move_left") == "", "two actions with the same keys would both do nothing"
        assert keys.of("arrange.move_right") == "Ctrl+Right"
    finally:
        keys.reset()


def test_keys_that_mean_nothing_take_none_away(house):
    settings = Settings(house.settings_file)
    for action, text in {"gone.action": "Ctrl+Z", "file.save": "no key", "edit.copy": "Ctrl+J; \x00"}.items():
        settings.set_shortcut(action, text)
    settings.save()
    studio = house.studio()
    edit(studio)
    assert QTest.qWaitForWindowActive(studio.window)
    QTest.keyClick(studio.window, Key.Key_Z, CTRL)
    assert studio.document.design.nodes == ()
    assert keys.of("file.save") == "Ctrl+S" and keys.of("edit.copy") == "Ctrl+C"


def test_no_two_actions_come_with_the_same_keys(studio):
    seen = {}
    for spec in studio.actions.specs:
        for one in filter(None, spec.keys.split("; ")):
            assert one not in seen, f"{spec.id} and {seen[one]} share {one}"
            seen[one] = spec.id
