"""Auto layout, align and distribute: edits of positions, which are animated."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, QRectF

from rnnstudio.design import annotation, edits
from rnnstudio.design.model import Design, NodeId
from rnnstudio.layout.containment import find_containment
from rnnstudio.layout.layered import Edge
from rnnstudio.layout.nested import NestedLayout
from rnnstudio.ui.canvas.canvas_action import canvas_action
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.scene import item_rects
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene
from rnnstudio.ui.document import undo_text
from rnnstudio.ui.document.grid import grid
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

Shift = Callable[[QRectF, QRectF], QPointF]

# ----------------------------------------------------------------------------------- auto layout


def nothing_to_lay_out(context: CanvasContext) -> str:
    """Return why there is no layout to make."""
    return "" if context.canvas.node_items else context.tr("There is nothing to tidy up.")


@canvas_action(
    "arrange.tidy",
    QT_TRANSLATE_NOOP("Actions", "&Tidy up"),
    QT_TRANSLATE_NOOP("Actions", "Arrange the selected nodes, or all, from left to right"),
    why_not=nothing_to_lay_out,
    keys="Shift+T",
    section=2,
    canvas_keys=True,
)
def auto_layout(context: CanvasContext) -> None:
    """Lay the selected nodes out from left to right; all of them if fewer than two are selected."""
    scene = context.canvas
    dragged_with = scene.dragged_with(context.selection.nodes)
    chosen = [node_id for node_id in scene.node_items if node_id in dragged_with]
    if len(chosen) < 2:
        chosen = list(scene.node_items)
    moved = _laid_out(context, chosen)
    if moved == context.document.design:
        context.report(context.tr("Everything is already tidy."))
        return
    whole = context.visible_scene_rect().contains(scene.content_rect())
    context.animated_edits.edit(undo_text.laid_out(len(chosen)), moved)
    if whole and not context.visible_scene_rect().contains(scene.content_rect()):
        context.fit()


def _laid_out(context: CanvasContext, chosen: list[NodeId]) -> Design:
    """Return the design with the chosen nodes laid out, and groups, frames and notes moved with them."""
    scene, design = context.canvas, context.document.design
    rects, pads = item_rects.rects(scene), item_rects.pads(design)
    tree = find_containment(design, rects)
    places = NestedLayout(tree, rects, list(_wires(scene)), pads, grid.step).compute(chosen)
    corners = {i: QPointF(places[i].x, places[i].y) for i in scene.node_items if i in places}
    return annotation.set_rects(_moved(context, corners), {i: rect for i, rect in places.items()})


def _wires(scene: CanvasScene) -> Iterable[Edge]:
    items = scene.node_items
    for wire in scene.link_items.values():
        link = wire.link
        source, target = wire.blocks
        if source in items and target in items:
            leaves = items[source].key((link.source, link.source_port, True))
            enters = items[target].key((link.target, link.target_port, False))
            yield Edge(
                source,
                items[source].layout.port(leaves, True).y(),
                target,
                items[target].layout.port(enters, False).y(),
                bool(link.delay),
            )


# ----------------------------------------------------------------------------------- align


def fewer_than_two(context: CanvasContext) -> str:
    """Return why nothing can be aligned."""
    many = len(_chosen(context)) >= 2
    return "" if many else context.tr("Select two or more nodes to align them.")


def fewer_than_three(context: CanvasContext) -> str:
    """Return why nothing can be distributed."""
    many = len(_chosen(context)) >= 3
    return "" if many else context.tr("Select three or more nodes to distribute them.")


@canvas_action(
    "arrange.left",
    QT_TRANSLATE_NOOP("Actions", "Align &left"),
    QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to their left edge"),
    why_not=fewer_than_two,
    keys="Shift+Alt+Left",
    section=3,
    canvas_keys=True,
)
def align_left(context: CanvasContext) -> None:
    """Move the selection to its left edge."""
    _align(context, lambda frame, whole: QPointF(whole.left() - frame.left(), 0.0))


@canvas_action(
    "arrange.centre",
    QT_TRANSLATE_NOOP("Actions", "Align &centre"),
    QT_TRANSLATE_NOOP("Actions", "Align the centres of the selected nodes on a vertical line"),
    why_not=fewer_than_two,
    keys="Shift+Alt+C",
    section=3,
    order=1,
    canvas_keys=True,
)
def align_centre(context: CanvasContext) -> None:
    """Move the selection to one vertical line."""
    _align(context, lambda frame, whole: QPointF(whole.center().x() - frame.center().x(), 0.0))


@canvas_action(
    "arrange.right",
    QT_TRANSLATE_NOOP("Actions", "Align &right"),
    QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to their right edge"),
    why_not=fewer_than_two,
    keys="Shift+Alt+Right",
    section=3,
    order=2,
    canvas_keys=True,
)
def align_right(context: CanvasContext) -> None:
    """Move the selection to its right edge."""
    _align(context, lambda frame, whole: QPointF(whole.right() - frame.right(), 0.0))


@canvas_action(
    "arrange.top",
    QT_TRANSLATE_NOOP("Actions", "Align t&op"),
    QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to their top edge"),
    why_not=fewer_than_two,
    keys="Shift+Alt+Up",
    section=3,
    order=3,
    canvas_keys=True,
)
def align_top(context: CanvasContext) -> None:
    """Move the selection to its top edge."""
    _align(context, lambda frame, whole: QPointF(0.0, whole.top() - frame.top()))


@canvas_action(
    "arrange.middle",
    QT_TRANSLATE_NOOP("Actions", "Align &middle"),
    QT_TRANSLATE_NOOP("Actions", "Align the centres of the selected nodes on a horizontal line"),
    why_not=fewer_than_two,
    keys="Shift+Alt+M",
    section=3,
    order=4,
    canvas_keys=True,
)
def align_middle(context: CanvasContext) -> None:
    """Move the selection to one horizontal line."""
    _align(context, lambda frame, whole: QPointF(0.0, whole.center().y() - frame.center().y()))


@canvas_action(
    "arrange.bottom",
    QT_TRANSLATE_NOOP("Actions", "Align &bottom"),
    QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to their bottom edge"),
    why_not=fewer_than_two,
    keys="Shift+Alt+Down",
    section=3,
    order=5,
    canvas_keys=True,
)
def align_bottom(context: CanvasContext) -> None:
    """Move the selection to its bottom edge."""
    _align(context, lambda frame, whole: QPointF(0.0, whole.bottom() - frame.bottom()))


@canvas_action(
    "arrange.across",
    QT_TRANSLATE_NOOP("Actions", "Distribute &across"),
    QT_TRANSLATE_NOOP("Actions", "Leave equal gaps between the selected nodes, from left to right"),
    why_not=fewer_than_three,
    keys="Shift+Alt+H",
    section=4,
    canvas_keys=True,
)
def distribute_across(context: CanvasContext) -> None:
    """Leave equal gaps between the selected nodes, from left to right."""
    _distribute(context, across=True)


@canvas_action(
    "arrange.down",
    QT_TRANSLATE_NOOP("Actions", "&Distribute down"),
    QT_TRANSLATE_NOOP("Actions", "Leave equal gaps between the selected nodes, from top to bottom"),
    why_not=fewer_than_three,
    keys="Shift+Alt+V",
    section=4,
    order=1,
    canvas_keys=True,
)
def distribute_down(context: CanvasContext) -> None:
    """Leave equal gaps between the selected nodes, from top to bottom."""
    _distribute(context, across=False)


def _align(context: CanvasContext, shift: Shift) -> None:
    frames = _chosen(context)
    whole = QRectF()
    for frame in frames.values():
        whole = whole.united(frame)
    corners = {i: frame.topLeft() + shift(frame, whole) for i, frame in frames.items()}
    context.animated_edits.edit(undo_text.aligned(len(frames)), _moved(context, corners))


def _distribute(context: CanvasContext, *, across: bool) -> None:
    frames = _chosen(context)

    def span(frame: QRectF) -> tuple[float, float]:
        return (frame.left(), frame.width()) if across else (frame.top(), frame.height())

    order = sorted(frames, key=lambda i: (span(frames[i])[0] + span(frames[i])[1] / 2, i))
    at = span(frames[order[0]])[0]
    gaps = sum(span(frames[order[-1]])) - at - sum(span(frame)[1] for frame in frames.values())
    corners = {}
    for i in order:
        corners[i] = QPointF(at, frames[i].top()) if across else QPointF(frames[i].left(), at)
        at += span(frames[i])[1] + gaps / (len(order) - 1)
    corners[order[-1]] = frames[order[-1]].topLeft()
    context.animated_edits.edit(undo_text.distributed(len(frames)), _moved(context, corners))


def _chosen(context: CanvasContext) -> dict[NodeId, QRectF]:
    """Return the rectangles of what is selected, without what moves with another selected item."""
    scene, selected = context.canvas, context.selection.nodes
    dragged_with = {inner for i in selected for inner in scene.dragged_with([i]) if inner != i}
    items = {i: scene.item(i) for i in sorted(selected) if i not in dragged_with}
    return {i: item.frame() for i, item in items.items() if item is not None}


def _moved(context: CanvasContext, corners: dict[NodeId, QPointF]) -> Design:
    """Return the design with these items at these corners, and with them what moves with each."""
    scene, design = context.canvas, context.document.design
    before = {placed.id: QPointF(placed.x, placed.y) for placed in design.elements}
    to: dict[NodeId, tuple[float, float]] = {}
    nodes = {node.id for node in design.nodes}
    for i, corner in corners.items():
        item = scene.item(i)
        if item is None:
            continue
        by = corner - item.frame().topLeft()
        for inner in [i] if i in nodes else scene.dragged_with([i]):
            to[inner] = (before[inner].x() + by.x(), before[inner].y() + by.y())
    return edits.move(design, to)
