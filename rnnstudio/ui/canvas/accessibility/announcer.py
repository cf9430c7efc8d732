"""Tells a screen reader what is on the canvas, what has the focus, and what changes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAccessible, QAccessibleEvent

from rnnstudio.design.model import NodeId
from rnnstudio.ui.canvas.accessibility import descriptions, interfaces
from rnnstudio.ui.canvas.accessibility.interfaces import AccessibleItem, Drawn
from rnnstudio.ui.canvas.canvas_context import CanvasContext, Key
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.translation import translated

Event = QAccessible.Event
MANY = 20  # a selection that changes by more items is announced as one change


class Announcer(QObject):
    """Keeps the accessible items of one canvas that a screen reader asked for, and announces changes."""

    def __init__(self, context: CanvasContext) -> None:
        super().__init__(context.widget)
        interfaces.install()
        self._context = context
        self._places: dict[Key, AccessibleItem] = {}
        self._told: dict[Key, object] = {}  # the sources of the text of each item
        self._order: list[Key] | None = None  # None if nobody asked since the last change
        self._numbers: dict[Key, int] = {}
        self._wires: dict[NodeId, list[LinkItem]] | None = None
        self._selected: set[Key] = set()
        self._current: Key | None = None
        context.document.changed.connect(self._changed)
        context.document.report_changed.connect(self._changed)
        context.selection.changed.connect(self._select)
        context.widget.setAccessibleName(descriptions.accessible_name(context))

    # ------------------------------------------------------------------------------- asked

    def keys(self) -> list[Key]:
        """Return the nodes and annotations in reading order, then the links."""
        if self._order is None:
            canvas = self._context.canvas
            drawn = [element for element in self._context.document.design.elements if canvas.item(element.id)]
            drawn.sort(key=lambda element: (element.x, element.y))
            self._order = [(False, element.id) for element in drawn]
            self._order += [(True, link_id) for link_id in canvas.link_items]
            self._numbers = {key: place for place, key in enumerate(self._order)}
        return self._order

    def index(self, key: Key) -> int:
        """Return the child index of a key; -1 if there is none."""
        self.keys()
        return self._numbers.get(key, -1)

    def wires_at(self, block: NodeId) -> list[LinkItem]:
        """Return the links of a node item."""
        if self._wires is None:
            self._wires = {}
            for wire in self._context.canvas.link_items.values():
                for end in dict.fromkeys(wire.blocks):
                    self._wires.setdefault(end, []).append(wire)
        return self._wires.get(block, [])

    def place(self, key: Key) -> AccessibleItem:
        """Return the accessible item of a key; it is created at the first request."""
        if key not in self._places:
            place = self._places[key] = AccessibleItem(self._context, key, self)
            self._told[key] = _made_of(place.drawn)
        return self._places[key]

    def current(self) -> Key | None:
        """Return the key of the item with the focus: the only selected one."""
        nodes, links = self._context.selection.nodes, self._context.selection.links
        if len(nodes) + len(links) != 1:
            return None
        key = (bool(links), str(next(iter(links or nodes))))
        return key if self.index(key) >= 0 else None

    def at(self, point: QPoint) -> Key | None:
        """Return the key of what is at a point of the viewport."""
        hit = self._context.hit_test(point, ports=False)
        if hit.link is not None:
            return (True, hit.link.link.id)
        if hit.node is not None:
            return (False, hit.node.node.id)
        return (False, hit.annotation.id) if hit.annotation is not None else None

    # ------------------------------------------------------------------------------- telling

    def focus(self) -> None:
        """Announce what has the focus if it changed."""
        if QAccessible.isActive() and self._context.widget.hasFocus():
            self._current = self.current()
            _tell(
                self.place(self._current) if self._current is not None else self._context.widget, Event.Focus
            )

    def _changed(self, _what: object) -> None:
        asked, before = self._order is not None, self._numbers
        self._order = self._wires = None
        self._context.widget.setAccessibleName(descriptions.accessible_name(self._context))
        if not asked:
            return
        new = [key for key in self.keys() if key not in before]
        self._forget([key for key in self._places if key not in self._numbers])
        if len(new) > MANY:
            _tell(self._context.widget, Event.ObjectReorder)
        elif QAccessible.isActive():
            for key in new:
                _tell(self.place(key), Event.ObjectCreated)
        for key, place in self._places.items():
            made_of = _made_of(place.drawn)
            if made_of != self._told[key]:
                self._told[key] = made_of
                _tell(place, Event.NameChanged)
                _tell(place, Event.DescriptionChanged)

    def _forget(self, gone: list[Key]) -> None:
        for key in gone:
            place = self._places.pop(key)
            del self._told[key]
            _tell(place, Event.ObjectDestroyed)
            place.deleteLater()

    def _select(self) -> None:
        self._context.widget.setAccessibleName(descriptions.accessible_name(self._context))
        if not QAccessible.isActive():
            return
        chosen = self._context.selection
        now: set[Key] = {(False, node) for node in chosen.nodes} | {(True, link) for link in chosen.links}
        before, self._selected = self._selected, now
        changed = [key for key in now ^ before if self.index(key) >= 0]
        if len(changed) > MANY:
            _tell(self._context.widget, Event.SelectionWithin)
        else:
            for key in changed:
                _tell(self.place(key), Event.SelectionAdd if key in now else Event.SelectionRemove)
        if self.current() != self._current:
            self.focus()


def _made_of(drawn: Drawn | None) -> object:
    """Return the sources of an item's text; the text changes only if they change."""
    if isinstance(drawn, NodeItem):
        return (drawn.node, [translated(problem) for problem in drawn.problems], drawn.weights)
    if isinstance(drawn, LinkItem):
        return (drawn.link, drawn.label, [translated(problem) for problem in drawn.problems])
    return drawn.annotation if drawn is not None else None


def _tell(what: QObject, event: QAccessible.Event) -> None:
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleEvent(what, event))
