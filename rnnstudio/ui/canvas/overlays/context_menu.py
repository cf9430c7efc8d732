"""Context menus of nodes, links, ports, annotations and the canvas.

Entries are ids of actions. Actions that the canvas does not have are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QMenu

from rnnstudio.design import edits
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.items.port_appearance import Port
from rnnstudio.ui.document import undo_text
from rnnstudio.ui.widgets.text_format import menu_text, tooltip

NODE = (
    "edit.link", "edit.replace", "arrange.group", "arrange.frame", "",
    "edit.cut", "edit.copy", "edit.duplicate", "",
    "edit.delete", "edit.delete_join",
)  # fmt: skip
THING = ("arrange.fold", "arrange.unpack", "", "edit.cut", "edit.copy", "edit.duplicate", "", "edit.delete")
LINK = ("edit.add", "edit.delay", "", "edit.cut_links", "edit.delete")
CANVAS = ("arrange.note", "edit.paste", "edit.select_all", "", "view.fit", "view.actual_size")


class ContextMenu:
    """Selects what is under the pointer and opens its menu."""

    def __init__(self, context: CanvasContext) -> None:
        self._context = context
        self.menu: QMenu | None = None

    def open(self, event: QContextMenuEvent) -> None:
        """Open the menu for a press of the right button or the menu key."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = self._place_of_selection() if by_key else event.pos()
        self._context.node_search.close()
        if self.menu is not None:
            self.menu.deleteLater()
        self.menu = QMenu(self._context.widget)
        self.menu.setObjectName("canvas-menu")
        self.menu.setToolTipsVisible(True)
        self._fill(at, by_key=by_key)
        self.menu.popup(self._context.viewport().mapToGlobal(at))

    def _place_of_selection(self) -> QPoint:
        """Return where the menu key opens the menu: at the selection."""
        context, canvas = self._context, self._context.canvas
        for node_id in context.selection.nodes:
            item = canvas.item(node_id)
            if item is not None:
                inside = item.frame().topLeft() + QPointF(16.0, 12.0)
                return context.mapFromScene(inside)
        for link_id in context.selection.links & canvas.link_items.keys():
            return context.mapFromScene(canvas.link_items[link_id].path.pointAtPercent(0.5))
        return context.viewport().rect().center()

    def _fill(self, at: QPoint, *, by_key: bool) -> None:
        context = self._context
        hit = context.hit_test(at, ports=not by_key)
        if hit.link is not None:
            if hit.link.link.id not in context.selection.links:
                context.selection.set(links=[hit.link.link.id])
            self._add(LINK)
        elif hit.port is not None:
            self._fill_port(hit.port, at)
        elif hit.node is not None:
            if hit.node.node.id not in context.selection.nodes:
                context.selection.set([hit.node.node.id])
            self._add(NODE)
        elif hit.annotation is not None:
            if hit.annotation.id not in context.selection.nodes:
                context.selection.set([hit.annotation.id])
            self._add(THING)
        else:
            tip = context.tr("Search for a node to add here")
            self._entry(context.tr("Add a node…"), tip, partial(context.node_search.search_at, at))
            self._add(CANVAS)

    def _fill_port(self, port: Port, at: QPoint) -> None:
        context = self._context
        feed = None if port[2] else context.canvas.feed(port[0], port[1])
        joined = [
            link.id
            for link in context.document.design.links
            if port[:2] == ((link.source, link.source_port) if port[2] else (link.target, link.target_port))
        ]
        ask: Callable[[], None] = (
            partial(context.node_search.search_for_link, feed)
            if feed is not None
            else partial(context.node_search.search_for_port, port, at + QPoint(48 if port[2] else -48, 0))
        )
        self._entry(context.tr("Add a node here…"), context.tr("Search for a node that fits this port"), ask)
        entry = self._entry(
            context.tr("Disconnect"),
            context.tr("Remove every link at this port"),
            partial(self._disconnect, joined),
        )
        entry.setEnabled(bool(joined))

    def _disconnect(self, links: Sequence[str]) -> None:
        document = self._context.document
        kept = [link.id for link in document.design.links if link.id in links]
        document.edit(undo_text.deleted_links(len(kept)), edits.remove(document.design, link_ids=kept))

    def _entry(self, title: str, tip: str, callback: Callable[[], None]) -> QAction:
        assert self.menu is not None
        action = self.menu.addAction(menu_text(title))
        action.setToolTip(tooltip(tip))
        action.triggered.connect(_plain(callback))
        return action

    def _add(self, ids: Sequence[str]) -> None:
        assert self.menu is not None
        known = {action.objectName(): action for action in self._context.widget.actions()}
        for action_id in ids:
            if not action_id:
                self.menu.addSeparator()
            elif action_id in known:
                self.menu.addAction(known[action_id])


def _plain(callback: Callable[[], None]) -> Callable[[bool], None]:
    """Return a slot that drops the checked state that ``triggered`` carries."""

    def call(_checked: bool = False) -> None:
        callback()

    return call
