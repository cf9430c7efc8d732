"""The unrolled view: the switch, what it follows, and real mouse and key events on it."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from rnnstudio.design import codec, edits
from rnnstudio.design.model import NodeId
from rnnstudio.resources import templates
from rnnstudio.ui.actions.registry import actions
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.unrolled.view import UnrolledView
from tests.ui.canvas_kit import drag
from tests.ui.shell_kit import House

GRU = NodeId("gru")


@pytest.fixture
def studio(house: House):
    studio = house.studio()
    studio.files.open_template(codec.load(templates()["names-gru"]))
    return studio


class Room:
    """A document and a selection, without a window round them."""

    def __init__(self) -> None:
        self.document = Document(design=codec.load(templates()["names-gru"]))
        self.selection = Selection()


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def view(room, qtbot):
    view = UnrolledView(room.document, room.selection)
    qtbot.addWidget(view)
    view.resize(1000, 640)
    view.show()
    view.fit()
    view.setFocus()
    return view


def press_u(studio, qtbot):
    shown = studio.network_stack.shown
    studio.window.activateWindow()
    shown.setFocus()
    qtbot.waitUntil(shown.hasFocus)
    QTest.keyClick(shown, Qt.Key.Key_U)


def place(view, node: str, step: str) -> QPoint:
    """Return a point on a node at a step, in the viewport."""
    (box,) = [
        box
        for box in view.drawing.boxes
        if box.occurrence.node == node
        and box.occurrence.kind != "start"
        and view.drawing.layout.columns[box.occurrence.column].step == step
    ]
    return view.mapFromScene(box.rect.center())


def empty(view) -> QPoint:
    return view.mapFromScene(view.drawing.bounds.topLeft() + QPointF(2.0, 2.0))


def click(view, at: QPoint, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, at)


# --------------------------------------------------------------------------------- the switch


def test_u_unrolls_the_network_and_u_folds_it_again(studio, qtbot):
    assert studio.network_stack.unrolled_view is None
    press_u(studio, qtbot)
    assert studio.network_stack.unrolled_view.isVisible()
    assert not studio.canvas.isVisible()
    assert studio.actions["view.unrolled"].isChecked()
    press_u(studio, qtbot)
    assert studio.canvas.isVisible()
    assert not studio.actions["view.unrolled"].isChecked()


def test_the_switch_on_the_canvas_does_the_same(studio):
    switch = studio.network_stack.switch
    QTest.mouseClick(switch.unrolled, Qt.MouseButton.LeftButton)
    assert studio.network_stack.is_unrolled
    assert switch.unrolled.isChecked() and not switch.folded.isChecked()
    assert switch.isVisible()
    QTest.mouseClick(switch.folded, Qt.MouseButton.LeftButton)
    assert studio.canvas.isVisible()


def test_the_switch_tells_its_key(studio):
    assert "(U)" in studio.network_stack.switch.unrolled.toolTip()
    assert studio.network_stack.switch.folded.accessibleName()


def test_the_next_window_begins_as_the_last_one_ended(house, qtbot):
    first = house.studio()
    first.files.open_template(codec.load(templates()["names-gru"]))
    press_u(first, qtbot)
    house.close(first)
    second = house.studio()
    second.files.open_template(codec.load(templates()["names-gru"]))
    assert second.network_stack.unrolled_view.isVisible()


def test_what_was_edited_meanwhile_is_there_when_it_shows_again(studio, qtbot):
    press_u(studio, qtbot)
    press_u(studio, qtbot)
    studio.document.edit("Delete", edits.remove(studio.document.design, node_ids=[GRU]))
    press_u(studio, qtbot)
    assert "gru" not in {box.occurrence.node for box in studio.network_stack.unrolled_view.drawing.boxes}


def test_fit_zoom_and_another_network_are_for_both_drawings(studio, qtbot):
    press_u(studio, qtbot)
    view = studio.network_stack.unrolled_view
    view.zoom_to(2.5)
    QTest.keyClick(view, Qt.Key.Key_F)
    assert view.zoom <= 1.0
    view.zoom_to(2.5)
    QTest.keyClick(view, Qt.Key.Key_1)
    assert view.zoom == pytest.approx(1.0)
    studio.files.open_template(codec.load(templates()["dates-attention"]))
    shown = view.visible_scene_rect()
    assert all(shown.contains(box.rect) for box in view.drawing.boxes)
    press_u(studio, qtbot)
    assert studio.canvas.visible_scene_rect().contains(studio.canvas.canvas.content_rect())


def test_looking_is_no_edit(room, view, qtbot):
    before = room.document.design
    click(view, place(view, "gru", "2"))
    QTest.keyClick(view, Qt.Key.Key_Delete)
    drag(view, place(view, "gru", "2"), place(view, "gru", "3"))
    assert room.document.design is before
    assert not room.document.is_dirty
    assert not room.document.undo_stack.canUndo()


# ---------------------------------------------------------------------------------- following


def test_it_shows_the_whole_network(view):
    shown = view.visible_scene_rect()
    assert all(shown.contains(box.rect) for box in view.drawing.boxes)


def test_it_follows_an_edit_and_its_undo(room, view, qtbot):
    def cells():
        return [
            box
            for box in view.drawing.boxes
            if box.occurrence.node == "gru" and box.occurrence.kind == "step"
        ]

    before = len(cells())
    design = room.document.design
    room.document.edit("Read both ways", edits.set_params(design, [GRU], {"direction": "both"}))
    qtbot.waitUntil(lambda: len(cells()) == 2 * before)
    room.document.undo_stack.undo()
    qtbot.waitUntil(lambda: len(cells()) == before)


def test_a_title_is_shown_at_once(room, view, qtbot):
    room.document.edit("Rename", edits.rename_node(room.document.design, GRU, "Memory"))
    qtbot.waitUntil(lambda: any(box.title == "Memory" for box in view.drawing.boxes))


def test_it_changes_with_the_theme(view):
    seen = []
    for scheme in ("dark", "light"):
        themes.set_scheme(scheme)
        seen.append(view.grab().toImage().pixelColor(5, 5).name())
    themes.set_scheme("system")
    assert seen[0] != seen[1]


def test_an_empty_design_says_so_and_fails_nowhere(room, view):
    room.document.new()
    view.fit()
    assert view.drawing.boxes == []
    view.grab()
    QTest.keyClick(view, Qt.Key.Key_Up)


# ---------------------------------------------------------------------------------- selection


def test_a_click_at_any_step_selects_the_node(room, view):
    for step in ("1", "3", "T"):
        room.selection.clear()
        click(view, place(view, "gru", step))
        assert room.selection.nodes == {GRU}


def test_shift_adds_to_the_selection(room, view):
    click(view, place(view, "gru", "1"))
    click(view, place(view, "dense", "2"), Qt.KeyboardModifier.ShiftModifier)
    assert room.selection.nodes == {"gru", "dense"}


def test_a_click_on_an_arrow_selects_its_link(room, view):
    (arrow,) = [
        stroke
        for stroke in view.drawing.strokes
        if stroke.arrow.link == "link2"
        and view.drawing.layout.columns[view.drawing.layout.occurrences[stroke.arrow.source].column].step
        == "2"
    ]
    click(view, view.mapFromScene(arrow.path.pointAtPercent(0.4)))
    assert room.selection.links == {"link2"}


def test_a_click_on_empty_ground_and_esc_select_nothing(studio, qtbot):
    press_u(studio, qtbot)
    view, selection = studio.network_stack.unrolled_view, studio.selection
    click(view, place(view, "gru", "1"))
    click(view, empty(view))
    assert not selection
    click(view, place(view, "gru", "1"))
    assert selection.nodes == {GRU}
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not selection


def test_what_is_selected_elsewhere_is_selected_here(room, view):
    before = view.grab().toImage()
    room.selection.set([GRU])
    assert view.grab().toImage() != before
    assert "GRU at t = 1" in view.accessibleName()
    assert "W, U, b" in view.accessibleName()


def test_a_screen_reader_is_told_the_steps_and_what_they_share(room, view):
    words = view.accessibleDescription()
    assert words.startswith("Time steps 1, 2, 3, …, T. ")
    assert "GRU has the same weights at every step: W, U, b" in words


def test_keys_walk_up_and_down_and_enter_opens_the_inspector(studio, qtbot):
    press_u(studio, qtbot)
    view, selection = studio.network_stack.unrolled_view, studio.selection
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert selection.nodes == {"tokens"}
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert selection.nodes == {"embedding"}
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert selection.nodes == {"tokens"}
    with qtbot.waitSignal(view.activated) as asked:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert asked.args == ["tokens"]


# ------------------------------------------------------------------------------- pan and zoom


def test_a_drag_on_empty_ground_pans_and_keeps_the_selection(room, view):
    room.selection.set([GRU])
    at = place(view, "gru", "1")
    start = empty(view)
    drag(view, start, start + QPoint(40, 25))
    moved = place(view, "gru", "1") - at
    assert abs(moved.x() - 40) <= 1 and abs(moved.y() - 25) <= 1
    assert room.selection.nodes == {GRU}


def test_a_tooltip_names_node_step_and_weights(view):
    words = view.tooltip_at(place(view, "gru", "3"))
    assert "GRU at t = 3" in words and "W, U, b" in words
    assert view.tooltip_at(empty(view)) == ""


@pytest.mark.parametrize("action", [spec.id for spec in actions() if spec.on_canvas])
def test_what_asks_or_draws_on_the_canvas_shows_it_first(studio, qtbot, action):
    studio.window.show()
    studio.window.show_canvas()
    studio.network_stack.set_unrolled(True)
    studio.selection.set([GRU])
    studio.actions[action].trigger()
    assert not studio.network_stack.is_unrolled and studio.canvas.isVisible()


def test_the_list_of_nodes_asked_for_over_the_unrolled_view_can_be_used(studio):
    studio.window.show()
    studio.window.show_canvas()
    studio.network_stack.set_unrolled(True)
    studio.actions["edit.add"].trigger()
    assert studio.canvas.node_search.is_open and studio.canvas.node_search.popup.isVisible()
    before = len(studio.document.design.nodes)
    QTest.keyClick(studio.canvas.node_search.popup.search, Qt.Key.Key_Return)
    assert len(studio.document.design.nodes) == before + 1
