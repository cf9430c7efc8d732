"""Move the selection with the keyboard: along links, to the nearest node, or in reading order."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from rnnstudio.design.model import NodeId
from rnnstudio.ui.canvas.canvas_action import canvas_action
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

Key = Qt.Key
_SIDEWAYS = 2.0  # a node straight above is nearer than one as far away aslant


@canvas_action(
    "edit.walk_left",
    QT_TRANSLATE_NOOP("Actions", "Go left"),
    QT_TRANSLATE_NOOP("Actions", "Select the node that a link comes from"),
    keys="Left",
    section=3,
    order=9,
    canvas_keys=True,
    canvas_only=True,
    in_menu=False,
)
def select_source(context: CanvasContext) -> None:
    """Select the node that a link comes from."""
    step(context, Key.Key_Left)


@canvas_action(
    "edit.walk_right",
    QT_TRANSLATE_NOOP("Actions", "Go right"),
    QT_TRANSLATE_NOOP("Actions", "Select the node that a link leads to"),
    keys="Right",
    section=3,
    order=10,
    canvas_keys=True,
    canvas_only=True,
    in_menu=False,
)
def select_target(context: CanvasContext) -> None:
    """Select the node that a link leads to."""
    step(context, Key.Key_Right)


def step(context: CanvasContext, key: Qt.Key) -> None:
    """Select where an arrow leads from what is selected; with nothing selected, the node in the middle."""
    context.show_keyboard(True)
    here = _here(context)
    if here is None:
        middle = _middle(context)
        nearest = min(context.canvas.node_items.values(), key=lambda item: _apart(item, middle), default=None)
        if nearest is not None:
            context.focus_node(nearest.node.id)
        return
    along = key in (Key.Key_Left, Key.Key_Right)
    to = _along(context, here, forward=key == Key.Key_Right) if along else _beside(context, here, key)
    if to is not None:
        context.focus_node(to.node.id)
    elif along:
        words = (
            context.tr("No link leaves {0}.") if key == Key.Key_Right else context.tr("No link enters {0}.")
        )
        context.report(words.format(here.layout.full_title))


def _here(context: CanvasContext) -> NodeItem | None:
    """Return the block that a walk starts at: the selected one, or the source of the selected link."""
    items = context.canvas.node_items
    chosen = [items[node_id] for node_id in context.selection.nodes if node_id in items]
    if chosen:
        return min(chosen, key=lambda item: (item.pos().x(), item.pos().y()))
    for link in context.document.design.links:
        if link.id in context.selection.links:
            return context.canvas.block(link.source)
    return None


def _middle(context: CanvasContext) -> QPointF:
    """Return where a walk begins that starts at no block: at a selected frame or note, else amid the view."""
    items = (context.canvas.item(item_id) for item_id in sorted(context.selection.nodes))
    at = next((item.frame().center() for item in items if item is not None), None)
    return at if at is not None else context.visible_scene_rect().center()


def _along(context: CanvasContext, here: NodeItem, *, forward: bool) -> NodeItem | None:
    """Return the block at the other end of a link, of several the one nearest in height."""
    ends: dict[NodeId, NodeItem] = {}
    for link in context.document.design.links:
        source, target = context.canvas.block(link.source), context.canvas.block(link.target)
        near, other = (source, target) if forward else (target, source)
        if near is here and other is not None and other is not here:
            ends[other.node.id] = other
    level = here.frame().center().y()
    return min(
        ends.values(),
        key=lambda item: (abs(item.frame().center().y() - level), item.frame().y(), item.frame().x()),
        default=None,
    )


def _beside(context: CanvasContext, here: NodeItem, key: Qt.Key) -> NodeItem | None:
    """Return the nearest block above or below."""
    at = here.frame().center()
    sign = -1.0 if key == Key.Key_Up else 1.0
    others = [
        item
        for item in context.canvas.node_items.values()
        if item is not here and sign * (item.frame().center().y() - at.y()) > 1.0
    ]
    return min(others, key=lambda item: _apart(item, at), default=None)


def _apart(item: NodeItem, at: QPointF) -> float:
    off = item.frame().center() - at
    return _SIDEWAYS * abs(off.x()) + abs(off.y())


def select_next(context: CanvasContext, forward: bool) -> bool:
    """Select the next item in reading order; return False past the last."""
    drawn = [
        element for element in context.document.design.elements if context.canvas.item(element.id) is not None
    ]
    order = sorted(drawn, key=lambda element: (element.x, element.y))
    places = [place for place, element in enumerate(order) if element.id in context.selection.nodes]
    if not places:
        place = 0 if forward else len(order) - 1
    else:
        place = places[-1] + 1 if forward else places[0] - 1
    if not 0 <= place < len(order):
        return False
    context.show_keyboard(True)
    context.focus_node(order[place].id)
    return True
