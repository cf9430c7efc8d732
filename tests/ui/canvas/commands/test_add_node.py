"""Adding nodes by search, inserting them into wires, and replacing them, with real events."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnstudio.design import edits
from rnnstudio.design.model import Design
from rnnstudio.ui.palette.user_cells import UserCell
from tests.ui.canvas_kit import (
    body,
    chain,
    drag,
    drop,
    keys,
    kind_data,
    link,
    move,
    node,
    on_screen,
    port,
    press,
    release,
    shown,
    wires,
)

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
EMPTY = QPointF(100.0, 250.0)


@pytest.fixture
def view(qtbot):
    made = shown(qtbot, chain())
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(lambda: made.hasFocus())
    return made


def double_click(view, at):
    QTest.mouseClick(view.viewport(), LEFT, pos=at)
    QTest.mouseDClick(view.viewport(), LEFT, pos=at)
    QTest.mouseRelease(view.viewport(), LEFT, pos=at)


def kinds(view):
    return [n.kind for n in view.document.design.nodes]


def type_into(view, text):
    QTest.keyClicks(view.node_search.popup.search, text)


def key(view, name):
    QTest.keyClick(view.node_search.popup.search, name)


def is_as_before(view):
    return view.document.design == chain() and len(view.canvas.items()) == 7


# ------------------------------------------------------------------------------ quick-add


def test_a_double_click_on_the_empty_canvas_asks_and_enter_adds_there(view):
    at = on_screen(view, EMPTY)
    double_click(view, at)
    assert view.node_search.is_open and view.node_search.popup.search.hasFocus()
    assert view.rect().contains(view.node_search.popup.geometry())
    type_into(view, "last")
    assert view.node_search.popup.titles() == ["Last step"]
    key(view, Key.Key_Return)
    added = view.document.design.nodes[-1]
    assert added.kind == "last_step" and view.node_item(added.id).frame().contains(EMPTY)
    assert added.x % 8 == 0 and added.y % 8 == 0
    assert view.selection.nodes == {added.id} and view.hasFocus() and not view.node_search.is_open
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert view.document.design == chain()


@pytest.mark.parametrize("target", ["node", "wire", "port"])
def test_a_double_click_on_something_asks_nothing(view, target):
    at = {
        "node": body(view, "cell"),
        "wire": on_screen(view, view.canvas.link_items["b"].path.pointAtPercent(0.5)),
        "port": port(view, "head", "logits", output=False),
    }[target]
    double_click(view, at)
    assert not view.node_search.is_open and view.document.design == chain()


def test_escape_adds_nothing_and_gives_the_keyboard_back(view):
    double_click(view, on_screen(view, EMPTY))
    type_into(view, "lstm")
    key(view, Key.Key_Escape)
    assert not view.node_search.is_open and view.hasFocus() and is_as_before(view)


def test_a_press_elsewhere_adds_nothing(view):
    double_click(view, on_screen(view, EMPTY))
    QTest.mouseClick(view.viewport(), LEFT, pos=QPoint(5, 5))
    assert not view.node_search.is_open and is_as_before(view)


def test_a_click_on_a_row_adds_it(view):
    double_click(view, on_screen(view, EMPTY))
    rows = view.node_search.popup.list
    item = next(rows.item(i) for i in range(rows.count()) if rows.item(i).text() == "Embedding")
    QTest.mousePress(rows.viewport(), LEFT, pos=rows.visualItemRect(item).center())
    assert view.node_search.is_open and view.node_search.popup.search.hasFocus()
    QTest.mouseRelease(rows.viewport(), LEFT, pos=rows.visualItemRect(item).center())
    assert kinds(view)[-1] == "embedding"


def test_arrows_and_tab_go_through_the_rows(view):
    double_click(view, on_screen(view, EMPTY))
    titles = view.node_search.popup.titles()
    assert titles == ["Tokens", "LSTM", "Embedding", "Last step", "Classes"], "as in the palette"
    for name in (Key.Key_Down, Key.Key_Tab, Key.Key_Down, Key.Key_Up):
        key(view, name)
    assert view.node_search.popup.list.currentItem().text() == "Embedding"
    assert view.node_search.popup.search.accessibleDescription().startswith("Embedding. ")
    key(view, Key.Key_Enter)
    assert kinds(view)[-1] == "embedding"


def test_letters_are_written_and_are_no_shortcuts(view):
    zoom = view.zoom
    double_click(view, on_screen(view, EMPTY))
    type_into(view, "f1zr")
    QTest.keyClick(view.node_search.popup.search, Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert view.node_search.popup.search.text() == "f1zr" and view.zoom == zoom and is_as_before(view)


def test_keys_and_presses_on_the_list_do_nothing_to_the_canvas(view):
    view.selection.set(["cell"])
    view.node_search.search_at(on_screen(view, EMPTY))
    for name in (Key.Key_D, Key.Key_G):
        QTest.keyClick(view.node_search.popup.search, name, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseClick(view.node_search.popup, LEFT, pos=QPoint(3, 3))
    assert view.node_search.is_open and view.selection.nodes == {"cell"} and is_as_before(view)


def test_what_is_not_there_is_said(view):
    double_click(view, on_screen(view, EMPTY))
    type_into(view, "xyzzy")
    assert view.node_search.popup.nothing.isVisible() and "xyzzy" in view.node_search.popup.nothing.text()
    key(view, Key.Key_Return)
    assert view.node_search.is_open and is_as_before(view)


def test_an_edit_from_elsewhere_closes_the_list(view):
    double_click(view, on_screen(view, EMPTY))
    view.document.edit("elsewhere", edits.set_name(view.document.design, "other"))
    assert not view.node_search.is_open


# ------------------------------------------------------------------------------ keys


def test_tab_asks_where_the_mouse_rests_on_an_empty_spot(view):
    QTest.mouseMove(view.viewport(), on_screen(view, EMPTY))
    keys(view, [Key.Key_Tab])
    assert view.node_search.is_open
    key(view, Key.Key_Escape)
    view.selection.set(["cell"])
    keys(view, [Key.Key_Tab])
    assert not view.node_search.is_open and view.selection.nodes == {"other"}, "with a node selected it walks"


def test_tab_walks_once_the_keyboard_is_at_work(view):
    QTest.mouseMove(view.viewport(), on_screen(view, EMPTY))
    view.show_keyboard(True)
    keys(view, [Key.Key_Tab])
    assert not view.node_search.is_open and view.selection.nodes == {"in"}


def test_insert_and_shift_a_ask_without_a_mouse(view):
    for name, modifier in (
        (Key.Key_Insert, Qt.KeyboardModifier.NoModifier),
        (Key.Key_A, Qt.KeyboardModifier.ShiftModifier),
    ):
        keys(view, [name], modifier)
        assert view.node_search.is_open
        key(view, Key.Key_Escape)
    assert is_as_before(view)


# ------------------------------------------------------------------------------ from a port


def test_a_wire_let_go_on_the_empty_canvas_offers_what_fits_and_links_it(view):
    start = port(view, "in", "tokens", output=True)
    end = on_screen(view, QPointF(200.0, 240.0))
    drag(view, start, start + QPoint(30, 60), end)
    assert view.node_search.popup.titles() == ["Embedding"], "only that reads tokens"
    assert len(view.canvas.items()) == 8, "the wire hangs meanwhile"
    key(view, Key.Key_Return)
    assert wires(view) == {
        "in.tokens -> embed.tokens", "embed.sequence -> cell.sequence", "in.tokens -> embedding.tokens",
    }  # fmt: skip
    at = port(view, "embedding", "tokens", output=False)
    assert (at - end).manhattanLength() <= 8, "its port is where the wire ended"
    assert view.document.undo_stack.count() == 1 and len(view.canvas.items()) == 9
    view.document.undo_stack.undo()
    assert is_as_before(view)


def test_a_node_that_is_added_at_the_edge_comes_into_view(view):
    start = port(view, "in", "tokens", output=True)
    room = view.viewport().rect()
    drag(view, start, start + QPoint(30, 60), QPoint(room.right() - 30, room.center().y()))
    key(view, Key.Key_Return)
    assert view.visible_scene_rect().contains(view.node_item("embedding").frame())


def test_a_wire_from_an_input_offers_what_gives_it(view):
    start = port(view, "head", "logits", output=False)
    drag(view, start, start + QPoint(-30, 60), on_screen(view, QPointF(520.0, 330.0)))
    titles = view.node_search.popup.titles()
    assert titles[0] == "LSTM" and "Tokens" not in titles and "Classes" not in titles
    type_into(view, "last")
    key(view, Key.Key_Return)
    assert "last_step.vector -> head.logits" in wires(view)


def test_escape_after_a_wire_takes_the_wire_away(view):
    start = port(view, "cell", "state", output=True)
    drag(view, start, start + QPoint(30, 60), on_screen(view, QPointF(650.0, 330.0)))
    assert view.node_search.popup.titles() == ["LSTM"]
    key(view, Key.Key_Escape)
    assert is_as_before(view) and view.document.undo_stack.count() == 0


def test_a_state_goes_on_to_the_state_of_the_new_cell(view):
    start = port(view, "cell", "state", output=True)
    drag(view, start, start + QPoint(30, 60), on_screen(view, QPointF(650.0, 330.0)))
    key(view, Key.Key_Return)
    assert "cell.state -> lstm.state" in wires(view)


def test_a_wire_let_go_over_a_node_asks_nothing(view):
    drag(view, port(view, "in", "tokens", output=True), body(view, "other") + QPoint(10, 6))
    assert not view.node_search.is_open and is_as_before(view)


# ------------------------------------------------------------------------------ into a wire


def middle(view, name):
    return on_screen(view, view.canvas.link_items[name].path.pointAtPercent(0.5))


def carry(view, kind, at, modifiers=Qt.KeyboardModifier.NoModifier, *, let_go=True):
    data, copy = kind_data(kind), Qt.DropAction.CopyAction
    QApplication.sendEvent(view.viewport(), QDragEnterEvent(at - QPoint(30, 70), copy, data, LEFT, modifiers))
    QApplication.sendEvent(view.viewport(), QDragMoveEvent(at, copy, data, LEFT, modifiers))
    if let_go:
        QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(at), copy, data, LEFT, modifiers))


def test_a_kind_dropped_on_a_wire_is_put_into_it_and_the_rest_moves_aside(view):
    drop(view, "lstm", middle(view, "b"))
    assert wires(view) == {
        "in.tokens -> embed.tokens", "embed.sequence -> lstm.sequence", "lstm.sequence -> cell.sequence",
    }  # fmt: skip
    design = view.document.design
    frames = [view.node_item(i).frame() for i in ("embed", "lstm", "cell")]
    assert all(a.right() + 32 <= b.left() for a, b in zip(frames, frames[1:], strict=False))
    assert design.node("embed").x == 184.0 and design.node("head").x - design.node("cell").x == 192.0
    assert view.selection.nodes == {"lstm"} and view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert is_as_before(view)


def test_a_wire_glows_while_what_fits_is_over_it(view):
    wire = view.canvas.link_items["b"]
    carry(view, "lstm", middle(view, "b"), let_go=False)
    assert wire.glowing
    keys(view, [Key.Key_Escape])
    assert not wire.glowing and is_as_before(view)


def test_what_does_not_fit_is_dropped_beside_the_wire(view):
    at = middle(view, "b")
    carry(view, "tokens", at, let_go=False)
    assert not view.canvas.link_items["b"].glowing
    drop(view, "tokens", at)
    assert len(view.document.design.links) == 2 and len(kinds(view)) == 6


def test_a_node_without_links_dragged_onto_a_wire_is_put_into_it(view):
    start = body(view, "other")
    press(view, start)
    move(view, start + QPoint(10, 0), middle(view, "b"))
    assert view.canvas.link_items["b"].glowing
    release(view, middle(view, "b"))
    assert {"embed.sequence -> other.sequence", "other.sequence -> cell.sequence"} <= wires(view)
    assert view.document.undo_stack.count() == 1
    assert view.node_item("cell").frame().left() > view.node_item("other").frame().right()
    view.document.undo_stack.undo()
    assert is_as_before(view)


def test_escape_puts_a_node_back_that_was_dragged_onto_a_wire(view):
    start = body(view, "other")
    press(view, start)
    move(view, start + QPoint(10, 0), middle(view, "b"))
    keys(view, [Key.Key_Escape])
    release(view, middle(view, "b"))
    assert is_as_before(view) and not view.canvas.link_items["b"].glowing


def test_a_node_with_links_is_only_moved(view):
    start = body(view, "in")
    drag(view, start, start + QPoint(10, 0), middle(view, "b"))
    assert len(view.document.design.links) == 2 and view.document.design.node("in").x != 0.0


def test_the_selected_wire_asks_what_shall_be_in_it(view):
    view.selection.set(links=["a"])
    keys(view, [Key.Key_Insert])
    assert view.node_search.popup.titles() == [], "nothing here turns tokens into tokens"
    assert view.node_search.popup.nothing.isVisible()
    key(view, Key.Key_Escape)
    view.selection.set(links=["b"])
    keys(view, [Key.Key_Insert])
    assert view.node_search.popup.titles() == ["LSTM"]
    key(view, Key.Key_Return)
    assert {"embed.sequence -> lstm.sequence", "lstm.sequence -> cell.sequence"} <= wires(view)
    assert view.document.undo_stack.count() == 1


def test_a_node_may_be_in_a_feedback_wire(qtbot):
    design = Design(
        nodes=(node("a", "lstm", 0), node("b", "lstm", 300)),
        links=(link("f", "a.sequence", "b.sequence"), link("g", "b.sequence", "a.sequence", 1)),
    )
    view = shown(qtbot, design)
    view.selection.set(links=["g"])
    keys(view, [Key.Key_Insert])
    key(view, Key.Key_Return)
    assert {"b.sequence ~> lstm.sequence", "lstm.sequence -> a.sequence"} <= wires(view)
    assert [(n.x, n.y) for n in view.document.design.nodes[:2]] == [(0.0, 0.0), (300.0, 0.0)]


# ------------------------------------------------------------------------------ replacing


def test_x_replaces_the_selected_node_and_keeps_what_fits(view):
    view.selection.set(["cell"])
    keys(view, [Key.Key_X])
    assert "LSTM" not in view.node_search.popup.titles()
    type_into(view, "last step")
    key(view, Key.Key_Return)
    node_ = view.document.design.node("cell")
    assert (node_.kind, node_.x, node_.y) == ("last_step", 368.0, 0.0)
    assert "embed.sequence -> cell.sequence" in wires(view)
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert view.document.design == chain()


def test_x_with_no_one_node_selected_says_what_it_needs(view, qtbot):
    with qtbot.waitSignal(view.reported):
        keys(view, [Key.Key_X])
    assert not view.node_search.is_open


def test_a_kind_dropped_with_alt_takes_a_nodes_place(view):
    at = body(view, "cell")
    carry(view, "last_step", at, Qt.KeyboardModifier.AltModifier)
    assert view.document.design.node("cell").kind == "last_step" and len(kinds(view)) == 5
    assert "embed.sequence -> cell.sequence" in wires(view) and not view.hint.isVisible()
    view.document.undo_stack.undo()
    assert is_as_before(view)


def test_a_cell_of_ones_own_can_be_looked_for(studio, qtbot):
    canvas = studio.canvas
    studio.window.show_canvas()
    canvas.node_search.set_user_cells([UserCell("Leaky", "h = 0.5 * h_prev + tanh(W @ x)")])
    canvas.node_search.search_at(QPoint(60, 60))
    type_into(canvas, "leaky")
    assert canvas.node_search.popup.titles()[0] == "Leaky"
    key(canvas, Key.Key_Return)
    (added,) = studio.document.design.nodes
    assert (added.kind, added.title) == ("equation_cell", "Leaky")
    assert added.params["equations"].startswith("h = 0.5")
