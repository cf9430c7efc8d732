"""Gestures on the canvas, with real events on the viewport."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnstudio.design.model import Design, Node, NodeId
from rnnstudio.ui.canvas.commands import edit_commands
from rnnstudio.ui.canvas.items.gesture_overlays import LooseWire
from rnnstudio.ui.document.document import Document
from tests.ui.canvas_kit import (
    body,
    chain,
    drag,
    drop,
    keys,
    kind_data,
    move,
    on_screen,
    places,
    port,
    press,
    release,
    run,
    shown,
)

Key = Qt.Key


@pytest.fixture
def view(qtbot):
    return shown(qtbot, chain())


def test_a_dragged_node_lands_on_the_grid_by_one_step(view):
    at = body(view, "cell")
    drag(view, at, at + QPoint(10, 5), at + QPoint(61, 43))
    assert places(view)["cell"] == (432.0, 40.0)
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert places(view)["cell"] == (368.0, 0.0)
    assert view.node_item("cell").pos() == QPointF(368.0, 0.0)


def test_selected_nodes_move_together_and_keep_their_distance(view):
    view.selection.set(["embed", "cell"])
    at = body(view, "cell")
    drag(view, at, at + QPoint(0, 40), at + QPoint(0, 80))
    assert places(view)["cell"] == (368.0, 80.0) and places(view)["embed"] == (184.0, 80.0)
    assert view.selection.nodes == {"embed", "cell"}


def test_the_document_does_not_change_while_the_hand_moves(view):
    before, at = view.document.design, body(view, "cell")
    press(view, at)
    move(view, at + QPoint(50, 0), at + QPoint(80, 80))
    assert view.node_item("cell").pos() == QPointF(448.0, 80.0)
    assert view.document.design is before
    release(view, at + QPoint(80, 80))


@pytest.mark.parametrize("start", ["body", "port", "taken port", "canvas"])
def test_escape_cancels_a_gesture_and_leaves_the_document_untouched(view, start):
    before = view.document.design
    at = {
        "body": body(view, "cell"),
        "port": port(view, "other", "sequence", output=True),
        "taken port": port(view, "cell", "sequence", output=False),
        "canvas": on_screen(view, QPointF(100, 250)),
    }[start]
    selected = view.selection.nodes
    press(view, at)
    move(view, at + QPoint(30, 30), at + QPoint(90, -60))
    keys(view, [Key.Key_Escape])
    release(view, at + QPoint(90, -60))
    assert view.gesture is None
    assert view.document.design is before and view.document.undo_stack.count() == 0
    assert view.node_item("cell").pos() == QPointF(368.0, 0.0)
    assert len(view.canvas.items()) == 7, "nothing of the gesture stays on the canvas"
    assert not view.hint.isVisible()
    if start == "canvas":
        assert view.selection.nodes == selected


def test_an_undo_during_a_drag_cancels_the_drag(view):
    edit_commands.nudge(view, 8.0, 0.0)
    view.selection.set(["head"])
    edit_commands.nudge(view, 8.0, 0.0)
    at = body(view, "head")
    press(view, at)
    move(view, at + QPoint(60, 60), at + QPoint(80, 80))
    view.document.undo_stack.undo()
    release(view, at + QPoint(80, 80))
    assert view.document.design == chain()
    assert view.node_item("head").pos() == QPointF(560.0, 0.0)


# ------------------------------------------------------------------------------ connecting


def test_a_wire_drawn_from_output_to_input_joins_them(view):
    drag(view, port(view, "cell", "sequence", output=True), port(view, "head", "logits", output=False))
    added = view.document.design.links[-1]
    assert (added.source, added.source_port, added.target, added.target_port) == (
        "cell", "sequence", "head", "logits",
    )  # fmt: skip
    assert view.document.undo_stack.count() == 1


def test_a_wire_drawn_from_input_to_output_joins_them_the_right_way_round(view):
    drag(view, port(view, "head", "logits", output=False), port(view, "cell", "sequence", output=True))
    added = view.document.design.links[-1]
    assert (added.source, added.target) == ("cell", "head")


def test_states_join_by_their_own_ports(view):
    drag(view, port(view, "cell", "state", output=True), port(view, "other", "state", output=False))
    assert view.document.design.links[-1].target_port == "state"


def test_a_wire_snaps_to_a_fitting_port_within_20_pixels(view):
    near = port(view, "head", "logits", output=False)
    drag(view, port(view, "cell", "sequence", output=True), near + QPoint(-30, 0), near + QPoint(-14, 12))
    assert view.document.design.links[-1].target == "head"


def test_a_wire_let_go_over_nothing_is_nothing(view):
    start = port(view, "cell", "sequence", output=True)
    drag(view, start, start + QPoint(40, 100))
    assert view.document.design == chain()


def test_a_refusal_shows_its_sentence_at_the_pointer(view):
    start, wrong = port(view, "cell", "state", output=True), port(view, "head", "logits", output=False)
    press(view, start)
    move(view, start + QPoint(20, 0), wrong)
    assert view.hint.isVisible() and view.hint.text()
    assert view.rect().contains(view.hint.geometry())
    release(view, wrong)
    assert view.document.design == chain() and not view.hint.isVisible()


def test_an_occupied_input_refuses_a_second_wire(view):
    start, taken = port(view, "other", "sequence", output=True), port(view, "cell", "sequence", output=False)
    press(view, start)
    move(view, start + QPoint(20, 0), taken)
    assert view.hint.isVisible() and "has a link already" in view.hint.text()
    release(view, taken)
    assert view.document.design == chain()


def test_ports_that_fit_glow_and_others_fade(view):
    start = port(view, "cell", "sequence", output=True)
    press(view, start)
    move(view, start + QPoint(20, 20), start + QPoint(30, 60))
    look = view.canvas.port_state
    assert look("head", "logits", False) == "fits"
    assert look("other", "state", False) == "faded"
    assert look("embed", "tokens", False) == "faded", "it is taken"
    assert look("cell", "sequence", True) == "held"
    release(view, start + QPoint(30, 60))
    assert look("head", "logits", False) == "plain"


def test_a_wire_dragged_off_its_input_joins_another(view):
    drag(view, port(view, "cell", "sequence", output=False), port(view, "other", "sequence", output=False))
    moved = view.document.design.link("b")
    assert (moved.source, moved.target) == ("embed", "other")
    assert view.document.undo_stack.count() == 1


def test_a_wire_dragged_off_its_input_and_let_go_is_removed(view):
    start = port(view, "cell", "sequence", output=False)
    drag(view, start, start + QPoint(-40, 120))
    assert [link.id for link in view.document.design.links] == ["a"]


def test_a_wire_put_back_on_its_own_input_changes_nothing(view):
    start = port(view, "cell", "sequence", output=False)
    drag(view, start, start + QPoint(-60, 60), start)
    assert view.document.undo_stack.count() == 0


def test_a_click_on_a_port_changes_nothing(view):
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=port(view, "cell", "sequence", output=False)
    )
    assert view.document.undo_stack.count() == 0 and view.gesture is None


def test_a_wire_that_would_close_a_loop_is_refused_with_the_reason(view):
    start, sink = port(view, "cell", "state", output=True), port(view, "other", "state", output=False)
    drag(view, start, sink)
    back = port(view, "cell", "state", output=False)
    press(view, port(view, "other", "state", output=True))
    move(view, back + QPoint(40, 40), back)
    assert "loop" in view.hint.text() and view.hint.isVisible()
    release(view, back)
    assert len(view.document.design.links) == 3


def test_the_pointer_says_where_a_wire_can_begin(view):
    QTest.mouseMove(view.viewport(), port(view, "cell", "state", output=True))
    assert view.viewport().cursor().shape() is Qt.CursorShape.CrossCursor
    QTest.mouseMove(view.viewport(), body(view, "cell"))
    assert view.viewport().cursor().shape() is Qt.CursorShape.ArrowCursor


# ------------------------------------------------------------------------------ selecting


def test_a_click_selects_and_shift_adds(view):
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=body(view, "cell"))
    assert view.selection.nodes == {"cell"}
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, shift, body(view, "head"))
    assert view.selection.nodes == {"cell", "head"}
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, shift, body(view, "cell"))
    assert view.selection.nodes == {"head"}


def test_a_click_on_a_wire_selects_it_and_delete_removes_it(view):
    wire = view.canvas.link_items["b"]
    at = on_screen(view, wire.path.pointAtPercent(0.5)) + QPoint(0, 4)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.selection.links == {"b"}
    keys(view, [Key.Key_Delete])
    assert [link.id for link in view.document.design.links] == ["a"]


def test_a_rubber_band_selects_what_it_touches(view):
    start = on_screen(view, QPointF(-20, -30))
    drag(view, start, on_screen(view, QPointF(100, 20)), on_screen(view, QPointF(380, 100)))
    assert view.selection.nodes == {"in", "embed", "cell"}
    assert view.selection.links == {"a", "b"}


def test_a_click_on_the_empty_canvas_selects_nothing(view):
    run(view, "edit.select_all")
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=on_screen(view, QPointF(100, 250)))
    assert not view.selection


# ------------------------------------------------------------------------------ view


def test_the_middle_button_pans(view):
    before = view.mapToScene(QPoint(0, 0))
    drag(view, QPoint(500, 500), QPoint(530, 520), QPoint(560, 540), button=Qt.MouseButton.MiddleButton)
    assert view.mapToScene(QPoint(0, 0)) == before - QPointF(60, 40)
    assert view.document.undo_stack.count() == 0


def test_space_and_drag_pans_even_over_a_node(view):
    before, at = view.mapToScene(QPoint(0, 0)), body(view, "cell")
    QTest.keyPress(view, Key.Key_Space)
    drag(view, at, at + QPoint(20, 20))
    QTest.keyRelease(view, Key.Key_Space)
    assert view.mapToScene(QPoint(0, 0)) == before - QPointF(20, 20)
    assert view.document.design == chain()
    drag(view, at + QPoint(20, 20), at + QPoint(100, 100))
    assert view.document.design != chain(), "without Space the drag moves the node"


@pytest.mark.parametrize("notches", [1, -1, 3])
def test_the_wheel_zooms_at_the_pointer(view, notches):
    at = QPoint(300, 200)
    fixed = view.mapToScene(at)
    wheel(view, at, QPoint(0, 120 * notches))
    assert view.zoom == pytest.approx(1.2**notches)
    assert (view.mapFromScene(fixed) - at).manhattanLength() <= 2


def test_a_touchpad_pans(view):
    before = view.mapToScene(QPoint(0, 0))
    wheel(view, QPoint(300, 200), QPoint(0, -16), pixels=QPoint(12, -30), phase=Qt.ScrollPhase.ScrollUpdate)
    assert view.zoom == 1.0
    assert view.mapToScene(QPoint(0, 0)) == before - QPointF(12, -30)


def wheel(view, at, angle, pixels=None, phase=Qt.ScrollPhase.NoScrollPhase):
    from PySide6.QtGui import QWheelEvent

    event = QWheelEvent(
        QPointF(at), QPointF(view.viewport().mapToGlobal(at)), pixels or QPoint(), angle,
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, phase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)


def test_gestures_work_at_another_zoom(view):
    view.zoom_to(0.5)
    at = body(view, "cell")
    drag(view, at, at + QPoint(20, 20), at + QPoint(40, 40))
    assert places(view)["cell"] == (448.0, 80.0)
    drag(view, port(view, "cell", "sequence", output=True), port(view, "head", "logits", output=False))
    assert view.document.design.links[-1].target == "head"


# ------------------------------------------------------------------------------ dropping


def test_a_kind_dropped_from_the_palette_is_at_the_pointer(qtbot):
    view = shown(qtbot, Design())
    at = on_screen(view, QPointF(400, 200))
    drop(view, "lstm", at)
    (added,) = view.document.design.nodes
    assert added.kind == "lstm" and added.x % 8 == 0 and added.y % 8 == 0
    assert view.node_item(added.id).frame().contains(view.mapToScene(at))
    assert view.selection.nodes == {added.id} and view.document.undo_stack.count() == 1
    assert len(view.canvas.items()) == 1, "the ghost is gone"


def test_a_drag_that_leaves_takes_its_ghost_away(view):
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent

    data = kind_data("lstm")
    QApplication.sendEvent(
        view.viewport(),
        QDragEnterEvent(
            QPoint(50, 50),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        ),
    )
    assert len(view.canvas.items()) == 9, "the ghost, and the guides along what it lines up with"
    QApplication.sendEvent(view.viewport(), QDragLeaveEvent())
    assert len(view.canvas.items()) == 7 and view.document.design == chain()


def test_a_kind_that_nobody_registered_is_not_accepted(view):
    drop(view, "no such kind", QPoint(50, 50))
    assert view.document.design == chain()


def test_a_network_built_by_hand_is_undone_and_redone_to_the_same_bytes(qtbot):
    from rnnstudio.design import codec

    view = shown(qtbot, Design())
    for column, kind in enumerate(("tokens", "embedding", "lstm", "classification")):
        drop(view, kind, QPoint(120 + 220 * column, 200))
    for a, out, b, into in (
        ("tokens", "tokens", "embedding", "tokens"),
        ("embedding", "sequence", "lstm", "sequence"),
        ("lstm", "sequence", "classification", "logits"),
    ):
        drag(view, port(view, a, out, output=True), port(view, b, into, output=False))
    at = body(view, "lstm")
    drag(view, at, at + QPoint(0, 30), at + QPoint(0, 64))
    keys(view, [Key.Key_Right, Key.Key_Right], Qt.KeyboardModifier.ControlModifier)
    assert len(view.document.design.links) == 3
    text, stack = codec.encode(view.document.design), view.document.undo_stack
    assert stack.count() == 9, "a step a gesture; two nudges are one"
    while stack.canUndo():
        stack.undo()
    assert view.document.design == Design() and not view.canvas.items()
    while stack.canRedo():
        stack.redo()
    assert codec.encode(view.document.design) == text


@pytest.fixture
def head_and_reader(qtbot):
    nodes = (Node(NodeId("head"), "classification", 320, 0), Node(NodeId("read"), "embedding", 0, 0))
    return shown(qtbot, doc=Document(design=Design(nodes=nodes)))


def test_a_wire_from_what_a_head_predicts_is_delayed_by_itself(head_and_reader):
    view = head_and_reader
    start = port(view, "head", "prediction", output=True)
    end = port(view, "read", "tokens", output=False)
    press(view, start)
    move(view, (start + end) / 2, end)
    (loose,) = (item for item in view.canvas.items() if isinstance(item, LooseWire))
    assert loose.delayed
    release(view, end)
    (wire,) = view.document.design.links
    assert (wire.source, wire.target, wire.delay) == ("head", "read", 1)
    assert view.canvas.link_items[wire.id].label.startswith("z⁻¹")


def test_a_wire_drawn_backwards_to_what_a_head_predicts_is_delayed_too(head_and_reader):
    view = head_and_reader
    start = port(view, "read", "tokens", output=False)
    drag(view, start, port(view, "head", "prediction", output=True))
    assert [wire.delay for wire in view.document.design.links] == [1]
