"""Acts on the drawing: nodes, links, positions, groups, frames and notes."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from rnnstudio.design import annotation, edits, grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Link
from rnnstudio.ui.canvas.commands import edit_commands
from rnnstudio.ui.canvas.tools.move_tool import Move
from tests.ui.canvas_kit import drop, run
from tests.ui.walk_registry import WORDS, act
from tests.ui.walking import Walk

# -------------------------------------------------------------------------------- nodes and links


@act(4)
def select(walk: Walk) -> None:
    if walk.rng.random() < 0.1:
        run(walk.view, "edit.select_all")
    elif walk.rng.random() < 0.1:
        walk.selection.clear()
    else:
        walk.select_some()


@act(6)
def add(walk: Walk) -> None:
    if not walk.crowded:
        kind = walk.rng.choice(list(walk.document.catalogue.nodes)).kind
        title = walk.rng.choice(WORDS) if walk.rng.random() < 0.3 else ""
        walk.view.add_node(kind, walk.point() if walk.rng.random() < 0.8 else None, title=title)


@act()
def add_by_search(walk: Walk) -> None:
    if not walk.crowded:
        walk.view.node_search.search_at(walk.view.mapFromScene(walk.point()))
        walk.choose_offer()


@act(3)
def add_behind_a_port(walk: Walk) -> None:
    node_id = walk.any_node()
    if node_id is None or walk.crowded:
        return
    spec = walk.view.canvas.kind_of(node_id)
    ports = [(node_id, port.name, True) for port in spec.outputs]
    ports += [(node_id, port.name, False) for port in spec.inputs]
    if ports:
        walk.view.node_search.search_for_port(walk.rng.choice(ports), walk.view.mapFromScene(walk.point()))
        walk.choose_offer()


@act(2)
def insert_into_a_link(walk: Walk) -> None:
    if walk.view.canvas.link_items and not walk.crowded:
        walk.view.node_search.search_for_link(walk.rng.choice(list(walk.view.canvas.link_items)))
        walk.choose_offer()


@act()
def drop_from_the_palette(walk: Walk) -> None:
    if walk.crowded:
        return
    wires = list(walk.view.canvas.link_items.values())
    at = walk.rng.choice(wires).path.pointAtPercent(0.5) if wires else walk.point()
    drop(walk.view, walk.rng.choice(list(walk.document.catalogue.nodes)).kind, walk.view.mapFromScene(at))


@act(2)
def replace(walk: Walk) -> None:
    node_id = walk.any_node()
    if node_id is not None and node_id in walk.view.canvas.node_items:
        walk.selection.set([node_id])
        run(walk.view, "edit.replace")
        walk.choose_offer()


@act(5)
def link(walk: Walk) -> None:
    walk.select_some()
    run(walk.view, "edit.link")
    walk.choose_offer()


@act(2)
def link_whatever_it_means(walk: Walk) -> None:
    """Add a link that only a file can contain: wrong signals, an occupied input, or an undelayed loop."""
    nodes, kinds = walk.design.nodes, walk.document.catalogue.nodes
    outputs = [(node.id, port.name) for node in nodes for port in kinds.get(node.kind).outputs]
    inputs = [(node.id, port.name) for node in nodes for port in kinds.get(node.kind).inputs]
    if outputs and inputs and len(walk.design.links) < 2 * len(nodes):
        ends = (*walk.rng.choice(outputs), *walk.rng.choice(inputs))
        wire = Link(edits.new_link_id(walk.design), *ends, walk.rng.randrange(2))
        walk.document.edit("Connect", edits.connect(walk.design, wire))


@act(2)
def reconnect(walk: Walk) -> None:
    nodes, kinds = walk.design.nodes, walk.document.catalogue.nodes
    inputs = [(node.id, port.name) for node in nodes for port in kinds.get(node.kind).inputs]
    if walk.design.links and inputs:
        target, port = walk.rng.choice(inputs)
        wire = walk.rng.choice(walk.design.links)
        moved = edits.replace_link(walk.design, wire.id, target=target, target_port=port)
        walk.document.edit("Move a link", moved)


@act(2)
def unlink(walk: Walk) -> None:
    if walk.view.canvas.link_items:
        walk.selection.set(links=[walk.rng.choice(list(walk.view.canvas.link_items))])
        run(walk.view, "edit.delete")


@act(3)
def delay(walk: Walk) -> None:
    if walk.view.canvas.link_items:
        walk.selection.set(links=[walk.rng.choice(list(walk.view.canvas.link_items))])
        run(walk.view, "edit.delay")


@act(2)
def delete(walk: Walk) -> None:
    walk.select_some()
    run(walk.view, "edit.delete")


@act(3)
def delete_and_heal(walk: Walk) -> None:
    walk.select_some()
    run(walk.view, "edit.delete_join")


# -------------------------------------------------------------------------------------- places


@act(2)
def nudge(walk: Walk) -> None:
    walk.select_some()
    edit_commands.nudge(walk.view, walk.rng.choice((-8.0, 8.0)), walk.rng.choice((0.0, 8.0)))


@act(4)
def drag(walk: Walk) -> None:
    """Drag the selection, possibly onto a group or into a wire, or cancel the drag."""
    if not walk.here:
        return
    grabbed = walk.rng.choice(walk.here)
    walk.select_some()
    if grabbed not in walk.selection.nodes:
        walk.selection.set([grabbed])
    start = walk.view.mapFromScene(walk.view.canvas.item(grabbed).pos())
    end = start + QPoint(walk.rng.randrange(-300, 300), walk.rng.randrange(-200, 200))
    if walk.rng.random() < 0.4:
        other = walk.view.canvas.item(walk.rng.choice(walk.here))
        end = walk.view.mapFromScene(other.frame().center())
    walk.view.begin(Move(walk.view, grabbed), start)
    for at in ((start + end) / 2, end):
        walk.view.gesture.move(at)
    if walk.rng.random() < 0.15:
        walk.view.cancel_gesture()
    else:
        walk.view.finish(end)


@act(3)
def arrange(walk: Walk) -> None:
    walk.select_some()
    ways = ("left", "centre", "right", "top", "middle", "bottom", "across", "down")
    run(walk.view, f"arrange.{walk.rng.choice(ways)}")


@act(2)
def tidy(walk: Walk) -> None:
    walk.select_some()
    run(walk.view, "arrange.tidy")


@act()
def load_preview(walk: Walk) -> None:
    """Zoom in or out, and paint."""
    if walk.rng.random() < 0.3:
        walk.view.fit()
    else:
        walk.view.zoom_to(walk.rng.choice((0.2, 0.5, 1.0, 1.0, 2.0)))
    if walk.rng.random() < 0.25:
        walk.view.grab()


# --------------------------------------------------------------------- groups, frames and notes


@act(5)
def group(walk: Walk) -> None:
    walk.select_some()
    run(walk.view, "arrange.group")
    walk.view.annotations.editor.finish(keep=False)


@act(4)
def fold(walk: Walk) -> None:
    walk.select_a_group()
    run(walk.view, "arrange.fold")


@act(2)
def unpack(walk: Walk) -> None:
    walk.select_a_group()
    run(walk.view, "arrange.unpack")


@act()
def open_around(walk: Walk) -> None:
    """Focus a node, as search and the list of problems do."""
    node_id = walk.any_node()
    if node_id is not None:
        walk.view.focus_node(node_id)


@act(2)
def frame_or_note(walk: Walk) -> None:
    if not walk.crowded:
        walk.select_some()
        run(walk.view, walk.rng.choice(("arrange.frame", "arrange.note")))
        walk.view.annotations.editor.finish(keep=True)


@act(3)
def write(walk: Walk) -> None:
    """Type a title or a text in place."""
    walk.select_some()
    run(walk.view, "edit.rename")
    editors, words = walk.view.annotations.editor, walk.rng.choice(WORDS)
    if isinstance(editors.field, QPlainTextEdit):
        editors.field.setPlainText(words)
    elif isinstance(editors.field, QLineEdit):
        editors.field.setText(words)
    editors.finish(keep=walk.rng.random() < 0.8)


@act()
def resize(walk: Walk) -> None:
    sized = (*walk.design.frames, *walk.design.comments)
    if sized:
        at, rng = walk.point(), walk.rng
        box = Rect(at.x(), at.y(), rng.uniform(-50, 900), rng.uniform(-50, 600))
        walk.document.edit("Resize", annotation.resize(walk.design, rng.choice(sized).id, box))


@act()
def name_a_port(walk: Walk) -> None:
    if walk.design.groups:
        group_id = walk.rng.choice(walk.design.groups).id
        ports = grouping.ports_of_group(walk.design, walk.document.catalogue, group_id)
        if ports:
            port, words = walk.rng.choice(ports), walk.rng.choice(WORDS)
            named = annotation.set_port_name(walk.design, group_id, f"{port.node}.{port.port}", words)
            walk.document.edit("Name a port", named)
