"""The layout of a node: its size, its lines of text, its ports.

Ports have fixed distances from the top edge. So nodes in a row are connected by straight links, and a node
can grow downwards without moving a link.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from rnnstudio.design.model import Node
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import NodeSpec, PortSpec
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.document.grid import grid
from rnnstudio.ui.widgets.text_format import elided, truncated

GRID = 8.0
NEAR = 0.6  # below this zoom only titles are drawn
FAR = 0.45  # below this one the whole network is painted at once
FARTHEST = 1e6
RADIUS = 7.0
STRIP_WIDTH = 4.0
PORT_RADIUS = 5.0
PORT_REACH = 10.0  # half the width of the area that a pointer hits
PAD_LEFT = 14.0
PAD_RIGHT = 14.0
MARGIN = 12.0  # painted outside the edge: highlighted ports, the selection ring
LEAST_WIDTH, MOST_WIDTH = 112.0, 240.0
FIRST_PORT, PORT_STEP = 24.0, 24.0
TITLE_LINE, SUMMARY_LINE, WEIGHTS_LINE = 17.0, 33.0, 51.0  # y of the centres of the lines of text
HEIGHT, HEIGHT_WITH_WEIGHTS = 48.0, 64.0
STRIP_HEIGHT, STRIP_TOP = 16.0, 44.0
BADGE = 14.0

_NO_WEIGHTS = NodeSpec.__dataclass_fields__["weights"].default


@dataclass(frozen=True)
class NodeLayout:
    """The layout, in item coordinates: (0, 0) is the top left corner."""

    rect: QRectF
    title: str
    full_title: str
    summary: str
    title_line: float
    inputs: dict[str, QPointF]
    outputs: dict[str, QPointF]
    strip: QRectF | None
    weights_line: float | None

    def port(self, name: str, output: bool) -> QPointF:
        """Return the position of a port; the middle of the edge if the node has no such port."""
        edge = self.rect.right() if output else self.rect.left()
        return (self.outputs if output else self.inputs).get(name, QPointF(edge, FIRST_PORT))


def snap(value: float) -> float:
    """Return the nearest grid coordinate; the nearest whole number if snapping is off."""
    step = grid.step
    return math.floor(value / step + 0.5) * step


def place(node: Node) -> QPointF:
    """Return the position at which a node is shown, clamped to what can be shown."""
    x, y = (min(max(v, -FARTHEST), FARTHEST) if math.isfinite(v) else 0.0 for v in (node.x, node.y))
    return QPointF(x, y)


def has_weights(spec: NodeSpec | None) -> bool:
    """Return whether nodes of this kind have weights."""
    return spec is not None and spec.weights is not _NO_WEIGHTS


def _heights(ports: tuple[PortSpec, ...]) -> list[tuple[str, float]]:
    """Return (name, y) for each port: values of every step first, carried states below."""
    states = [port for port in ports if Signal.STATE in port.signals]
    main = [port for port in ports if port not in states]
    return [(port.name, FIRST_PORT + PORT_STEP * row) for row, port in enumerate([*main, *states])]


def lay_out(node: Node, spec: NodeSpec | None, *, has_strip: bool = False, badge: bool = False) -> NodeLayout:
    """Lay out a node; ``has_strip`` adds space for the activation strip, ``badge`` for a badge."""
    full_title = node.title or (spec.title if spec else node.kind)
    summary = spec.summary(spec.complete(node.params)) if spec else node.kind
    inputs = _heights(spec.inputs) if spec else []
    outputs = _heights(spec.outputs) if spec else []

    mark = BADGE + 6.0 if badge else 0.0
    wanted = (
        PAD_LEFT
        + PAD_RIGHT
        + 4.0
        + max(
            paint_cache.title_metrics().horizontalAdvance(truncated(full_title)) + mark,
            paint_cache.small_metrics().horizontalAdvance(summary),
        )
    )
    width = math.ceil(min(max(wanted, LEAST_WIDTH), MOST_WIDTH) / GRID) * GRID
    room = width - PAD_LEFT - PAD_RIGHT

    weights = has_weights(spec)
    height = HEIGHT_WITH_WEIGHTS if weights else HEIGHT
    lowest = max((y for _, y in [*inputs, *outputs]), default=0.0)
    height = max(height, lowest + 16.0)
    strip = None
    if has_strip:
        strip = QRectF(PAD_LEFT, STRIP_TOP, room, STRIP_HEIGHT)
        height += STRIP_HEIGHT + GRID
    return NodeLayout(
        rect=QRectF(0.0, 0.0, width, height),
        title=elided(full_title, paint_cache.title_metrics(), room - mark),
        full_title=full_title,
        title_line=TITLE_LINE if summary or weights else FIRST_PORT,
        summary=elided(summary, paint_cache.small_metrics(), room),
        inputs={name: QPointF(0.0, y) for name, y in inputs},
        outputs={name: QPointF(width, y) for name, y in outputs},
        strip=strip,
        weights_line=height - (HEIGHT_WITH_WEIGHTS - WEIGHTS_LINE) if weights else None,
    )
