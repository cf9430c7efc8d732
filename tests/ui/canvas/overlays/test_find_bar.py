"""Ctrl+F finds nodes by title, kind and parameters."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from rnnstudio.design import edits, grouping
from rnnstudio.design.model import Comment, Frame, Group
from rnnstudio.ui.canvas.overlays.find_bar import FindBar, SearchHighlight
from tests.ui.canvas_kit import body, chain, drag, shown

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def view(qtbot):
    return shown(qtbot, chain())


@pytest.fixture
def bar(view, qtbot):
    made = FindBar(view)
    qtbot.waitUntil(view.isActiveWindow)
    made.open()
    assert made.search.hasFocus()
    return made


def marked(view) -> set[str]:
    return {
        i
        for i, item in view.canvas.node_items.items()
        for c in item.childItems()
        if isinstance(c, SearchHighlight)
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LSTM", ["cell", "other"]),
        ("embedding", ["embed"]),
        ("oth", ["other"]),
        ("units=32", ["embed"]),
        ("Units=128", ["cell", "other"]),
        ("lstm other", ["other"]),
        ("nothing of the kind", []),
        ("", []),
    ],
)
def test_it_finds_by_title_kind_id_and_parameter_and_marks_all(view, bar, text, found):
    QTest.keyClicks(bar.search, text)
    assert bar.found == found and marked(view) == set(found)


def test_enter_and_shift_enter_walk_through_and_round(view, bar):
    QTest.keyClicks(bar.search, "lstm")
    assert view.selection.nodes == {"cell"} and bar.count.text() == "1 of 2"
    QTest.keyClick(bar.search, Key.Key_Return)
    assert view.selection.nodes == {"other"} and bar.count.text() == "2 of 2"
    QTest.keyClick(bar.search, Key.Key_Return)
    assert view.selection.nodes == {"cell"}
    QTest.keyClick(bar.search, Key.Key_Return, SHIFT)
    assert view.selection.nodes == {"other"}
    assert bar.search.hasFocus()


def test_what_is_found_comes_into_view(view, bar):
    view.centerOn(8000.0, 8000.0)
    QTest.keyClicks(bar.search, "classes")
    assert view.visible_scene_rect().contains(view.node_item("head").frame())


def test_the_bar_does_not_hide_what_is_found(view, bar):
    item = view.node_item("head")
    view.pan(bar.geometry().center() - view.mapFromScene(item.frame().center()))
    QTest.keyClicks(bar.search, "classes")
    assert not view.mapFromScene(item.frame()).boundingRect().intersects(bar.geometry())


def test_escape_takes_bar_and_marks_away_and_keeps_the_selection(view, bar):
    QTest.keyClicks(bar.search, "lstm")
    QTest.keyClick(bar.search, Key.Key_Escape)
    assert bar.isHidden() and not marked(view)
    assert view.selection.nodes == {"cell"} and view.hasFocus()
    assert view.document.design == chain() and view.document.undo_stack.count() == 0


def test_nothing_found_is_reported(view, bar):
    QTest.keyClicks(bar.search, "qqq")
    assert bar.count.text() == "none" and not bar.after_button.isEnabled()
    QTest.keyClick(bar.search, Key.Key_Return)
    assert not view.selection


def test_the_marks_follow_edits_and_undo(view, bar):
    QTest.keyClicks(bar.search, "lstm")
    design = view.document.design
    view.document.edit("Delete", edits.remove(design, node_ids=["cell"]))
    assert marked(view) == {"other"} and bar.found == ["other"]
    view.document.undo_stack.undo()
    assert marked(view) == {"cell", "other"}


def test_a_mark_moves_with_its_node(view, bar):
    QTest.keyClicks(bar.search, "head")
    (mark,) = (c for c in view.node_item("head").childItems() if isinstance(c, SearchHighlight))
    at = body(view, "head")
    before = mark.sceneBoundingRect()
    drag(view, at, at + (at - body(view, "other")))
    assert marked(view) == {"head"}
    (mark,) = (c for c in view.node_item("head").childItems() if isinstance(c, SearchHighlight))
    assert mark.sceneBoundingRect() != before
    assert mark.sceneBoundingRect().contains(view.node_item("head").frame())


def test_keys_of_the_bar_are_not_keys_of_the_canvas(view, bar):
    QTest.keyClicks(bar.search, "lstm")
    for key in (Key.Key_Up, Key.Key_Down, Key.Key_Delete, Key.Key_PageDown):
        QTest.keyClick(bar.search, key)
    assert view.document.design == chain()
    seen = []
    for _ in range(4):
        QTest.keyClick(view.window().focusWidget(), Key.Key_Tab)
        seen.append(view.window().focusWidget())
    assert seen == [bar.before_button, bar.after_button, bar.close_button, bar.search]


def test_a_screen_reader_hears_which_of_how_many_and_what(view, bar):
    QTest.keyClicks(bar.search, "lstm")
    said = bar.search.accessibleDescription()
    assert "1 of 2" in said and "LSTM" in said


def test_in_the_window_ctrl_f_opens_it_and_f3_walks(studio, qtbot):
    studio.window.show_canvas()
    for _ in range(2):
        studio.canvas.add_node("lstm")
    qtbot.waitUntil(studio.canvas.hasFocus)
    QTest.keyClick(studio.canvas, Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    opened = studio.search.bar
    qtbot.waitUntil(opened.search.hasFocus)
    QTest.keyClicks(opened.search, "lstm")
    first = studio.selection.nodes
    QTest.keyClick(opened.search, Key.Key_F3)
    assert studio.selection.nodes != first
    QTest.keyClick(opened.search, Key.Key_F3, SHIFT)
    assert studio.selection.nodes == first


def test_it_finds_frames_notes_and_groups_by_their_words_and_what_is_in_a_collapsed_group(qtbot):
    design = grouping.add_group(chain(), Group("group", 368.0, 0.0, "Memory", collapsed=True), ["cell"])
    design = replace(design, frames=(Frame("frame", -20, -60, 330, 160, "Words go in"),))
    view = shown(qtbot, replace(design, comments=(Comment("note", 0, 240, text="Why\nwords?"),)))
    bar = FindBar(view)
    qtbot.waitUntil(view.isActiveWindow)
    bar.open()
    QTest.keyClicks(bar.search, "words")
    assert bar.found == ["frame", "note"]
    assert view.canvas.annotations.items["note"].childItems()
    bar.search.setText("memory")
    assert bar.found == ["group"]
    bar.search.setText("cell")
    QTest.keyClick(bar.search, Key.Key_Return)
    assert view.selection.nodes == {"cell"} and "cell" in view.canvas.node_items


def test_it_finds_on_the_canvas_also_from_the_unrolled_view(studio):
    studio.window.show_canvas()
    studio.canvas.add_node("lstm")
    studio.network_stack.set_unrolled(True)
    studio.actions["edit.find"].trigger()
    assert not studio.network_stack.is_unrolled and studio.search.bar.isVisible()
    assert not studio.search.bar.geometry().intersects(studio.network_stack.switch.geometry())
