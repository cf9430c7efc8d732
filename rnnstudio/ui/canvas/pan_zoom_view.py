"""A graphics view that pans and zooms over a dotted grid."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QNativeGestureEvent, QPainter, QPolygonF, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.document.grid import grid

LEAST_ZOOM, MOST_ZOOM = 0.05, 4.0
_NOTCH = 120.0  # angleDelta of one notch of a wheel
_ZOOM_STEP = 1.2
_DOTS_APART = 15.0  # least distance of dots, in pixels on screen
_FIT_MARGIN = 24.0
_BLOCK = 32  # dots are drawn as cached tiles


class PanZoomView(QGraphicsView):
    """Shows a scene: the wheel zooms at the pointer, a touchpad pans, a pinch zooms.

    Signals
    -------
    zoom_changed(float) : 1.0 is one logical pixel per scene unit
    """

    zoom_changed = Signal(float)

    def __init__(self, scene: QGraphicsScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState, False)
        self.setMouseTracking(True)

    @property
    def zoom(self) -> float:
        """Logical pixels per scene unit."""
        return self.transform().m11()

    def zoom_to(self, zoom: float, at: QPoint | None = None) -> None:
        """Zoom to a scale, keeping the scene point under ``at`` (viewport pixels; the centre) still."""
        zoom = min(max(zoom, LEAST_ZOOM), MOST_ZOOM)
        at = at if at is not None else self.viewport().rect().center()
        fixed = self.mapToScene(at)
        self.setTransform(QTransform.fromScale(zoom, zoom))  # exact; scaling by a ratio is not
        self.pan(at - self.mapFromScene(fixed))
        self.zoom_changed.emit(self.zoom)

    def pan(self, by: QPoint) -> None:
        """Move the picture by so many pixels."""
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - by.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - by.y())

    def show_rect(self, rect: QRectF) -> None:
        """Fit a rectangle of the scene into the view, at 100 % at most."""
        if rect.isEmpty():
            self.zoom_to(1.0)
            self.centerOn(0.0, 0.0)
            return
        extent = self.scene().sceneRect()
        if not extent.contains(rect):  # nodes of a file may be anywhere
            self.scene().setSceneRect(extent.united(rect.adjusted(-1e4, -1e4, 1e4, 1e4)))
        room = self.viewport().size()
        wide = max(room.width() - 2 * _FIT_MARGIN, 1.0) / rect.width()
        high = max(room.height() - 2 * _FIT_MARGIN, 1.0) / rect.height()
        self.zoom_to(min(wide, high, 1.0))
        self.centerOn(rect.center())

    def from_viewport(self, at: QPoint) -> QPoint:
        """Return a point of the viewport in the coordinates of this widget."""
        return self.viewport().mapTo(self, at)

    def visible_scene_rect(self) -> QRectF:
        """Return the visible part of the scene."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    # ------------------------------------------------------------------------------- events

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom by a wheel, pan by a touchpad."""
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        touchpad = not event.pixelDelta().isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        if touchpad and not ctrl:
            self.pan(event.pixelDelta())
        else:
            notches = event.angleDelta().y() / _NOTCH
            self.zoom_to(self.zoom * _ZOOM_STEP**notches, event.position().toPoint())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Zoom by a pinch."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_to(self.zoom * (1.0 + event.value()), event.position().toPoint())
                return True
        return super().viewportEvent(event)

    # ------------------------------------------------------------------------------- painting

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Fill with the background colour, and draw dots on the grid, fewer at low zoom."""
        painter.fillRect(rect, paint_cache.brush("canvas"))
        step = 2.0 * grid.size
        while step * self.zoom < _DOTS_APART:
            step *= 2
        left, top = math.floor(rect.left() / step), math.floor(rect.top() / step)
        columns, rows = math.ceil(rect.width() / step) + 1, math.ceil(rect.height() / step) + 1
        painter.save()
        painter.setPen(paint_cache.dot("grid"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # thousands of round dots take long
        painter.translate(left * step, top * step)
        painter.scale(step, step)
        for row in range(0, rows, _BLOCK):
            for column in range(0, columns, _BLOCK):
                painter.translate(column, row)
                painter.drawPoints(_dots(min(_BLOCK, columns - column), min(_BLOCK, rows - row)))
                painter.translate(-column, -row)
        painter.restore()


@lru_cache(maxsize=1024)
def _dots(columns: int, rows: int) -> QPolygonF:
    """Return a tile of dots, one unit apart."""
    return QPolygonF([QPointF(column, row) for row in range(rows) for column in range(columns)])
