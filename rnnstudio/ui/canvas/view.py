"""The widget of the canvas: turns Qt events into gestures and commands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
)
from PySide6.QtWidgets import QToolTip, QWidget

from rnnstudio.design import edits
from rnnstudio.design.model import Design, Node, NodeId, Params
from rnnstudio.ui.canvas.accessibility import descriptions
from rnnstudio.ui.canvas.accessibility.announcer import Announcer
from rnnstudio.ui.canvas.canvas_context import Gesture, SearchPopup
from rnnstudio.ui.canvas.commands import keyboard_commands, navigation_commands
from rnnstudio.ui.canvas.commands.add_node import NodeSearch, add_node
from rnnstudio.ui.canvas.commands.cut_mode import CutMode
from rnnstudio.ui.canvas.commands.group_commands import Annotations
from rnnstudio.ui.canvas.geometry.free_place import place_for
from rnnstudio.ui.canvas.geometry.node_metrics import FIRST_PORT
from rnnstudio.ui.canvas.hit_test import Hit, hit_test
from rnnstudio.ui.canvas.items import gesture_overlays
from rnnstudio.ui.canvas.items.gesture_overlays import PointerHint
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.overlays.context_menu import ContextMenu
from rnnstudio.ui.canvas.overlays.inline_editor import InlineEditor
from rnnstudio.ui.canvas.pan_zoom_view import PanZoomView
from rnnstudio.ui.canvas.scene.animated_edits import AnimatedEdits
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene
from rnnstudio.ui.canvas.scene.overview_zoom import OverviewZoom
from rnnstudio.ui.canvas.tools.registry import Press, tool_for, tools
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.widgets.text_format import tooltip


class CanvasView(PanZoomView):
    """The network on the canvas.

    Signals
    -------
    told(str) : a message for the status bar, such as why something could not be done
    activated(str) : Enter or a double-click on the node of that id
    """

    reported = Signal(str)
    activated = Signal(str)

    def __init__(self, document: Document, selection: Selection, parent: QWidget | None = None) -> None:
        self.canvas = CanvasScene(document, selection)
        super().__init__(self.canvas, parent)
        self.canvas.setParent(self)
        self.document = document
        self.selection = selection
        self.animated_edits = AnimatedEdits(self.canvas, document)
        self.annotations = Annotations(self)
        self.node_search = NodeSearch(self)
        self.context = ContextMenu(self)
        self.hint = PointerHint(self)
        self.cut_mode = CutMode(self)
        self.announcer = Announcer(self)
        self.pointer: QPoint | None = None  # position of the mouse on the canvas
        self._gesture: Gesture | None = None
        self._drop: Gesture | None = None
        self._space = False
        self.held = Qt.KeyboardModifier.NoModifier
        self.setObjectName("canvas")
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        document.changed.connect(self._document_changed)
        self.overview = OverviewZoom(self, self.canvas)
        if document.design.nodes:
            self.fit()

    # ------------------------------------------------------------------------------- services

    @property
    def widget(self) -> CanvasView:
        """See `CanvasContext`."""
        return self

    def report(self, sentence: str) -> None:
        """See `CanvasContext`."""
        self.reported.emit(sentence)

    def activate(self, node_id: NodeId) -> None:
        """See `CanvasContext`."""
        self.activated.emit(node_id)

    def make_search_popup(self) -> SearchPopup:
        """See `CanvasContext`."""
        from rnnstudio.ui.canvas.overlays.search_popup import SearchPopup  # not needed at startup

        return SearchPopup(self)

    def make_inline_editor(self) -> InlineEditor:
        """See `CanvasContext`."""
        return InlineEditor(self)

    # ------------------------------------------------------------------------------- commands

    def fit(self) -> None:
        """Show the whole network."""
        self.show_rect(self.canvas.content_rect())

    def select_above(self) -> None:
        """Select the nearest node above."""
        navigation_commands.step(self, Qt.Key.Key_Up)

    def select_below(self) -> None:
        """Select the nearest node below."""
        navigation_commands.step(self, Qt.Key.Key_Down)

    def open_selected(self) -> None:
        """Collapse or expand the selected group, or activate the selected node."""
        keyboard_commands.open_selected(self)

    def deselect(self) -> None:
        """End cut mode; if it is not on, select nothing."""
        keyboard_commands.deselect(self)

    def selected_node(self) -> NodeId | None:
        """See `CanvasContext`."""
        chosen = [node.id for node in self.document.design.nodes if node.id in self.selection.nodes]
        return chosen[0] if len(chosen) == 1 and chosen[0] in self.canvas.node_items else None

    def add_node(
        self, kind: str, pos: QPointF | None = None, *, title: str = "", params: Params | None = None
    ) -> NodeId:
        """Add a node with its top left corner at a scene point, or in the middle of the view."""
        design = self.document.design
        spec = self.document.catalogue.nodes.get(kind)
        if pos is None:
            pos = place_for(design, self.visible_scene_rect().center(), spec)
        within = self.canvas.annotations.group_at(pos + QPointF(FIRST_PORT, FIRST_PORT)) or ""
        new_id = edits.new_node_id(design, kind)
        node = Node(new_id, kind, pos.x(), pos.y(), title, dict(params or {}), within)
        self.document.edit(self.tr("Add {0}").format(title or spec.title), edits.add_node(design, node))
        self.selection.set([node.id])
        return node.id

    def node_item(self, node_id: NodeId) -> NodeItem:
        """Return the item of a node."""
        return self.canvas.node_items[node_id]

    def focus_node(self, node_id: NodeId) -> None:
        """Select a node, group, frame or note and bring it into view; groups around it expand."""
        self.annotations.reveal(node_id)
        self.selection.set([node_id])
        item = self.canvas.item(node_id)
        frame = item.frame() if item is not None else QRectF()
        if not self.visible_scene_rect().contains(frame):
            self.ensureVisible(frame, 48, 48)

    def show_activations(self, node_id: NodeId, values: NDArray[np.floating] | None) -> None:
        """Show values (units, T) as an activation strip on a node; None takes it away."""
        self.canvas.show_activations(node_id, values)

    # ------------------------------------------------------------------------------- gestures

    @property
    def gesture(self) -> Gesture | None:
        """The gesture under way."""
        return self._gesture

    def begin(self, gesture: Gesture, at: QPoint) -> None:
        """Start a gesture; one under way is cancelled."""
        self.cancel_gesture()
        self.animated_edits.settle()
        self._gesture = gesture
        gesture.start(at)

    def cancel_gesture(self) -> None:
        """Cancel the gesture under way, if there is one."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
            self.selection.prune(self.document.design)

    def finish(self, at: QPoint) -> None:
        """End the gesture under way at a point of the viewport."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.end(at)

    def show_cursor(self) -> None:
        """Show the cursor that fits what a press would do."""
        if self._space:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif self.cut_mode.is_on:
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.viewport().unsetCursor()

    def hold_space(self, held: bool) -> None:
        """Set whether Space is held, so that a drag pans."""
        self._space = held
        if self._gesture is None:
            self.show_cursor()

    def hit_test(self, at: QPoint, *, ports: bool = True) -> Hit:
        """See `CanvasContext`."""
        return hit_test(self.canvas, self.mapToScene(at), self.zoom, ports=ports)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of what is under the pointer."""
        event.accept()
        if self._gesture is None and not self._belongs_to_tool(event):
            self.context.open(event)

    def _belongs_to_tool(self, event: QContextMenuEvent) -> bool:
        """Return whether a tool handles the press of the right button that requests a menu."""
        if event.reason() != QContextMenuEvent.Reason.Mouse:
            return False
        press = Press(event.pos(), Qt.MouseButton.RightButton, event.modifiers())
        return tool_for(press, self.hit_test(event.pos())) is not None

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the position of the pointer."""
        super().leaveEvent(event)
        self.pointer = None
        self.cut_mode.hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin the gesture of the first tool that matches."""
        at = event.position().toPoint()
        event.accept()
        if self._gesture is not None:
            return
        self.show_keyboard(False)
        self.node_search.close()
        press = Press(at, event.button(), event.modifiers(), self._space, self.cut_mode.is_on)
        hit = self.hit_test(at)
        tool = tool_for(press, hit)
        gesture = tool.make(self, press, hit) if tool is not None and tool.make is not None else None
        if gesture is not None:
            self.begin(gesture, at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the gesture; cancel it if the release event was lost."""
        event.accept()
        self.pointer = event.position().toPoint()
        self.held = event.modifiers()
        if self._gesture is None:
            self._hover(event.position().toPoint())
            return
        if event.buttons() == Qt.MouseButton.NoButton:
            self.cancel_gesture()
        else:
            self._gesture.move(event.position().toPoint())

    def _hover(self, at: QPoint) -> None:
        """Show by the cursor what a press would do."""
        if self.cut_mode.hover(at):
            return
        hit = self.hit_test(at)
        tool = tool_for(Press(at, space=self._space), hit)
        shape = tool.cursor(hit) if tool is not None else None
        if shape is not None:
            self.viewport().setCursor(shape)
        else:
            self.show_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        event.accept()
        if event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton):
            return
        self.finish(event.position().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Run the double click of the matching tool; without one, it counts as a press."""
        at = event.position().toPoint()
        hit = self.hit_test(at)
        tool = tool_for(Press(at), hit) if event.button() == Qt.MouseButton.LeftButton else None
        if tool is not None and tool.double_click is not None and tool.double_click(self, hit):
            event.accept()
        else:
            self.mousePressEvent(event)

    # ------------------------------------------------------------------------------- dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Begin a drop if a tool accepts the data; otherwise leave it to the window."""
        drops = (tool.drop(self, event.mimeData()) for tool in tools() if tool.drop is not None)
        self._drop = next((drop for drop in drops if drop is not None), None)
        if self._drop is None:
            event.ignore()
            return
        self.held = event.modifiers()
        self.begin(self._drop, event.position().toPoint())
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Follow the pointer."""
        if self._drop is None or self._drop is not self._gesture:
            event.ignore()
            return
        self.held = event.modifiers()
        self._drop.move(event.position().toPoint())
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Cancel the drop."""
        self.cancel_gesture()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Drop."""
        if self._drop is None or self._drop is not self._gesture:
            event.ignore()
            return
        event.acceptProposedAction()
        self.held = event.modifiers()
        self.finish(event.position().toPoint())
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # ------------------------------------------------------------------------------- keyboard

    def event(self, event: QEvent) -> bool:
        """Disable shortcuts while a gesture is under way."""
        if event.type() == QEvent.Type.ShortcutOverride and self._gesture is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle keys that belong to no action."""
        if keyboard_commands.press(self, event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Handle the release of Space or a modifier."""
        keyboard_commands.hold(self, event.modifiers())
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.hold_space(False)
            event.accept()
        else:
            super().keyReleaseEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Select the next node, or leave the canvas after the last; Tab after mouse use adds a node."""
        if forward and keyboard_commands.tab_adds_node(self):
            add_node(self)
            return True
        return navigation_commands.select_next(self, forward) or super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus if it came by keyboard."""
        super().focusInEvent(event)
        if event.reason() in keyboard_commands.BY_KEYBOARD:
            self.show_keyboard(True)
        self.announcer.focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus."""
        super().focusOutEvent(event)
        self.show_keyboard(False)
        self.hold_space(False)

    def show_keyboard(self, here: bool) -> None:
        """Show or hide the keyboard focus."""
        if self.canvas.set_keyboard(here):
            self.viewport().update()

    # ------------------------------------------------------------------------------- words

    def viewportEvent(self, event: QEvent) -> bool:
        """Show the tooltip of the port, problem, node or link under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(
                event.globalPos(), tooltip(descriptions.tooltip(self, event.pos())), self.viewport()
            )
            return True
        return super().viewportEvent(event)

    def _document_changed(self, _design: Design) -> None:
        self.cancel_gesture()
        self.node_search.close()
        self.viewport().update()  # the hint on an empty canvas may change

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Draw the hint on an empty canvas, and a frame while the canvas has the keyboard focus."""
        hint = descriptions.empty_hint() if self.canvas.is_empty else ""
        gesture_overlays.foreground(painter, self.viewport().rect(), hint, keyboard=self.canvas.keyboard)
