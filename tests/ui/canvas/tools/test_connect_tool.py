"""Detaching, cutting, reconnecting, delaying links, and connecting by keyboard, with real events."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from rnnstudio.design.model import Design
from tests.ui.canvas_kit import (
    along,
    chain,
    drag,
    keys,
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
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def view(qtbot):
    return shown(qtbot, chain())


def undone(view, before=None):
    """Undo the one step that there is, and say whether all is as before."""
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    return view.document.design == (before or chain())


def fan():
    """A cell whose output feeds two, one of them by a long wire, and another cell to feed from."""
    return Design(
        nodes=(
            node("a", "lstm", 0),
            node("b", "lstm", 400),
            node("c", "lstm", 400, 160),
            node("d", "lstm", 0, 240),
        ),
        links=(link("ab", "a.sequence", "b.sequence"), link("ac", "a.sequence", "c.sequence")),
    )


def near_start(view, name):
    """Return a point on a wire just outside what its source port takes hold of."""
    return along(view, name, 18.0 / view.canvas.link_items[name].path.length())


def test_a_wire_pressed_near_its_start_moves_to_another_output(qtbot):
    view = shown(qtbot, fan())
    drag(view, near_start(view, "ac"), port(view, "d", "sequence", output=True))
    assert wires(view) == {"a.sequence -> b.sequence", "d.sequence -> c.sequence"}
    assert view.document.design.link("ac").source == "d"
    assert undone(view, fan())


def test_a_wire_pulled_off_its_start_and_let_go_is_removed(qtbot):
    view = shown(qtbot, fan())
    start = near_start(view, "ac")
    drag(view, start, start + QPoint(30, 60), on_screen(view, QPointF(200.0, 330.0)))
    assert wires(view) == {"a.sequence -> b.sequence"} and not view.node_search.is_open


def test_a_wire_put_back_on_its_own_output_changes_nothing(qtbot):
    view = shown(qtbot, fan())
    start = near_start(view, "ac")
    drag(view, start, start + QPoint(40, 60), port(view, "a", "sequence", output=True))
    assert view.document.undo_stack.count() == 0


def test_escape_leaves_a_wire_that_was_pulled_off_its_start(qtbot):
    view = shown(qtbot, fan())
    start, end = near_start(view, "ac"), port(view, "d", "sequence", output=True)
    press(view, start)
    move(view, start + QPoint(20, 20), end)
    assert view.canvas.port_state("d", "sequence", True) == "held"
    keys(view, [Key.Key_Escape])
    release(view, end)
    assert view.document.design == fan() and not view.canvas.link_items["ac"].faded


def test_a_press_in_the_middle_of_a_wire_only_selects_it(qtbot):
    view = shown(qtbot, fan())
    drag(view, along(view, "ab", 0.5), along(view, "ab", 0.5) + QPoint(0, 60))
    assert view.selection.links == {"ab"} and view.document.design == fan()


def across(view, *points):
    """Draw over scene points with Alt held, and keep the button down."""
    places = [on_screen(view, QPointF(*at)) for at in points]
    QTest.mousePress(view.viewport(), LEFT, ALT, places[0])
    move(view, *places[1:])
    return places[-1]


def test_wires_crossed_with_alt_are_cut_as_one_step(view):
    end = across(view, (100.0, -40.0), (170.0, 24.0), (140.0, 120.0), (340.0, 120.0), (340.0, -40.0))
    assert [view.canvas.link_items[i].faded for i in ("a", "b")] == [True, True]
    assert view.document.design == chain(), "they are shown first"
    release(view, end)
    assert wires(view) == set() and len(view.document.design.nodes) == 5
    assert view.document.undo_stack.undoText() == "Cut 2 links"
    assert undone(view)


def test_a_fast_hand_cuts_what_lies_between_two_moves(view):
    release(view, across(view, (172.0, -200.0), (172.0, 200.0)))
    assert wires(view) == {"embed.sequence -> cell.sequence"}


def test_escape_leaves_crossed_wires_whole(view):
    end = across(view, (172.0, -200.0), (172.0, 200.0))
    keys(view, [Key.Key_Escape])
    release(view, end)
    assert view.document.design == chain() and not view.canvas.link_items["a"].faded
    assert len(view.canvas.items()) == 7


def test_a_line_across_nothing_cuts_nothing(view):
    release(view, across(view, (0.0, 200.0), (300.0, 230.0)))
    assert view.document.undo_stack.count() == 0


def row():
    return Design(
        nodes=(node("a", "lstm", 0), node("b", "lstm", 200), node("c", "lstm", 400)),
        links=(link("ab", "a.sequence", "b.sequence"), link("bc", "b.sequence", "c.sequence")),
    )


@pytest.mark.parametrize("name", [Key.Key_Delete, Key.Key_Backspace])
def test_ctrl_delete_joins_what_remains(qtbot, name):
    view = shown(qtbot, row())
    view.selection.set(["b"])
    keys(view, [name], CTRL)
    assert wires(view) == {"a.sequence -> c.sequence"} and not view.selection
    assert undone(view, row())


def test_ctrl_delete_just_deletes_where_nothing_fits(view):
    view.selection.set(["embed"])
    keys(view, [Key.Key_Delete], CTRL)
    assert wires(view) == set() and len(view.document.design.nodes) == 4


def test_ctrl_delete_of_a_wire_deletes_it(view):
    view.selection.set(links=["a"])
    keys(view, [Key.Key_Delete], CTRL)
    assert wires(view) == {"embed.sequence -> cell.sequence"}


def test_a_wire_drawn_back_is_delayed_and_says_so(qtbot):
    design = Design(
        nodes=(node("a", "lstm", 0), node("b", "lstm", 300)),
        links=(link("ab", "a.sequence", "b.sequence"),),
    )
    view = shown(qtbot, design)
    start, end = port(view, "b", "sequence", output=True), port(view, "a", "sequence", output=False)
    press(view, start)
    move(view, start + QPoint(20, 20), end)
    assert view.hint.isVisible() and "one step later" in view.hint.text()
    release(view, end)
    assert wires(view) == {"a.sequence -> b.sequence", "b.sequence ~> a.sequence"}
    assert not view.hint.isVisible()
    wire = view.canvas.link_items[view.document.design.links[-1].id]
    assert wire.label.startswith("z⁻¹")
    frames = [view.node_item(i).frame() for i in ("a", "b")]
    points = [wire.path.pointAtPercent(n / 50) for n in range(2, 49)]
    assert not any(f.contains(at) for f in frames for at in points), "it runs round the nodes"
    assert undone(view, design)


def test_a_node_may_feed_itself_and_the_loop_shows(view):
    drag(view, port(view, "other", "sequence", output=True), port(view, "other", "sequence", output=False))
    made = view.document.design.links[-1]
    assert (made.source, made.target, made.delay) == ("other", "other", 1)
    path = view.canvas.link_items[made.id].path
    assert path.boundingRect().bottom() > view.node_item("other").frame().bottom()
    assert undone(view)


def test_a_loop_of_one_node_without_a_delay_shows_too(qtbot):
    view = shown(qtbot, Design(nodes=(node("a", "lstm", 0),), links=(link("l", "a.sequence", "a.sequence"),)))
    assert view.canvas.link_items["l"].path.boundingRect().bottom() > view.node_item("a").frame().bottom()


def test_z_delays_the_selected_wire_and_takes_the_delay_off_again(view):
    view.selection.set(links=["b"])
    keys(view, [Key.Key_Z])
    assert "embed.sequence ~> cell.sequence" in wires(view) and view.selection.links == {"b"}
    keys(view, [Key.Key_Z])
    assert view.document.design == chain() and view.document.undo_stack.count() == 2
    view.document.undo_stack.undo()
    assert view.document.design.link("b").delay == 1


def test_z_delays_all_selected_wires_where_some_have_none(qtbot):
    design = Design(
        nodes=(node("a", "lstm", 0), node("b", "lstm", 200), node("c", "lstm", 400)),
        links=(link("ab", "a.sequence", "b.sequence", 1), link("bc", "b.sequence", "c.sequence")),
    )
    view = shown(qtbot, design)
    view.selection.set(links=["ab", "bc"])
    keys(view, [Key.Key_Z])
    assert all(k.delay == 1 for k in view.document.design.links) and undone(view, design)


def test_what_cannot_wait_is_reported(view, qtbot):
    view.selection.set(links=["a"])
    with qtbot.waitSignal(view.reported) as reported:
        keys(view, [Key.Key_Z])
    assert reported.args[0].startswith("Only a sequence of features") and view.document.design == chain()


def test_a_delay_that_holds_a_loop_open_stays(qtbot):
    design = Design(nodes=(node("a", "lstm", 0),), links=(link("l", "a.sequence", "a.sequence", 1),))
    view = shown(qtbot, design)
    view.selection.set(links=["l"])
    with qtbot.waitSignal(view.reported) as reported:
        keys(view, [Key.Key_Z])
    assert "one time step" in reported.args[0] and view.document.design == design


def test_z_without_a_wire_says_what_it_needs(view, qtbot):
    with qtbot.waitSignal(view.reported):
        keys(view, [Key.Key_Z])


def test_a_delayed_wire_that_is_moved_stays_delayed(qtbot):
    design = Design(
        nodes=(node("a", "lstm", 0), node("b", "lstm", 300), node("c", "lstm", 300, 160)),
        links=(link("ab", "a.sequence", "b.sequence", 1),),
    )
    view = shown(qtbot, design)
    drag(view, port(view, "b", "sequence", output=False), port(view, "c", "sequence", output=False))
    assert wires(view) == {"a.sequence ~> c.sequence"}


def in_list(view, *names):
    for name in names:
        QTest.keyClick(view.node_search.popup.search, name)


def test_c_lists_the_ports_that_fit_and_shows_the_wire_first(view):
    view.selection.set(["cell"])
    keys(view, [Key.Key_C])
    titles = view.node_search.popup.titles()
    assert titles[0] == "→ Classes · Logits", "the nearest first"
    assert {"→ LSTM (other) · Sequence", "→ LSTM (other) · State", "← LSTM (other) · State"} <= set(titles)
    assert not any("Embedding" in title for title in titles), "its input is taken"
    assert len(view.canvas.items()) == 8 and view.document.design == chain()
    QTest.keyClicks(view.node_search.popup.search, "classes")
    in_list(view, Key.Key_Return)
    assert "cell.sequence -> head.logits" in wires(view) and len(view.canvas.items()) == 8
    assert undone(view)


def test_c_delays_what_would_close_a_loop(view):
    view.selection.set(["other"])
    keys(view, [Key.Key_C])
    QTest.keyClicks(view.node_search.popup.search, "other sequence")
    assert view.node_search.popup.titles() == ["→ LSTM (other) · Sequence"]
    in_list(view, Key.Key_Return)
    assert "other.sequence ~> other.sequence" in wires(view)


def test_escape_leaves_the_list_of_ports_without_a_link(view):
    view.selection.set(["cell"])
    keys(view, [Key.Key_C])
    in_list(view, Key.Key_Down, Key.Key_Escape)
    assert view.document.design == chain() and len(view.canvas.items()) == 7
    double = view.node_search
    double.search_at(QPoint(50, 50))
    assert len(view.canvas.items()) == 7, "no wire belongs to the next list"
    double.close()


def test_c_says_why_what_is_typed_cannot_be_linked(view):
    view.selection.set(["cell"])
    keys(view, [Key.Key_C])
    popup = view.node_search.popup
    QTest.keyClicks(popup.search, "embedding")
    assert popup.titles() == [] and popup.nothing.isVisible()
    assert "Embedding" in popup.nothing.text() and "is called" not in popup.nothing.text()
    assert popup.search.accessibleDescription() == popup.nothing.text()
    in_list(view, Key.Key_Return, Key.Key_Escape)
    assert view.document.design == chain()


def test_c_without_one_node_says_what_it_needs(view, qtbot):
    with qtbot.waitSignal(view.reported):
        keys(view, [Key.Key_C])


def test_shift_a_adds_behind_the_node_that_the_keyboard_is_at(view):
    keys(view, [Key.Key_Tab, Key.Key_Tab])
    assert view.selection.nodes == {"embed"}
    keys(view, [Key.Key_A], Qt.KeyboardModifier.ShiftModifier)
    assert "Tokens" not in view.node_search.popup.titles()
    in_list(view, Key.Key_Return)
    assert "embed.sequence -> lstm.sequence" in wires(view)
    frames = [item.frame() for name, item in view.canvas.node_items.items() if name != "lstm"]
    assert not any(frame.intersects(view.node_item("lstm").frame()) for frame in frames)
    assert undone(view)
