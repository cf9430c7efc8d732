"""The rectangles of all items, as the layout needs them."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from rnnstudio.design.geometry import Rect
from rnnstudio.design.grouping import expanded_depths, visible_part
from rnnstudio.design.model import Design, Group, Node, NodeId
from rnnstudio.layout.containment import Padding
from rnnstudio.ui.canvas.geometry.node_metrics import GRID, NodeLayout, lay_out, place
from rnnstudio.ui.canvas.items.annotation_items import (
    AROUND,
    HEADER,
    AnnotationItem,
    GroupOutlineItem,
    outline_around,
)
from rnnstudio.ui.canvas.items.collapsed_group_item import (
    CollapsedGroupItem,
    GroupPorts,
    lay_out_group,
    visible_group_ports,
)
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene

GROUP_PAD = Padding(AROUND, AROUND + HEADER, AROUND, AROUND)
FRAME_PAD = Padding(3 * GRID, 6 * GRID, 3 * GRID, 3 * GRID)  # space for the title


def rects(scene: CanvasScene) -> dict[NodeId, Rect]:
    """Return the rectangle of each node, group outline, frame and note."""
    items: dict[NodeId, NodeItem | AnnotationItem] = {**scene.node_items, **scene.annotations.items}
    return {i: _rect(item.frame()) for i, item in items.items() if item.isVisible()}


def rects_of(scene: CanvasScene, design: Design) -> dict[NodeId, Rect]:
    """Return the rectangles that a variant of the document would have; nothing is drawn.

    The variant may collapse or expand groups and rename nodes and groups; frames and notes are those
    of the document.
    """
    drawn = visible_part(design)
    frames: dict[NodeId, QRectF] = {}
    for node in drawn.nodes:
        frames[node.id] = _layout(scene, node).rect.translated(place(node))
    for group_id, face in visible_group_ports(design, scene.document.catalogue, drawn).items():
        frames[group_id] = _group_layout(scene, group_id, face).rect.translated(place(face.node))
    for item_id, item in scene.annotations.items.items():
        if not isinstance(item, GroupOutlineItem):
            frames[item_id] = item.frame()
    depths = {NodeId(i): depth for i, depth in expanded_depths(design).items()}
    members: dict[str, list[NodeId]] = {group_id: [] for group_id in depths}
    elements: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
    for element in elements:
        if element.group in members:
            members[element.group].append(element.id)
    for group_id in sorted(depths, key=lambda i: -depths[i]):  # inner groups first
        inner = [frames[member] for member in members[group_id] if member in frames]
        if inner:
            frames[group_id] = outline_around(inner)
    return {i: _rect(frame) for i, frame in frames.items()}


def pads(design: Design) -> dict[NodeId, Padding]:
    """Return the padding between each group or frame and its contents."""
    groups = {group.id: GROUP_PAD for group in design.groups}
    return groups | {frame.id: FRAME_PAD for frame in design.frames}


def _layout(scene: CanvasScene, node: Node) -> NodeLayout:
    item = scene.node_items.get(node.id)
    return item.layout_of(node) if item is not None else lay_out(node, scene.spec(node.kind))


def _group_layout(scene: CanvasScene, group_id: NodeId, face: GroupPorts) -> NodeLayout:
    item = scene.node_items.get(group_id)
    return lay_out_group(face, badge=isinstance(item, CollapsedGroupItem) and bool(item.problems))


def _rect(frame: QRectF) -> Rect:
    return Rect(frame.x(), frame.y(), frame.width(), frame.height())
