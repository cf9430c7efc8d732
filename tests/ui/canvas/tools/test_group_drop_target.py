"""Dragging out of expanded groups and into others, with real events; pasting into groups."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from rnnstudio.design import edits, grouping
from rnnstudio.design.model import Frame, Group, NodeId
from rnnstudio.ui.canvas.accessibility import descriptions
from tests.ui.canvas_kit import body, chain, drag, keys, move, on_screen, press, release, shown

Key, Ctrl = Qt.Key, Qt.KeyboardModifier.ControlModifier
FAR = QPoint(0, 220)


def grouped(nested=False):
    """Embedding and cell in "Reader", the head alone in "Answer"; maybe both in "Model"."""
    design = grouping.add_group(chain(), Group(NodeId("reader"), 184.0, 0.0, "Reader"), ["embed", "cell"])
    design = grouping.add_group(design, Group(NodeId("answer"), 560.0, 0.0, "Answer"), ["head"])
    if nested:
        design = grouping.add_group(design, Group(NodeId("model"), 184.0, 0.0, "Model"), ["reader", "answer"])
    return design


@pytest.fixture
def view(qtbot):
    return shown(qtbot, grouped())


def home(view, name):
    design = view.document.design
    return next(t.group for t in (*design.nodes, *design.groups) if t.id == name)


def outline(view, name):
    return view.canvas.annotations.items[name]


def carry(view, name, by):
    """Drag a node, and keep the button down."""
    at = body(view, name)
    press(view, at)
    move(view, at + by / 2, at + by)
    return at + by


def test_a_node_that_is_dropped_clear_of_its_group_leaves_it(view):
    before = outline(view, "reader").frame()
    end = carry(view, "cell", FAR)
    assert outline(view, "reader").goes, "it is seen before"
    assert not outline(view, "reader").frame().intersects(view.node_item("cell").frame())
    assert view.hint.text() == "Leaves “Reader”; Ctrl keeps it there" and view.hint.isVisible()
    release(view, end)
    assert home(view, "cell") == "" and home(view, "embed") == "reader"
    assert not outline(view, "reader").goes and not view.hint.isVisible()
    assert outline(view, "reader").frame().width() < before.width()
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert view.document.design == grouped() and outline(view, "reader").frame() == before


def test_a_node_that_is_dropped_near_its_group_stays_and_the_group_grows(view):
    before = outline(view, "reader").frame()
    end = carry(view, "cell", QPoint(0, 136))
    assert not outline(view, "reader").goes and not view.hint.isVisible()
    release(view, end)
    assert home(view, "cell") == "reader"
    assert outline(view, "reader").frame().bottom() == before.bottom() + 136


def test_it_is_the_outline_from_before_the_drag_that_a_node_leaves(view):
    at = body(view, "cell")
    press(view, at)
    move(view, *(at + QPoint(0, 8 * step) for step in range(1, 28)))
    release(view, at + QPoint(0, 216))
    assert home(view, "cell") == "", "and not one that grows ahead of it"


def test_with_ctrl_a_node_takes_the_edge_of_its_group_along(view):
    end = carry(view, "cell", FAR)
    QTest.keyPress(view, Key.Key_Control)
    assert not outline(view, "reader").goes and view.hint.text() == "Stays in “Reader”"
    assert outline(view, "reader").frame().contains(view.node_item("cell").frame())
    release(view, end)
    assert home(view, "cell") == "reader" and view.document.design.node("cell").y == 220.0 + 4.0
    view.document.undo_stack.undo()
    assert view.document.design == grouped()


def test_letting_ctrl_go_lets_the_node_leave_after_all(view):
    end = carry(view, "cell", FAR)
    QTest.keyPress(view, Key.Key_Control)
    QTest.keyRelease(view, Key.Key_Control, Ctrl)
    assert outline(view, "reader").goes
    release(view, end)
    assert home(view, "cell") == ""


def test_esc_on_the_way_out_leaves_everything_as_it_was(view):
    before = outline(view, "reader").frame()
    end = carry(view, "cell", FAR)
    keys(view, [Key.Key_Escape])
    assert outline(view, "reader").frame() == before and not outline(view, "reader").goes
    assert not view.hint.isVisible()
    release(view, end)
    assert view.document.design == grouped() and view.document.undo_stack.count() == 0


def test_a_node_goes_from_one_group_into_another_by_one_step(view):
    middle = on_screen(view, outline(view, "answer").frame().center())
    end = carry(view, "cell", middle - body(view, "cell"))
    assert outline(view, "answer").comes and outline(view, "reader").goes
    assert view.hint.text() == "Into “Answer”"
    release(view, end)
    assert home(view, "cell") == "answer" and not outline(view, "answer").comes
    assert view.document.undo_stack.count() == 1
    view.document.undo_stack.undo()
    assert view.document.design == grouped()


def test_a_group_whose_every_node_is_dragged_moves_and_is_not_left(view):
    drag(view, body(view, "head"), body(view, "head") + FAR)
    assert home(view, "head") == "answer"
    view.selection.set(["embed", "cell"])
    drag(view, body(view, "cell"), body(view, "cell") + FAR)
    assert home(view, "cell") == home(view, "embed") == "reader"


def test_a_group_is_dragged_into_another_and_out_again(view):
    header = on_screen(view, outline(view, "answer").frame().topLeft() + QPointF(60, 12))
    there = on_screen(view, outline(view, "reader").frame().center() + QPointF(0, 40))
    drag(view, header, there)
    assert home(view, "answer") == "reader"
    header = on_screen(view, outline(view, "answer").frame().topLeft() + QPointF(60, 12))
    drag(view, header, header + QPoint(0, 240))
    assert home(view, "answer") == ""


def test_out_of_an_inner_group_a_node_comes_into_the_one_around_it(qtbot):
    view = shown(qtbot, grouped(nested=True))
    view.document.edit("far", edits.move(view.document.design, {NodeId("answer"): (560.0, 400.0)}))
    drag(view, body(view, "cell"), body(view, "cell") + FAR)
    assert home(view, "cell") == "model"
    drag(view, body(view, "cell"), body(view, "cell") - QPoint(400, -20))
    assert home(view, "cell") == ""


def test_a_frame_that_leaves_a_group_takes_its_nodes_out(qtbot):
    frame = Frame(NodeId("frame"), 352.0, -36.0, 160.0, 120.0, "Cell")
    view = shown(qtbot, replace(grouped(), frames=(frame,)))
    at = on_screen(view, QPointF(504.0, -24.0))
    drag(view, at, at + FAR)
    assert view.document.design.node("cell").y >= 200.0 and home(view, "cell") == ""


def test_a_node_beside_all_groups_says_nothing(view):
    end = carry(view, "other", QPoint(0, 40))
    assert not view.hint.isVisible()
    release(view, end)
    assert home(view, "other") == ""


# ------------------------------------------------------------------------------ copies


@pytest.mark.parametrize("how", ["duplicate", "paste"])
def test_a_copy_of_a_grouped_node_is_in_the_same_group(view, how):
    view.selection.set(["cell"])
    keys(view, [Key.Key_D] if how == "duplicate" else [Key.Key_C, Key.Key_V], Ctrl)
    copy = view.document.design.nodes[-1]
    assert copy.id == "cell2" and copy.group == "reader"
    assert outline(view, "reader").frame().contains(view.node_item(copy.id).frame())
    view.document.undo_stack.undo()
    assert view.document.design == grouped()


def test_a_node_that_is_pasted_elsewhere_is_in_no_group(view):
    view.selection.set(["cell"])
    keys(view, [Key.Key_C], Ctrl)
    view.centerOn(4000.0, 4000.0)
    keys(view, [Key.Key_V], Ctrl)
    assert view.document.design.nodes[-1].group == ""


def test_a_copy_of_a_group_in_a_group_stays_beside_it(qtbot):
    view = shown(qtbot, grouped(nested=True))
    view.selection.set(["reader"])
    keys(view, [Key.Key_D], Ctrl)
    assert home(view, "reader2") == "model"
    copies = [node for node in view.document.design.nodes if node.group == "reader2"]
    assert len(copies) == 2


def test_the_tooltip_of_an_open_group_says_how_nodes_come_and_go(view):
    at = on_screen(view, outline(view, "reader").frame().topLeft() + QPointF(60, 12))
    assert descriptions.tooltip(view, at).splitlines() == ["Reader · Group", descriptions.group_hint()]
