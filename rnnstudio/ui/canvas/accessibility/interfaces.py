"""What a screen reader sees of the canvas: every node, thing and link as a child of its own.

Nothing here is made before a screen reader looks. Each thing that it looked at is known to Qt by a small
`QObject`: when that ends, Qt's cache deletes the interface, so that none outlives what it speaks of.
"""

from __future__ import annotations

from functools import cache
from typing import cast

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QAccessible, QAccessibleActionInterface, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget, QGraphicsView, QWidget
from shiboken6 import Shiboken
from shiboken6.Shiboken import VoidPtr

from rnnstudio.design.model import LinkId, NodeId
from rnnstudio.ui.canvas.accessibility import descriptions
from rnnstudio.ui.canvas.canvas_context import CanvasContext, Key
from rnnstudio.ui.canvas.items.annotation_items import ThingItem
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.items.node_item import NodeItem

Role, Text = QAccessible.Role, QAccessible.Text
Drawn = NodeItem | ThingItem | LinkItem
NOTHING = cast(QAccessibleInterface, None)  # Qt's null pointer, of which its stubs know nothing


class Place(QObject):
    """Stands for one node, thing or link among Qt's accessible objects."""

    def __init__(self, context: CanvasContext, key: Key, parent: QObject) -> None:
        super().__init__(parent)
        self.context, self.key = context, key
        self.actions = PlaceActions(self)
        self.interface = PlaceInterface(self)  # Qt's cache deletes it together with this object
        QAccessible.registerAccessibleInterface(self.interface)

    @property
    def drawn(self) -> Drawn | None:
        """The item that is drawn of it now."""
        is_link, name = self.key
        canvas = self.context.canvas
        return canvas.link_items.get(LinkId(name)) if is_link else canvas.item(NodeId(name))

    @property
    def selected(self) -> bool:
        """Whether it is selected."""
        is_link, name = self.key
        chosen = self.context.selection
        return name in (chosen.links if is_link else chosen.nodes)

    def select(self) -> None:
        """Give it the keyboard: select it alone, and bring it into view."""
        is_link, name = self.key
        if self.drawn is None:
            return
        self.context.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        if is_link:
            self.context.selection.set(links=[LinkId(name)])
        else:
            self.context.focus_node(NodeId(name))


class PlaceActions(QAccessibleActionInterface):
    """What a screen reader may do with a place."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def actionNames(self) -> list[str]:
        """Return that it can be pressed."""
        return [QAccessibleActionInterface.pressAction(), QAccessibleActionInterface.setFocusAction()]

    def doAction(self, action_name: str) -> None:
        """Select it, as a click does."""
        self._place.select()

    def keyBindingsForAction(self, action_name: str) -> list[str]:
        """Return none: the arrows walk to it."""
        return []


class PlaceInterface(QAccessibleInterface):
    """What Qt may ask of a place."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def isValid(self) -> bool:
        """Return whether it may still be asked: until Qt was told that the design no longer holds it."""
        return Shiboken.isValid(self._place)

    def object(self) -> QObject:
        """Return what Qt's cache knows it by."""
        return self._place

    def parent(self) -> QAccessibleInterface:
        """Return the canvas."""
        return QAccessible.queryAccessibleInterface(self._place.context.widget)

    def window(self) -> QWindow:
        """Return the window that the canvas is in."""
        return self.parent().window()

    def child(self, index: int) -> QAccessibleInterface:
        """Return nothing: it has no parts."""
        return NOTHING

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """Return nothing: it has no parts."""
        return NOTHING

    def childCount(self) -> int:
        """Return 0: it has no parts."""
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return -1: it has no parts."""
        return -1

    def rect(self) -> QRect:
        """Return where it is on the screen."""
        drawn, context = self._place.drawn, self._place.context
        if drawn is None:
            return QRect()
        shown = context.widget.mapFromScene(frame_of(drawn)).boundingRect()
        return QRect(context.viewport().mapToGlobal(shown.topLeft()), shown.size())

    def role(self) -> QAccessible.Role:
        """Return that it is one of a list; every screen reader can walk through that."""
        return Role.ListItem

    def state(self) -> QAccessible.State:
        """Return whether it is selected, has the keyboard, and is to be seen."""
        place, state = self._place, QAccessible.State()
        drawn = place.drawn
        if drawn is None:
            state.invalid = True
            return state
        state.focusable = state.selectable = state.multiSelectable = True
        state.selected = place.selected
        state.focused = place.context.widget.hasFocus() and place.context.announcer.current() == place.key
        state.invisible = not drawn.isVisible()
        state.offscreen = not place.context.visible_scene_rect().intersects(frame_of(drawn))
        return state

    def text(self, t: QAccessible.Text) -> str:
        """Return its name with its problems; its links and weights as the description."""
        drawn = self._place.drawn
        if drawn is not None and t == Text.Name:
            return descriptions.spoken(self._place.context, drawn)
        if drawn is not None and t == Text.Description:
            return descriptions.described(self._place.context, drawn)
        return ""

    def setText(self, t: QAccessible.Text, text: str) -> None:
        """Do nothing: titles are typed on the canvas, where they can be undone."""

    def interface_cast(self, t: QAccessible.InterfaceType) -> int:
        """Return the address of what does its actions; Qt takes it from this type alone."""
        address = 0
        if t == QAccessible.InterfaceType.ActionInterface:
            (address,) = Shiboken.getCppPointer(self._place.actions)
        return cast(int, VoidPtr(address))


class CanvasInterface(QAccessibleWidget):
    """The canvas: a list of what stands on it, and the widgets over it."""

    def __init__(self, canvas: QGraphicsView) -> None:
        super().__init__(canvas, Role.List)

    def _context(self) -> CanvasContext:
        return cast("CanvasContext", self.object())

    def childCount(self) -> int:
        """Return how many things stand on it, with the widgets over it."""
        return len(self._context().announcer.keys()) + len(self._over())

    def child(self, index: int) -> QAccessibleInterface:
        """Return one of them, nodes first."""
        announcer = self._context().announcer
        keys = announcer.keys()
        if 0 <= index < len(keys):
            return announcer.place(keys[index]).interface
        over = self._over()[index - len(keys) :] if index >= 0 else []
        return QAccessible.queryAccessibleInterface(over[0]) if over else NOTHING

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return which child that is; -1 where it is none."""
        announcer, what = self._context().announcer, child.object()
        if isinstance(what, Place):
            return announcer.index(what.key)
        over = self._over()
        return len(announcer.keys()) + over.index(what) if isinstance(what, QWidget) and what in over else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """Return what is under a point of the screen."""
        context = self._context()
        at = context.viewport().mapFromGlobal(QPoint(x, y))
        for widget in reversed(self._over()):
            if widget.geometry().contains(context.widget.mapFromGlobal(QPoint(x, y))):
                return QAccessible.queryAccessibleInterface(widget)
        key = context.announcer.at(at)
        return context.announcer.place(key).interface if key is not None else NOTHING

    def focusChild(self) -> QAccessibleInterface:
        """Return what has the keyboard."""
        context = self._context()
        key = context.announcer.current() if context.widget.hasFocus() else None
        return context.announcer.place(key).interface if key is not None else super().focusChild()

    def text(self, t: QAccessible.Text) -> str:
        """Return the canvas' own name: what is selected speaks for itself."""
        return descriptions.canvas_name(self._context()) if t == Text.Name else super().text(t)

    def _over(self) -> list[QWidget]:
        """Return the widgets that lie on the canvas and show."""
        context = self._context()
        return [
            child
            for child in context.widget.children()
            if isinstance(child, QWidget)
            and child.isVisible()
            and not child.isWindow()
            and child is not context.viewport()
            and not child.objectName().startswith("qt_scrollarea")
        ]


def frame_of(drawn: Drawn) -> QRectF:
    """Return the rectangle of an item in the scene."""
    return drawn.sceneBoundingRect() if isinstance(drawn, LinkItem) else drawn.frame()


@cache
def install() -> None:
    """Let Qt ask here for the interface of a canvas."""

    def made(class_name: str, what: QObject) -> QAccessibleInterface | None:
        return (
            CanvasInterface(what) if isinstance(what, QGraphicsView) and hasattr(what, "announcer") else None
        )

    QAccessible.installFactory(made)
