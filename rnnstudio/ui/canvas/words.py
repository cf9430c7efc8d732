"""What the canvas says in words: tooltips, the accessible name, the hint on an empty canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, QRectF

from rnnstudio.ui.canvas.link_item import LinkItem
from rnnstudio.ui.canvas.node_item import NodeItem
from rnnstudio.ui.canvas.scene import Port

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.view import CanvasView


def empty_hint() -> str:
    """Return how to begin."""
    return QCoreApplication.translate(
        "Canvas", "Drag a node from the palette, or double-click one there.\nThen join ports by dragging."
    )


def tooltip(view: CanvasView, at: QPoint) -> str:
    """Return what to say of the thing under a point of the viewport."""
    port = view.port_under(at)
    if port is not None:
        return port_words(view, port)
    point = view.mapToScene(at)
    item = view.canvas.node_at(point)
    if item is not None:
        return node_words(item, on_badge=QRectF(item.badge_rect()).contains(point - item.pos()))
    wire = view.canvas.link_at(point)
    return link_words(view, wire) if wire is not None else ""


def port_words(view: CanvasView, port: Port) -> str:
    """Return a port's title, whether it may stay open, and its shape."""
    node, name, output = port
    item = view.canvas.node_items[node]
    spec = None if item.spec is None else item.spec.output(name) if output else item.spec.input(name)
    title = spec.title if spec is not None else name
    shape = view.canvas.port_shape(node, name, output)
    if shape is not None:
        return f"{title} · {shape}"
    if spec is not None and not output and not spec.required:
        return QCoreApplication.translate("Canvas", "{0} · optional").format(title)
    return title


def node_words(item: NodeItem, *, on_badge: bool) -> str:
    """Return a node's problems on its badge; else its title with kind and problems."""
    sentences = "\n".join(problem.sentence for problem in item.problems)
    if on_badge and sentences:
        return sentences
    kind = item.spec.title if item.spec is not None else item.node.kind
    title = item.layout.full_title
    head = title if title == kind else f"{title} · {kind}"
    return f"{head}\n{sentences}" if sentences else head


def link_words(view: CanvasView, wire: LinkItem) -> str:
    """Return from where to where a wire runs, what it carries, and its problems."""
    items = view.canvas.node_items
    ends = [items[i].layout.full_title if i in items else i for i in (wire.link.source, wire.link.target)]
    lines = [f"{ends[0]} → {ends[1]}" + (f" · {wire.label}" if wire.label else "")]
    lines += [problem.sentence for problem in wire.problems]
    return "\n".join(lines)


def accessible_name(view: CanvasView) -> str:
    """Return what a screen reader says of the canvas: its selection, with kind and problems."""
    nodes, links = view.selection.nodes, view.selection.links
    if len(nodes) == 1:
        item = view.canvas.node_items.get(next(iter(nodes)))
        if item is not None:
            words = node_words(item, on_badge=False).replace("\n", ". ")
            return QCoreApplication.translate("Canvas", "Canvas, {0}").format(words)
    if not nodes and len(links) == 1:
        wire = view.canvas.link_items.get(next(iter(links)))
        if wire is not None:
            words = link_words(view, wire).replace("\n", ". ")
            return QCoreApplication.translate("Canvas", "Canvas, link {0}").format(words)
    if nodes or links:
        return QCoreApplication.translate("Canvas", "Canvas, {0} nodes and {1} links selected").format(
            len(nodes), len(links)
        )
    count = len(view.document.design.nodes)
    if count == 1:
        return QCoreApplication.translate("Canvas", "Canvas, one node")
    return QCoreApplication.translate("Canvas", "Canvas, {0} nodes").format(count)
