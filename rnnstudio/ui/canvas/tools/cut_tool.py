"""Cutting wires by drawing a line across them.

With Alt and the left button, with Ctrl and the right one, or with the knife in hand: window managers
may keep Alt for themselves.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPoint, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPainterPath

from rnnstudio.design import edits
from rnnstudio.design.model import LinkId
from rnnstudio.ui.canvas import undo_text
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.items.gesture_overlays import CutLine
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.tools.gesture import Gesture

_CTRL = Qt.KeyboardModifier.ControlModifier


class Knife:
    """Taken up by a key or from the menu: the next drag cuts wires, whatever is under it.

    Attributes
    ----------
    held : whether the next drag cuts
    """

    def __init__(self, context: CanvasContext) -> None:
        self._context = context
        self.held = False

    def take(self) -> None:
        """Take the knife up, or lay it down again."""
        self._hold(not self.held)
        if self.held:
            self._context.report(self._context.tr("Draw across links to cut them; Esc lays the knife down."))
            self.hover(self._context.pointer)

    def lay_down(self) -> bool:
        """Lay the knife down; return whether it was held."""
        held = self.held
        self._hold(False)
        return held

    def _hold(self, held: bool) -> None:
        if held != self.held:
            self.held = held
            self._context.hint.say("", QPoint())
            self._context.show_cursor()

    def hover(self, at: QPoint | None) -> bool:
        """Say beside the pointer what a drag does; return whether the knife is held."""
        if self.held:
            words = self._context.tr("Draw across links to cut them") if at is not None else ""
            self._context.hint.say(words, self._context.from_viewport(at or QPoint()), "accent")
        return self.held

    def cuts(self, event: QMouseEvent) -> bool:
        """Return whether a press begins to cut; the knife is laid down with it."""
        if event.button() == Qt.MouseButton.LeftButton:
            return self.lay_down() or bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        return event.button() == Qt.MouseButton.RightButton and bool(event.modifiers() & _CTRL)


def by_right_button(event: QContextMenuEvent) -> bool:
    """Return whether a press that asks for a menu is one that cuts."""
    return event.reason() == QContextMenuEvent.Reason.Mouse and bool(event.modifiers() & _CTRL)


class Cut(Gesture):
    """Draw a line; the wires that it crosses fade, and are gone when it ends. One undo step."""

    def __init__(self, context: CanvasContext) -> None:
        super().__init__(context)
        self._line = CutLine()
        self._crossed: set[LinkId] = set()

    def start(self, at: QPoint) -> None:
        """Begin to draw."""
        self._last = self.context.mapToScene(at)
        self._path = QPainterPath(self._last)
        self.scene.addItem(self._line)
        self.context.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def move(self, at: QPoint) -> None:
        """Draw on, and show which wires would be cut."""
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
        """Leave every wire whole."""
        self._clean()

    def _clean(self) -> None:
        self.scene.removeItem(self._line)
        self.context.show_cursor()
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
