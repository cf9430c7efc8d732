"""The arrows walk from node to node: right and left along links, up and down to the nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from rnnstudio.design.model import NodeId
from rnnstudio.ui.canvas.items.node_item import NodeItem

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.view import CanvasView

Key = Qt.Key
_SIDEWAYS = 2.0  # a node straight above is nearer than one as far away aslant


def step(view: CanvasView, key: Qt.Key) -> None:
    """Select where an arrow leads from what is selected; with nothing selected, the node in the middle."""
    view.show_keyboard(True)
    here = _here(view)
    if here is None:
        middle = _middle(view)
        nearest = min(view.canvas.node_items.values(), key=lambda item: _apart(item, middle), default=None)
        if nearest is not None:
            view.focus_node(nearest.node.id)
        return
    along = key in (Key.Key_Left, Key.Key_Right)
    to = _along(view, here, forward=key == Key.Key_Right) if along else _beside(view, here, key)
    if to is not None:
        view.focus_node(to.node.id)
    elif along:
        words = view.tr("No link leaves {0}.") if key == Key.Key_Right else view.tr("No link enters {0}.")
        view.told.emit(words.format(here.layout.full_title))


def _here(view: CanvasView) -> NodeItem | None:
    """Return the block that a walk starts at: the selected one, or the source of the selected link."""
    items = view.canvas.node_items
    chosen = [items[node_id] for node_id in view.selection.nodes if node_id in items]
    if chosen:
        return min(chosen, key=lambda item: (item.pos().x(), item.pos().y()))
    for link in view.document.design.links:
        if link.id in view.selection.links:
            return view.canvas.block(link.source)
    return None


def _middle(view: CanvasView) -> QPointF:
    """Return where a walk begins that starts at no block: at a selected frame or note, else amid the view."""
    things = (view.canvas.item(thing_id) for thing_id in sorted(view.selection.nodes))
    at = next((item.frame().center() for item in things if item is not None), None)
    return at if at is not None else view.visible_scene_rect().center()


def _along(view: CanvasView, here: NodeItem, *, forward: bool) -> NodeItem | None:
    """Return the block at the other end of a link, of several the one nearest in height."""
    ends: dict[NodeId, NodeItem] = {}
    for link in view.document.design.links:
        source, target = view.canvas.block(link.source), view.canvas.block(link.target)
        near, other = (source, target) if forward else (target, source)
        if near is here and other is not None and other is not here:
            ends[other.node.id] = other
    level = here.frame().center().y()
    return min(
        ends.values(),
        key=lambda item: (abs(item.frame().center().y() - level), item.frame().y(), item.frame().x()),
        default=None,
    )


def _beside(view: CanvasView, here: NodeItem, key: Qt.Key) -> NodeItem | None:
    """Return the nearest block above or below."""
    at = here.frame().center()
    sign = -1.0 if key == Key.Key_Up else 1.0
    others = [
        item
        for item in view.canvas.node_items.values()
        if item is not here and sign * (item.frame().center().y() - at.y()) > 1.0
    ]
    return min(others, key=lambda item: _apart(item, at), default=None)


def _apart(item: NodeItem, at: QPointF) -> float:
    off = item.frame().center() - at
    return _SIDEWAYS * abs(off.x()) + abs(off.y())
