"""Paints the body of a node without its text: once per appearance and scale, then from a cached picture.

A thousand nodes share a few appearances. Painting a body takes ten times as long as copying its picture,
which is too slow for a frame of a drag or a zoom.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPixmap, QTransform

from rnnstudio.ui.canvas.geometry.node_metrics import BADGE, MARGIN, PORT_RADIUS, RADIUS, STRIP_WIDTH
from rnnstudio.ui.canvas.style import paint_cache

_PILE = 3.0  # offset of the sheets under a collapsed group
_LARGEST = 2.5  # above this scale so few nodes are in view that each is painted
_KEPT = 256  # pictures; each takes at most 0.3 MB, most a tenth of that


class PortState(NamedTuple):
    """A port: position, colour token, and state "fits", "faded", "held" or "plain"."""

    x: float
    y: float
    token: str
    look: str
    required: bool


class Look(NamedTuple):
    """The appearance of a node without its text; ``badge`` is "danger", "warning" or empty."""

    width: float
    height: float
    hue: str
    ports: tuple[PortState, ...]
    badge: str
    badge_x: float
    badge_y: float
    selected: bool
    focused: bool
    pile: bool


def paint(painter: QPainter, look: Look, *, on_screen: bool) -> None:
    """Draw a body at the painter's origin; ``on_screen`` from its picture, at the nearest whole pixel."""
    device = painter.combinedTransform()
    scale = device.m11()
    if not on_screen or scale > _LARGEST:
        _paint(painter, look)
        return
    world = painter.worldTransform()
    picture = _picture(look, scale)
    margin = _margin(scale)
    to_pixels = world.m11() / scale
    painter.setWorldTransform(QTransform.fromScale(to_pixels, to_pixels))
    painter.drawPixmap(QPoint(round(device.dx()) - margin, round(device.dy()) - margin), picture)
    painter.setWorldTransform(world)


def _margin(scale: float) -> int:
    return math.ceil(MARGIN * scale)


@lru_cache(_KEPT)
def _picture(look: Look, scale: float) -> QPixmap:
    margin = _margin(scale)
    picture = QPixmap(math.ceil(look.width * scale) + 2 * margin, math.ceil(look.height * scale) + 2 * margin)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(margin, margin)
    painter.scale(scale, scale)
    _paint(painter, look)
    painter.end()
    return picture


paint_cache.on_forget(_picture.cache_clear)


def _paint(painter: QPainter, look: Look) -> None:
    if look.pile:
        _paint_pile(painter, QRectF(0.0, 0.0, look.width, look.height))
    _paint_body(painter, look)
    if look.badge:
        _paint_badge(painter, look)
    for port in look.ports:
        _paint_port(painter, port)


def _paint_pile(painter: QPainter, rect: QRectF) -> None:
    """Draw the edges of two sheets below the body."""
    painter.setPen(paint_cache.pen("node_edge", 1.0))
    painter.setBrush(paint_cache.brush("node"))
    for step in (2, 1):
        by = step * _PILE
        painter.drawRoundedRect(rect.adjusted(by + 4.0, by, by - 0.5, by - 0.5), RADIUS, RADIUS)


def _paint_body(painter: QPainter, look: Look) -> None:
    rect = QRectF(0.0, 0.0, look.width, look.height)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if look.selected:
        painter.setPen(paint_cache.pen("accent", 3.0, alpha=0.28))
        painter.drawRoundedRect(rect.adjusted(-1.5, -1.5, 1.5, 1.5), RADIUS + 1.5, RADIUS + 1.5)
    if look.focused:
        painter.setPen(paint_cache.pen("accent", 1.0, paint_cache.Style.DashLine))
        painter.drawRoundedRect(rect.adjusted(-6, -6, 6, 6), RADIUS + 6, RADIUS + 6)
    inner = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(paint_cache.brush("node"))
    painter.drawRoundedRect(inner, RADIUS, RADIUS)
    painter.setBrush(paint_cache.brush(look.hue))
    painter.drawPath(_left_strip(look.height))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(paint_cache.pen("accent", 1.5) if look.selected else paint_cache.pen("node_edge", 1.0))
    painter.drawRoundedRect(inner, RADIUS, RADIUS)


@lru_cache(_KEPT)
def _left_strip(height: float) -> QPainterPath:
    """Return the left edge of a rounded body, `STRIP_WIDTH` wide."""
    block, edge = QPainterPath(), QPainterPath()
    block.addRoundedRect(QRectF(0.5, 0.5, 40.0, height - 1.0), RADIUS, RADIUS)
    edge.addRect(QRectF(0.0, 0.0, STRIP_WIDTH, height))
    return block.intersected(edge)


def _paint_badge(painter: QPainter, look: Look) -> None:
    """Draw an error as a disc, a warning as a triangle, both with an exclamation mark."""
    rect = QRectF(look.badge_x, look.badge_y, BADGE, BADGE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(paint_cache.brush(look.badge))
    if look.badge == "danger":
        painter.drawEllipse(rect)
    else:
        path = QPainterPath(QPointF(rect.center().x(), rect.top()))
        path.lineTo(rect.bottomRight())
        path.lineTo(rect.bottomLeft())
        path.closeSubpath()
        painter.drawPath(path)
    painter.setPen(paint_cache.pen("node", 1.8))
    x, middle = rect.center().x(), rect.center().y() + (0.0 if look.badge == "danger" else 1.5)
    painter.drawLine(QPointF(x, middle - 3.2), QPointF(x, middle + 0.6))
    painter.drawPoint(QPointF(x, middle + 3.4))


def _paint_port(painter: QPainter, port: PortState) -> None:
    at = QPointF(port.x, port.y)
    if port.look == "faded":
        painter.setPen(paint_cache.pen("node_edge", 1.5))
    elif port.look == "fits":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paint_cache.brush("accent", 0.3))
        painter.drawEllipse(at, PORT_RADIUS + 4.5, PORT_RADIUS + 4.5)
        painter.setPen(paint_cache.pen("accent", 2.2))
    else:
        painter.setPen(paint_cache.pen(port.token, 2.0))
    painter.setBrush(paint_cache.brush("accent" if port.look == "held" else "canvas"))
    radius = PORT_RADIUS if port.required or port.look == "fits" else PORT_RADIUS - 1.0
    painter.drawEllipse(at, radius, radius)
