"""Random edits of groups, frames and notes: the canvas shows the document, and codec accepts it."""

import random

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from rnnstudio.design import codec, edits, grouping
from tests.ui.canvas_kit import chain, drag, keys, link, on_screen, run, shown

Key, Ctrl = Qt.Key, Qt.KeyboardModifier.ControlModifier


def assert_shows(view):
    design, canvas = view.document.design, view.canvas
    drawn = grouping.visible_part(design)
    blocks = {n.id for n in drawn.nodes} | {g.id for g in drawn.collapsed}
    assert set(canvas.node_items) == blocks
    assert {i: wire.link for i, wire in canvas.link_items.items()} == {k.id: k for k in drawn.links}
    behind = {
        g.id for g in design.groups if not any(o.collapsed for o in grouping.enclosing_groups(design, g.id))
    }
    behind |= {element.id for element in (*design.frames, *design.comments)}
    assert set(canvas.annotations.items) == behind
    assert len(canvas.items()) == len(blocks) + len(drawn.links) + len(behind), "and nothing else"
    for group in design.groups:
        if group.id in behind:
            outline = canvas.annotations.items[group.id].frame()
            inside = grouping.descendants(design, [group.id]) & (blocks | behind)
            assert all(outline.contains(canvas.item(i).frame()) for i in inside)
    for element in design.elements:
        if element.id in blocks or element in (*design.frames, *design.comments):
            assert canvas.item(element.id).pos() == QPointF(element.x, element.y)
    for wire in drawn.links:
        path = canvas.link_items[wire.id].path
        for share, port in (
            (0.0, (wire.source, wire.source_port, True)),
            (1.0, (wire.target, wire.target_port, False)),
        ):
            assert (path.pointAtPercent(share) - canvas.port_position(port)).manhattanLength() < 0.01
    assert view.selection.nodes <= blocks | behind and view.selection.links <= canvas.link_items.keys()
    assert codec.decode(codec.encode(design)) == design
    held = {outer.id for n in design.nodes for outer in grouping.enclosing_groups(design, n.group)}
    assert {group.id for group in design.groups} <= held, "no group is empty"


def start():
    design = edits.connect(chain(), link("c", "cell.sequence", "head.logits"))
    return edits.connect(design, link("d", "cell.state", "other.state"))


@pytest.mark.parametrize("seed", range(6))
def test_after_a_random_walk_the_canvas_equals_the_document(qtbot, seed):
    view, rng = shown(qtbot, start()), random.Random(seed)
    doc = view.document
    acts = (
        "arrange.group", "arrange.group", "arrange.unpack", "arrange.fold", "arrange.fold", "arrange.frame",
        "arrange.note", "edit.delete", "edit.duplicate", "edit.cut", "edit.paste", doc.undo_stack.undo,
        doc.undo_stack.undo, doc.undo_stack.redo, "nudge", "drag", "reveal", "add",
    )  # fmt: skip
    for _ in range(70):
        here = [*view.canvas.node_items, *view.canvas.annotations.items]
        if rng.random() < 0.8:
            view.selection.set(rng.sample(here, min(len(here), rng.randint(1, 3))))
        act = rng.choice(acts)
        if callable(act):
            act()
        elif "." in act:
            if act in ("edit.duplicate", "edit.paste") and len(doc.design.elements) > 30:
                continue
            run(view, act)
            view.annotations.editor.finish(keep=False)
        elif act == "nudge":
            keys(view, [rng.choice((Key.Key_Left, Key.Key_Down))], Qt.KeyboardModifier.ControlModifier)
        elif act == "drag" and here:
            item = view.canvas.item(rng.choice(here))
            at = on_screen(view, item.frame().topLeft() + QPointF(40, 14))
            drag(view, at, at + QPoint(rng.randrange(-90, 90), rng.randrange(-90, 90)))
            view.node_search.close()  # a port may have been there
        elif act == "reveal" and doc.design.nodes:
            view.focus_node(rng.choice(doc.design.nodes).id)
        elif act == "add":
            view.add_node("last_step", QPointF(rng.randrange(800), rng.randrange(300)))
        if rng.random() < 0.3:
            doc.check_now()
        assert_shows(view)
    while doc.undo_stack.canUndo():
        doc.undo_stack.undo()
    assert_shows(view)
    assert doc.design == start()
