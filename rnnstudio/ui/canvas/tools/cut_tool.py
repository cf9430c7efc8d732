"""Cutting links by drawing a line across them.

With Alt and the left button, with Ctrl and the right button, or in cut mode. (Some window managers use Alt
themselves.)
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPoint, QRectF, Qt
from PySide6.QtGui import QPainterPath

from rnnstudio.design import edits
from rnnstudio.design.model import LinkId
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.hit_test import Hit
from rnnstudio.ui.canvas.items.gesture_overlays import CutLine
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.registry import Press, ToolSpec, register_tool
from rnnstudio.ui.document import undo_text

_CTRL = Qt.KeyboardModifier.ControlModifier


class Cut(Gesture):
    """Draw a line. The links that it crosses fade, and are deleted at the end, as one undo step."""

    def __init__(self, context: CanvasContext) -> None:
        super().__init__(context)
        self._line = CutLine()
        self._crossed: set[LinkId] = set()

    def start(self, at: QPoint) -> None:
        """Start the line."""
        self._last = self.context.mapToScene(at)
        self._path = QPainterPath(self._last)
        self.scene.addItem(self._line)
        self.context.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def move(self, at: QPoint) -> None:
        """Extend the line, and show which links would be deleted."""
        here = self.context.mapToScene(at)
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
                undo_text.cut_links(len(crossed)), edits.remove(self.document.design, link_ids=crossed)
            )

    def cancel(self) -> None:
        """Delete nothing."""
        self._clean()

    def _clean(self) -> None:
        self.scene.removeItem(self._line)
        self.context.show_cursor()
        for link_id in self._crossed & set(self.scene.link_items):
            self.scene.link_items[link_id].set_faded(False)


def _crosses(wire: LinkItem, line: QLineF) -> bool:
    """Return whether a line crosses the path of a link."""
    crossing = QLineF.IntersectionType.BoundedIntersection
    for polygon in wire.path.toSubpathPolygons():
        points = [at + wire.pos() for at in polygon.toList()]
        for one, two in zip(points, points[1:], strict=False):
            if line.intersects(QLineF(one, two))[0] == crossing:
                return True
    return False


def _matches(press: Press, _hit: Hit) -> bool:
    if press.is_left:
        return press.cutting or bool(press.modifiers & Qt.KeyboardModifier.AltModifier)
    return press.button == Qt.MouseButton.RightButton and bool(press.modifiers & _CTRL)


def _make(context: CanvasContext, _press: Press, _hit: Hit) -> Cut:
    context.cut_mode.end()
    return Cut(context)


register_tool(ToolSpec("cut", 10, _matches, _make))
