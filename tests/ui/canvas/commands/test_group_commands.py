"""Groups on the canvas, with real events: drawing, collapsing, moving, adding and copying."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnstudio.design import edits, grouping
from rnnstudio.design.model import Group
from rnnstudio.ui.canvas.items.annotation_items import GroupOutlineItem
from rnnstudio.ui.canvas.items.collapsed_group_item import CollapsedGroupItem
from tests.ui.canvas_kit import (
    body,
    chain,
    double_click,
    drag,
    drop,
    field,
    header,
    keys,
    link,
    move,
    on_screen,
    places,
    port,
    press,
    release,
    run,
    shown,
)

Key, Ctrl = Qt.Key, Qt.KeyboardModifier.ControlModifier
Left = Qt.MouseButton.LeftButton
CtrlShift = Ctrl | Qt.KeyboardModifier.ShiftModifier


def grouped(*, collapsed=False, nested=False):
    """Embedding and cell in a group, the cell's sequence linked to the head; maybe a group around it."""
    design = edits.connect(chain(), link("c", "cell.sequence", "head.logits"))
    outer = "outer" if nested else ""
    design = grouping.add_group(design, Group("group", 184.0, 0.0, "Reader", collapsed), ["embed", "cell"])
    if nested:
        design = grouping.add_group(design, Group(outer, 184.0, 0.0, "Model"), ["group", "other"])
    return design


@pytest.fixture
def view(qtbot):
    return shown(qtbot, grouped())


@pytest.fixture
def collapsed(qtbot):
    return shown(qtbot, grouped(collapsed=True))


@pytest.fixture
def plain(qtbot):
    view = shown(qtbot, chain())
    QApplication.processEvents()  # the window is active only now
    return view


def group(view, name="group"):
    return next(g for g in view.document.design.groups if g.id == name)


def test_a_collapsed_group_is_one_block_with_the_ports_that_are_linked_across_its_edge(collapsed):
    canvas = collapsed.canvas
    assert set(canvas.node_items) == {"in", "other", "head", "group"}
    assert set(canvas.link_items) == {"a", "c"}
    item = canvas.node_items["group"]
    assert [(p.name, p.output) for p in item.face.ports] == [
        ("Embedding · Tokens", False),
        ("LSTM · Sequence", True),
    ]
    for link_id, end, key in (("a", "inputs", "embed.tokens"), ("c", "outputs", "cell.sequence")):
        path = canvas.link_items[link_id].path
        at = path.pointAtPercent(1.0 if end == "inputs" else 0.0)
        assert (at - item.pos() - getattr(item.layout, end)[key]).manhattanLength() < 0.01


def test_a_collapsed_group_tells_how_many_nodes_and_weights_it_holds_and_the_names_of_its_ports(collapsed):
    item = collapsed.canvas.node_items["group"]
    assert item.summary() == "group · 2 nodes"
    report = collapsed.document.report
    assert item.weights == report.weights["embed"] + report.weights["cell"]
    named = grouping.change_group(collapsed.document.design, "group", names={"cell.sequence": "memory"})
    collapsed.document.edit("name", named)
    assert [p.name for p in item.face.ports] == ["Embedding · Tokens", "memory"]


def test_a_problem_inside_a_collapsed_group_shows_on_its_badge(collapsed):
    design = edits.remove(collapsed.document.design, link_ids=["b"])
    collapsed.document.edit("cut", design)
    collapsed.document.check_now()
    item = collapsed.canvas.node_items["group"]
    assert item.problems and item.problems[0].node == "cell"
    assert "LSTM · Sequence" in [p.name for p in item.face.ports if not p.output], "and can be linked there"


def test_a_wire_drawn_to_a_collapsed_group_joins_the_node_inside(qtbot):
    view = shown(qtbot, edits.remove(grouped(collapsed=True), link_ids=["c", "a"]))
    drag(view, port(view, "cell", "sequence", output=True), port(view, "head", "logits", output=False))
    drag(view, port(view, "in", "tokens", output=True), port(view, "embed", "tokens", output=False))
    made = view.document.design.links[1:]
    assert [(k.source, k.source_port, k.target, k.target_port) for k in made] == [
        ("cell", "sequence", "head", "logits"),
        ("in", "tokens", "embed", "tokens"),
    ]
    assert view.document.undo_stack.count() == 2


def test_the_end_of_a_wire_is_dragged_off_a_collapsed_group(collapsed):
    start = port(collapsed, "embed", "tokens", output=False)
    drag(collapsed, start, start + QPoint(-20, 90))
    assert [k.id for k in collapsed.document.design.links] == ["b", "c"]


def test_a_collapsed_group_moves_with_all_that_is_in_it_by_one_step(collapsed):
    at, before = body(collapsed, "group"), collapsed.document.design
    drag(collapsed, at, at + QPoint(0, 40), at + QPoint(0, 80))
    now = places(collapsed)
    assert (now["group"], now["embed"], now["cell"]) == ((184.0, 80.0), (184.0, 80.0), (368.0, 80.0))
    assert now["in"] == (0.0, 0.0) and collapsed.document.undo_stack.count() == 1
    collapsed.document.undo_stack.undo()
    assert collapsed.document.design == before and collapsed.node_item("group").pos() == QPointF(184.0, 0.0)


@pytest.mark.parametrize("how", ["double-click", "Enter", "G"])
def test_a_group_folds_and_opens(view, how):
    def turn():
        if how == "double-click":
            double_click(view, body(view, "group") if group(view).collapsed else header(view))
        else:
            view.selection.set(["group"])
            keys(view, [Key.Key_Return if how == "Enter" else Key.Key_G])

    before = view.document.design
    turn()
    assert group(view).collapsed and "embed" not in view.canvas.node_items
    assert view.selection.nodes == {"group"}
    turn()
    assert not group(view).collapsed and "embed" in view.canvas.node_items
    view.document.undo_stack.undo()
    view.document.undo_stack.undo()
    assert view.document.design == before


def test_a_selected_node_gives_way_to_the_group_that_folds_over_it(view):
    view.selection.set(["embed"], ["b"])
    keys(view, [Key.Key_G])
    assert view.selection.nodes == {"group"} and not view.selection.links
    view.document.undo_stack.undo()
    view.selection.set(["cell"])
    view.document.undo_stack.redo()
    assert view.selection.nodes == {"group"}, "nothing is selected that is not seen"


def test_the_button_of_an_open_group_folds_it_where_it_is_also_let_go(view):
    item = view.canvas.annotations.items["group"]
    button = on_screen(view, item.pos() + item.collapse_button_rect().center())
    press(view, button)
    release(view, button + QPoint(0, 60))
    assert not group(view).collapsed
    QTest.mouseClick(view.viewport(), Left, pos=button)
    assert group(view).collapsed


def test_of_nested_groups_the_outer_one_folds_over_the_inner_one(qtbot):
    view = shown(qtbot, grouped(nested=True))
    inner, outer = (view.canvas.annotations.items[i] for i in ("group", "outer"))
    assert isinstance(inner, GroupOutlineItem) and outer.frame().contains(inner.frame())
    view.annotations.set_collapsed(["group"], collapsed=True)
    assert outer.frame().contains(view.node_item("group").frame())
    view.annotations.set_collapsed(["outer"], collapsed=True)
    assert set(view.canvas.node_items) == {"in", "head", "outer"} and not view.canvas.annotations.items
    assert view.node_item("outer").summary() == "group · 3 nodes"


def test_going_to_a_node_opens_the_groups_around_it(qtbot):
    view = shown(qtbot, grouped(nested=True))
    view.annotations.set_collapsed(["group", "outer"], collapsed=True)
    view.focus_node("cell")
    assert view.selection.nodes == {"cell"} and "cell" in view.canvas.node_items
    view.document.undo_stack.undo()
    assert "cell" not in view.canvas.node_items, "one step takes it back"


def test_an_open_group_stands_around_its_nodes_and_follows_them(view):
    outline = view.canvas.annotations.items["group"]
    for name in ("embed", "cell"):
        assert outline.frame().contains(view.node_item(name).frame())
    at = body(view, "cell")
    press(view, at)
    move(view, at + QPoint(0, 40), at + QPoint(0, 80))
    assert outline.frame().contains(view.node_item("cell").frame()), "while the hand moves"
    keys(view, [Key.Key_Escape])
    assert outline.frame().bottom() < 120
    release(view, at)


def test_an_open_group_moves_by_its_header(view):
    at, before = header(view), view.document.design
    drag(view, at, at + QPoint(30, 40), at + QPoint(40, 80))
    assert (places(view)["embed"], places(view)["cell"]) == ((224.0, 80.0), (408.0, 80.0))
    assert places(view)["in"] == (0.0, 0.0)
    view.document.undo_stack.undo()
    assert view.document.design == before


def test_a_press_inside_an_open_group_but_beside_its_nodes_spans_a_band(view):
    frame = view.canvas.annotations.items["group"].frame()
    start = on_screen(view, QPointF(frame.center().x(), frame.bottom() - 6))
    press(view, start)
    assert type(view.gesture).__name__ == "Select"
    release(view, start)


def test_a_node_that_is_dropped_on_an_open_group_belongs_to_it(view):
    before, outline = view.document.design, view.canvas.annotations.items["group"]
    at = body(view, "head")
    there = on_screen(view, outline.frame().center() + QPointF(0, 20))
    press(view, at)
    move(view, (at + there) / 2, there)
    assert outline.comes
    release(view, there)
    assert view.document.design.node("head").group == "group" and not outline.comes
    assert view.document.undo_stack.count() == 1
    keys(view, [Key.Key_G], CtrlShift)
    assert view.document.design.node("head").group == "", "and is taken out by key"
    view.document.undo_stack.undo()
    view.document.undo_stack.undo()
    assert view.document.design == before


def test_escape_over_an_open_group_leaves_it_as_it_was(view):
    before, outline = view.document.design, view.canvas.annotations.items["group"]
    at = body(view, "head")
    press(view, at)
    move(view, at - QPoint(20, 0), on_screen(view, outline.frame().center()))
    keys(view, [Key.Key_Escape])
    release(view, at)
    assert view.document.design == before and not outline.comes


def test_a_node_from_the_palette_belongs_to_the_open_group_it_is_dropped_on(view):
    drop(view, "last_step", on_screen(view, view.canvas.annotations.items["group"].frame().center()))
    assert view.document.design.nodes[-1].group == "group"
    drop(view, "last_step", on_screen(view, QPointF(100, 300)))
    assert view.document.design.nodes[-1].group == ""


def test_group_and_unpack_by_key(plain):
    view = plain
    view.selection.set(["embed", "cell"])
    keys(view, [Key.Key_G], Ctrl)
    assert field(view) is not None and field(view).hasFocus()
    QTest.keyClicks(field(view), "Reader")
    QTest.keyClick(field(view), Key.Key_Return)
    made = view.document.design.groups[0]
    assert made.title == "Reader" and {n.id for n in view.document.design.nodes if n.group} == {
        "embed",
        "cell",
    }
    assert view.hasFocus() and view.selection.nodes == {made.id}
    keys(view, [Key.Key_G], CtrlShift)
    assert not view.document.design.groups and view.document.design.nodes == chain().nodes
    assert view.selection.nodes == {"embed", "cell"}
    for _ in range(3):
        view.document.undo_stack.undo()
    assert view.document.design == chain()


def test_a_group_and_one_in_it_unpacked_together_leave_their_nodes_selected(plain):
    view = plain
    for ids in (["embed"], ["group", "cell"]):
        view.selection.set(ids)
        run(view, "arrange.group")
        view.annotations.editor.finish(keep=False)
    view.selection.set(["group", "group2"])
    run(view, "arrange.unpack")
    assert not view.document.design.groups
    assert view.selection.nodes == {"embed", "cell"}


def test_a_group_of_a_group_and_a_node_holds_both(view):
    view.selection.set(["group", "embed", "other"])
    keys(view, [Key.Key_G], Ctrl)
    made = view.document.design.groups[-1]
    assert group(view).group == made.id and view.document.design.node("other").group == made.id
    assert view.document.design.node("embed").group == "group"


def test_a_copied_collapsed_group_comes_whole(collapsed):
    collapsed.selection.set(["group"])
    keys(collapsed, [Key.Key_C, Key.Key_V], Ctrl)
    assert [g.id for g in collapsed.document.design.groups] == ["group", "group2"]
    assert isinstance(collapsed.node_item("group2"), CollapsedGroupItem)
    keys(collapsed, [Key.Key_Delete])
    assert collapsed.document.design == grouped(collapsed=True)
