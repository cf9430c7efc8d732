"""Inserting a node into a link: which link, and the space that is made for the node."""

from __future__ import annotations

import math

from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRectF

from rnnstudio.design import compatible_kinds, edits, grouping
from rnnstudio.design.compatible_kinds import PortType
from rnnstudio.design.model import Design, Link, Node
from rnnstudio.design.spec import NodeSpec
from rnnstudio.layout.push_apart import shift_right
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.geometry.node_metrics import FIRST_PORT, GRID, lay_out, snap
from rnnstudio.ui.canvas.items.link_item import LinkItem

REACH = 12.0  # pixels on screen
GAP = 40.0  # gap between the inserted node and its neighbours


def runs(context: CanvasContext, link: Link) -> tuple[PortType, PortType] | None:
    """Return what a link carries and what its target accepts; None if a kind is unknown."""
    source, target = (context.canvas.kind_of(node_id) for node_id in (link.source, link.target))
    given = source.output(link.source_port) if source is not None else None
    taken = target.input(link.target_port) if target is not None else None
    if given is None or taken is None:
        return None
    return PortType.of(given, context.canvas.port_shape(link.source, link.source_port, True)), PortType.of(
        taken
    )


def insertion_ports(context: CanvasContext, link: Link, spec: NodeSpec) -> tuple[str, str] | None:
    """Return the input and output by which a kind of node fits into a link, or None."""
    known = runs(context, link)
    return compatible_kinds.insertion_ports(spec, *known) if known is not None else None


def insert(context: CanvasContext, link: Link, node: Node, spec: NodeSpec, ports: tuple[str, str]) -> Design:
    """Return the design with a new or existing node in a link; the nodes behind it move aside.

    The node stays to the right of the start of the link. A feedback link needs no space.
    """
    design = context.document.design
    node = replace(node, group=_common(design, link))
    start = context.canvas.port_position((link.source, link.source_port, True))
    end = context.canvas.port_position((link.target, link.target_port, False))
    if start is not None and end is not None and end.x() > start.x():
        least = math.ceil((start.x() + GAP) / GRID) * GRID
        node = replace(node, x=max(node.x, least))
        right = node.x + lay_out(node, spec).rect.width() + GAP
        if right > end.x():
            by = math.ceil((right - end.x()) / GRID) * GRID
            design = shift_right(design, end.x(), by, keep=node.id)
    if any(other.id == node.id for other in design.nodes):
        design = edits.move(design, {node.id: (node.x, node.y)})
        if node.group:  # in the group of the nodes that it is connected with
            nodes = (replace(n, group=node.group) if n.id == node.id else n for n in design.nodes)
            design = replace(design, nodes=tuple(nodes))
    return compatible_kinds.insert_into_link(design, link, node, ports)


def _common(design: Design, link: Link) -> str:
    """Return the group of both ends of a link; empty if there is none."""
    return grouping.common_group(design, (link.source, link.target))


def place_in(context: CanvasContext, link: Link, node: Node, spec: NodeSpec, ports: tuple[str, str]) -> Node:
    """Return a node in the middle of a link, its ports level with the start of the link."""
    start = context.canvas.port_position((link.source, link.source_port, True)) or QPointF()
    end = context.canvas.port_position((link.target, link.target_port, False)) or start
    layout = lay_out(node, spec)
    x = (start.x() + end.x()) / 2 - layout.rect.width() / 2
    drop = layout.inputs.get(ports[0], QPointF(0.0, FIRST_PORT)).y()
    return replace(node, x=snap(x), y=snap(start.y() - drop))


class LinkInsertion:
    """Highlights the link that a dragged node would be inserted into.

    Parameters
    ----------
    spec : the kind of the node
    """

    def __init__(self, context: CanvasContext, spec: NodeSpec) -> None:
        self._context = context
        self._spec = spec
        self._wire: LinkItem | None = None

    @classmethod
    def of_loose(cls, context: CanvasContext, node_id: str) -> LinkInsertion | None:
        """Return an instance for a node without links; None for any other node."""
        design = context.document.design
        node = next((n for n in design.nodes if n.id == node_id), None)
        spec = context.canvas.spec(node.kind) if node is not None else None
        if spec is None or any(node_id in (link.source, link.target) for link in design.links):
            return None
        return cls(context, spec)

    @property
    def link(self) -> Link | None:
        """The link under the pointer that the node fits into."""
        return self._wire.link if self._wire is not None else None

    def hover(self, at: QPointF) -> None:
        """Highlight the link at a point of the scene if the node fits into it."""
        reach = REACH / self._context.zoom
        square = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
        wires = (item for item in self._context.canvas.items(square) if isinstance(item, LinkItem))
        found = next(
            (w for w in wires if insertion_ports(self._context, w.link, self._spec) is not None), None
        )
        if found is not self._wire:
            self.clear()
            self._wire = found
            if found is not None:
                found.set_glowing(True)

    def clear(self) -> None:
        """Remove the highlight."""
        if self._wire is not None and self._context.canvas.link_items.get(self._wire.link.id) is self._wire:
            self._wire.set_glowing(False)
        self._wire = None

    def put(self, link: Link, node: Node) -> Design:
        """Return the design with the node in a link."""
        ports = insertion_ports(self._context, link, self._spec)
        assert ports is not None
        return insert(self._context, link, node, self._spec, ports)
