"""The rectangles of all items, as the layout needs them."""

from __future__ import annotations

from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import NodeId
from rnnstudio.layout.containment import Padding
from rnnstudio.ui.canvas.geometry.node_metrics import GRID
from rnnstudio.ui.canvas.items.annotation_items import AROUND, HEADER, FrameItem, ThingItem
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene

GROUP_PAD = Padding(AROUND, AROUND + HEADER, AROUND, AROUND)
FRAME_PAD = Padding(3 * GRID, 6 * GRID, 3 * GRID, 3 * GRID)  # space for the title


def rects(scene: CanvasScene) -> dict[NodeId, Rect]:
    """Return the rectangle of each node, group outline, frame and note."""
    items: dict[NodeId, NodeItem | ThingItem] = {**scene.node_items, **scene.things.items}
    frames = {i: item.frame() for i, item in items.items() if item.isVisible()}
    return {i: Rect(r.x(), r.y(), r.width(), r.height()) for i, r in frames.items()}


def pads(scene: CanvasScene) -> dict[NodeId, Padding]:
    """Return the padding between each group or frame and its contents."""
    things = scene.things.items
    return {i: FRAME_PAD if isinstance(item, FrameItem) else GROUP_PAD for i, item in things.items()}
