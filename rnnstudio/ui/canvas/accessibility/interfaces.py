"""Qt accessibility of the canvas: every node, annotation and link is a child.

Nothing is created before a screen reader asks. Qt knows each item that it asked for by a small `QObject`.
When that object is deleted, Qt's cache deletes the interface, so that no interface outlives its item.
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
from rnnstudio.ui.canvas.items.annotation_items import AnnotationItem
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.items.node_item import NodeItem

Role, Text = QAccessible.Role, QAccessible.Text
Drawn = NodeItem | AnnotationItem | LinkItem
NOTHING = cast(QAccessibleInterface, None)  # a null pointer, which PySide6's stubs do not allow


class AccessibleItem(QObject):
    """One node, annotation or link as an accessible object."""

    def __init__(self, context: CanvasContext, key: Key, parent: QObject) -> None:
        super().__init__(parent)
        self.context, self.key = context, key
        self.actions = AccessibleItemActions(self)
        self.interface = AccessibleItemInterface(self)  # Qt's cache deletes it with this object
        QAccessible.registerAccessibleInterface(self.interface)

    @property
    def drawn(self) -> Drawn | None:
        """The graphics item."""
        is_link, name = self.key
        canvas = self.context.canvas
        return canvas.link_items.get(LinkId(name)) if is_link else canvas.item(NodeId(name))

    @property
    def selected(self) -> bool:
        """Whether the item is selected."""
        is_link, name = self.key
        chosen = self.context.selection
        return name in (chosen.links if is_link else chosen.nodes)

    def select(self) -> None:
        """Focus the item: select it alone, and bring it into view."""
        is_link, name = self.key
        if self.drawn is None:
            return
        self.context.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        if is_link:
            self.context.selection.set(links=[LinkId(name)])
        else:
            self.context.focus_node(NodeId(name))


class AccessibleItemActions(QAccessibleActionInterface):
    """The actions of an accessible item."""

    def __init__(self, place: AccessibleItem) -> None:
        super().__init__()
        self._place = place

    def actionNames(self) -> list[str]:
        """Return the press action."""
        return [QAccessibleActionInterface.pressAction(), QAccessibleActionInterface.setFocusAction()]

    def doAction(self, action_name: str) -> None:
        """Select the item, as a click does."""
        self._place.select()

    def keyBindingsForAction(self, action_name: str) -> list[str]:
        """Return none: arrows move the focus."""
        return []


class AccessibleItemInterface(QAccessibleInterface):
    """The interface of an accessible item."""

    def __init__(self, place: AccessibleItem) -> None:
        super().__init__()
        self._place = place

    def isValid(self) -> bool:
        """Return whether the item still exists."""
        return Shiboken.isValid(self._place)

    def object(self) -> QObject:
        """Return the object that Qt's cache knows the interface by."""
        return self._place

    def parent(self) -> QAccessibleInterface:
        """Return the canvas."""
        return QAccessible.queryAccessibleInterface(self._place.context.widget)

    def window(self) -> QWindow:
        """Return the window of the canvas."""
        return self.parent().window()

    def child(self, index: int) -> QAccessibleInterface:
        """Return nothing: an item has no children."""
        return NOTHING

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """Return nothing: an item has no children."""
        return NOTHING

    def childCount(self) -> int:
        """Return 0: an item has no children."""
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return -1: an item has no children."""
        return -1

    def rect(self) -> QRect:
        """Return the rectangle on the screen."""
        drawn, context = self._place.drawn, self._place.context
        if drawn is None:
            return QRect()
        shown = context.widget.mapFromScene(frame_of(drawn)).boundingRect()
        return QRect(context.viewport().mapToGlobal(shown.topLeft()), shown.size())

    def role(self) -> QAccessible.Role:
        """Return the role of a list item, which every screen reader supports."""
        return Role.ListItem

    def state(self) -> QAccessible.State:
        """Return whether the item is selected, focused and visible."""
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
        """Return the name with problems, or the description with links and weights."""
        drawn = self._place.drawn
        if drawn is not None and t == Text.Name:
            return descriptions.spoken(self._place.context, drawn)
        if drawn is not None and t == Text.Description:
            return descriptions.described(self._place.context, drawn)
        return ""

    def setText(self, t: QAccessible.Text, text: str) -> None:
        """Do nothing: titles are edited on the canvas."""

    def interface_cast(self, t: QAccessible.InterfaceType) -> int:
        """Return the address of the action interface; Qt asks for no other type."""
        address = 0
        if t == QAccessible.InterfaceType.ActionInterface:
            (address,) = Shiboken.getCppPointer(self._place.actions)
        return cast(int, VoidPtr(address))


class CanvasInterface(QAccessibleWidget):
    """The canvas: a list of its items and of the widgets over it."""

    def __init__(self, canvas: QGraphicsView) -> None:
        super().__init__(canvas, Role.List)

    def _context(self) -> CanvasContext:
        return cast("CanvasContext", self.object())

    def childCount(self) -> int:
        """Return the number of items and widgets."""
        return len(self._context().announcer.keys()) + len(self._over())

    def child(self, index: int) -> QAccessibleInterface:
        """Return a child: items first, then widgets."""
        announcer = self._context().announcer
        keys = announcer.keys()
        if 0 <= index < len(keys):
            return announcer.place(keys[index]).interface
        over = self._over()[index - len(keys) :] if index >= 0 else []
        return QAccessible.queryAccessibleInterface(over[0]) if over else NOTHING

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return the index of a child; -1 if it is none."""
        announcer, what = self._context().announcer, child.object()
        if isinstance(what, AccessibleItem):
            return announcer.index(what.key)
        over = self._over()
        return len(announcer.keys()) + over.index(what) if isinstance(what, QWidget) and what in over else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """Return the child at a point of the screen."""
        context = self._context()
        at = context.viewport().mapFromGlobal(QPoint(x, y))
        for widget in reversed(self._over()):
            if widget.geometry().contains(context.widget.mapFromGlobal(QPoint(x, y))):
                return QAccessible.queryAccessibleInterface(widget)
        key = context.announcer.at(at)
        return context.announcer.place(key).interface if key is not None else NOTHING

    def focusChild(self) -> QAccessibleInterface:
        """Return the child with the focus."""
        context = self._context()
        key = context.announcer.current() if context.widget.hasFocus() else None
        return context.announcer.place(key).interface if key is not None else super().focusChild()

    def text(self, t: QAccessible.Text) -> str:
        """Return the name of the canvas."""
        return descriptions.canvas_name(self._context()) if t == Text.Name else super().text(t)

    def _over(self) -> list[QWidget]:
        """Return the visible widgets over the canvas."""
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
    """Install the factory of accessible interfaces."""

    def made(class_name: str, what: QObject) -> QAccessibleInterface | None:
        return (
            CanvasInterface(what) if isinstance(what, QGraphicsView) and hasattr(what, "announcer") else None
        )

    QAccessible.installFactory(made)
