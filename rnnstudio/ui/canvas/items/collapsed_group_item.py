"""A collapsed group on the canvas: one item whose ports are those of its members."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from rnnstudio.design.grouping import GroupPort, VisiblePart, group_ports
from rnnstudio.design.model import Design, Group, Node, NodeId
from rnnstudio.design.problems import Problem
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.spec import NodeSpec, PortSpec
from rnnstudio.ui.canvas.geometry.node_metrics import (
    BADGE,
    GRID,
    HEIGHT_WITH_WEIGHTS,
    LEAST_WIDTH,
    MOST_WIDTH,
    PAD_LEFT,
    PAD_RIGHT,
    PORT_STEP,
    TITLE_LINE,
    WEIGHTS_LINE,
    NodeLayout,
)
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.items.port_appearance import PortAppearance
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.widgets.text_format import elided, truncated

KIND = "(group)"  # not a kind that a node can have
FIRST_ROW = 72.0  # y of the ports, below the lines of text
_WIDEST = MOST_WIDTH + 80.0  # port names need more width than the title of a node
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


def title_of(group: Group) -> str:
    """Return the title of a group, or a default."""
    return group.title or QCoreApplication.translate("Canvas", "Group")


@dataclass(frozen=True)
class GroupPorts:
    """What a collapsed group shows: a node for itself, its ports, its members and their names."""

    node: Node
    ports: tuple[GroupPort, ...]
    members: tuple[NodeId, ...]
    titles: tuple[str, ...]
    specs: tuple[PortSpec | None, ...]


def visible_group_ports(design: Design, catalogue: Catalogue, drawn: VisiblePart) -> dict[NodeId, GroupPorts]:
    """Return the face of each collapsed group that is drawn."""
    if not drawn.collapsed:
        return {}
    ports = group_ports(design, catalogue, drawn)
    nodes = {node.id: node for node in design.nodes}
    specs = {i: catalogue.nodes.get(n.kind) for i, n in nodes.items() if n.kind in catalogue.nodes}
    members: dict[NodeId, list[Node]] = {group.id: [] for group in drawn.collapsed}
    for node_id, group_id in drawn.holder.items():
        members[group_id].append(nodes[node_id])
    return {
        group.id: GroupPorts(
            Node(group.id, KIND, group.x, group.y, title_of(group)),
            ports[group.id],
            tuple(node.id for node in members[group.id]),
            tuple(_title(node, specs.get(node.id)) for node in members[group.id]),
            tuple(_spec(specs.get(port.node), port) for port in ports[group.id]),
        )
        for group in drawn.collapsed
    }


def _title(node: Node, spec: NodeSpec | None) -> str:
    return node.title or (spec.title if spec is not None else node.kind)


def _spec(spec: NodeSpec | None, port: GroupPort) -> PortSpec | None:
    if spec is None:
        return None
    return spec.output(port.port) if port.output else spec.input(port.port)


def key_of(node_id: str, port: str) -> str:
    """Return the key of a member's port in the group."""
    return f"{node_id}.{port}"


def summary_of(face: GroupPorts) -> str:
    """Return the line under the title: the number of nodes."""
    count = len(face.members)
    if count == 1:
        return QCoreApplication.translate("Canvas", "group · one node")
    return QCoreApplication.translate("Canvas", "group · {0} nodes").format(count)


def lay_out_group(face: GroupPorts, *, badge: bool = False) -> NodeLayout:
    """Return the layout of a collapsed group: the ports are below the text, each with its name."""
    summary = summary_of(face)
    small, strong = paint_cache.small_metrics(), paint_cache.title_metrics()
    mark = BADGE + 6.0 if badge else 0.0
    rows = {output: [port for port in face.ports if port.output is output] for output in (False, True)}
    names = [
        max((small.horizontalAdvance(truncated(port.name)) for port in side), default=0.0)
        for side in rows.values()
    ]
    wanted = max(
        strong.horizontalAdvance(truncated(face.node.title)) + mark,
        small.horizontalAdvance(summary),
        sum(names) + (GRID * 2 if all(names) else 0.0),
    )
    width = min(max(wanted + PAD_LEFT + PAD_RIGHT + 4.0, LEAST_WIDTH), _WIDEST)
    width = math.ceil(width / GRID) * GRID
    room = width - PAD_LEFT - PAD_RIGHT
    lowest = FIRST_ROW + PORT_STEP * (max(len(side) for side in rows.values()) - 1)
    height = max(HEIGHT_WITH_WEIGHTS, lowest + 16.0)
    places = {
        output: {
            key_of(port.node, port.port): QPointF(width if output else 0.0, FIRST_ROW + PORT_STEP * row)
            for row, port in enumerate(side)
        }
        for output, side in rows.items()
    }
    return NodeLayout(
        rect=QRectF(0.0, 0.0, width, height),
        title=elided(face.node.title, strong, room - mark),
        full_title=face.node.title,
        summary=elided(summary, small, room),
        title_line=TITLE_LINE,
        inputs=places[False],
        outputs=places[True],
        strip=None,
        weights_line=WEIGHTS_LINE,
    )


class CollapsedGroupItem(NodeItem):
    """A collapsed group: drawn as a pile, with title, number of nodes and weights, and named ports."""

    piled = True

    def __init__(self, ports: PortAppearance, face: GroupPorts) -> None:
        self.face = face
        super().__init__(ports, face.node, None)
        self.hue = "quiet"

    def set_ports(self, face: GroupPorts) -> bool:
        """Show a changed group; return whether anything is different."""
        if face == self.face:
            return False
        self.face = face
        self.set_node(face.node)
        return True

    def measured(self) -> NodeLayout:
        """See `NodeItem`."""
        return lay_out_group(self.face, badge=bool(self.problems))

    def summary(self) -> str:
        """Return the line under the title."""
        return summary_of(self.face)

    def name_of(self, node_id: NodeId) -> str:
        """See `NodeItem`: the names of the group and of the member."""
        names = dict(zip(self.face.members, self.face.titles, strict=True))
        return f"{self.layout.full_title} / {names.get(node_id, node_id)}"

    def key(self, port: tuple[NodeId, str, bool]) -> str:
        """See `NodeItem`."""
        return key_of(port[0], port[1])

    def real_port(self, key: str, output: bool) -> tuple[NodeId, str, bool]:
        """See `NodeItem`: the port of the member."""
        port = self.group_port(key, output)
        return (port.node, port.port, output) if port is not None else (self.node.id, key, output)

    def group_port(self, key: str, output: bool) -> GroupPort | None:
        """Return the port with a key."""
        ports = self.face.ports
        return next((p for p in ports if p.output is output and key_of(p.node, p.port) == key), None)

    def port_spec(self, key: str, output: bool) -> PortSpec | None:
        """See `NodeItem`."""
        port = self.group_port(key, output)
        return self.face.specs[self.face.ports.index(port)] if port is not None else None

    def collect(
        self, at_node: Mapping[NodeId, Sequence[Problem]], weights: Mapping[NodeId, int]
    ) -> tuple[tuple[Problem, ...], int | None]:
        """See `NodeItem`: the problems and weights of all members."""
        known = [weights[node_id] for node_id in self.face.members if node_id in weights]
        return tuple(at_node.get(self.node.id, ())), sum(known) if known else None

    # ------------------------------------------------------------------------------- painting

    def _paint_text(self, painter: QPainter, *, title_only: bool, on_screen: bool) -> None:
        super()._paint_text(painter, title_only=title_only, on_screen=on_screen)
        if title_only:
            return
        painter.setFont(paint_cache.small_font())
        painter.setPen(paint_cache.pen("quiet"))
        metrics = paint_cache.small_metrics()
        room = self.layout.rect.width() - PAD_LEFT - PAD_RIGHT
        both = bool(self.layout.inputs) and bool(self.layout.outputs)
        for port in self.face.ports:
            places = self.layout.outputs if port.output else self.layout.inputs
            y = places[key_of(port.node, port.port)].y()
            text = elided(port.name, metrics, self._room(port, room, both=both))
            side = Qt.AlignmentFlag.AlignRight if port.output else Qt.AlignmentFlag.AlignLeft
            painter.drawText(QRectF(PAD_LEFT, y - 10.0, room, 20.0), int(side | _MIDDLE), text)

    def _room(self, port: GroupPort, room: float, *, both: bool) -> float:
        """Return the width available to a port name: what the other side leaves, at least half."""
        if not both:
            return room
        metrics = paint_cache.small_metrics()
        other = max(
            metrics.horizontalAdvance(truncated(p.name))
            for p in self.face.ports
            if p.output is not port.output
        )
        return max(room - other - GRID, (room - GRID) / 2)
