"""Cutting wires by drawing a line across them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPoint, QRectF, Qt
from PySide6.QtGui import QPainterPath

from rnnstudio.design import edits
from rnnstudio.design.model import LinkId
from rnnstudio.ui.canvas import counts
from rnnstudio.ui.canvas.gestures import Gesture
from rnnstudio.ui.canvas.link_item import LinkItem
from rnnstudio.ui.canvas.overlay import CutLine

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.view import CanvasView


class Cut(Gesture):
    """Draw a line; the wires that it crosses fade, and are gone when it ends. One undo step."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._line = CutLine()
        self._crossed: set[LinkId] = set()

    def start(self, at: QPoint) -> None:
        """Begin to draw."""
        self._last = self.view.mapToScene(at)
        self._path = QPainterPath(self._last)
        self.scene.addItem(self._line)
        self.view.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def move(self, at: QPoint) -> None:
        """Draw on, and show which wires would be cut."""
        here = self.view.mapToScene(at)
        for wire in self._wires_across(QLineF(self._last, here)):
            self._crossed.add(wire.link.id)
            wire.set_faded(True)
        self._path.lineTo(here)
        self._line.set_path(self._path)
        self._last = here

    def _wires_across(self, line: QLineF) -> list[LinkItem]:
        rect = QRectF(line.p1(), line.p2()).normalized().adjusted(-1.0, -1.0, 1.0, 1.0)
        near = (item for item in self.scene.items(rect) if isinstance(item, LinkItem))
        return [wire for wire in near if wire.link.id not in self._crossed and _crosses(wire, line)]

    def end(self, at: QPoint) -> None:
        """Cut."""
        self.move(at)
        crossed = self._crossed & set(self.scene.link_items)
        self._clean()
        if crossed:
            self.document.edit(
                counts.cut_links(len(crossed)), edits.remove(self.document.design, link_ids=crossed)
            )

    def cancel(self) -> None:
        """Leave every wire whole."""
        self._clean()

    def _clean(self) -> None:
        self.scene.removeItem(self._line)
        self.view.show_cursor()
        for link_id in self._crossed & set(self.scene.link_items):
            self.scene.link_items[link_id].set_faded(False)


def _crosses(wire: LinkItem, line: QLineF) -> bool:
    """Return whether a line crosses a wire, of any thickness."""
    crossing = QLineF.IntersectionType.BoundedIntersection
    for polygon in wire.path.toSubpathPolygons():
        points = [at + wire.pos() for at in polygon.toList()]
        for one, two in zip(points, points[1:], strict=False):
            if line.intersects(QLineF(one, two))[0] == crossing:
                return True
    return False
