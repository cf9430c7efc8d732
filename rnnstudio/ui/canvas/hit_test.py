"""The hit test: what is at a point of the canvas. It alone defines the order of precedence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QLineF, QPointF

from rnnstudio.ui.canvas.geometry.node_metrics import PORT_REACH
from rnnstudio.ui.canvas.items.annotation_items import AnnotationItem
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.items.port_appearance import Port
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene

NEAR_END = 28.0  # distance in pixels on screen within which a press on a link grabs its end


class Target(Enum):
    """The kinds of hits, in the order of their precedence."""

    PORT = auto()
    NODE = auto()
    LINK_END = auto()
    LINK = auto()
    GROUP_BUTTON = auto()
    EDGE = auto()
    ANNOTATION = auto()
    EMPTY = auto()


@dataclass(frozen=True)
class Hit:
    """What is at a point.

    Attributes
    ----------
    at : the point, in the scene
    port : the port; of a link's end, the port at which the link stays when this end is dragged off
    node, link, annotation : the item
    edges : the edges by which a frame or note is resized ("left", "top left", ...)
    """

    target: Target
    at: QPointF
    port: Port | None = None
    node: NodeItem | None = None
    link: LinkItem | None = None
    annotation: AnnotationItem | None = None
    edges: str = ""


def hit_test(scene: CanvasScene, at: QPointF, zoom: float, *, ports: bool = True) -> Hit:
    """Return what is at a point of the scene.

    Parameters
    ----------
    zoom : pixels on screen to a unit of the scene
    ports : whether ports count; without them, a node is hit where its port is
    """
    port = scene.port_at(at, PORT_REACH / min(zoom, 1.0)) if ports else None
    if port is not None:
        return Hit(Target.PORT, at, port=port)
    node = scene.node_at(at)
    if node is not None:
        return Hit(Target.NODE, at, node=node)
    link = scene.link_at(at)
    if link is not None:
        kept = _kept_port(scene, link, at, zoom)
        return Hit(Target.LINK if kept is None else Target.LINK_END, at, port=kept, link=link)
    found = scene.annotations.at(at, 1.0 / zoom)
    if found is None:
        return Hit(Target.EMPTY, at)
    annotation, hold = found
    if hold == "move":
        return Hit(Target.ANNOTATION, at, annotation=annotation)
    if hold == "fold":
        return Hit(Target.GROUP_BUTTON, at, annotation=annotation)
    return Hit(Target.EDGE, at, annotation=annotation, edges=hold)


def _kept_port(scene: CanvasScene, link: LinkItem, at: QPointF, zoom: float) -> Port | None:
    """Return the port at which a link stays when it is pulled off near its other end; None in its middle."""
    source = (link.link.source, link.link.source_port, True)
    target = (link.link.target, link.link.target_port, False)
    start, end = scene.port_position(source), scene.port_position(target)
    if start is None or end is None:
        return None
    to_start, to_end = QLineF(at, start).length(), QLineF(at, end).length()
    if min(to_start, to_end) > NEAR_END / zoom:
        return None
    return target if to_start < to_end else source
