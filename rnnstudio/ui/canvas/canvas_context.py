"""What tools, commands, overlays and accessibility may ask of the canvas.

`CanvasContext` is a protocol; the view is its one implementation. Only the application imports the view.
"""

# ruff: noqa: D102 - Qt's own methods are described by Qt

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, SignalInstance
from PySide6.QtGui import QAccessibleInterface
from PySide6.QtWidgets import QGraphicsView, QWidget

from rnnstudio.design.model import LinkId, NodeId, Params
from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.canvas.candidates import Candidate
from rnnstudio.ui.canvas.hit_test import Hit
from rnnstudio.ui.canvas.items.gesture_overlays import LooseWire, PointerHint
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.items.port_appearance import Port
from rnnstudio.ui.canvas.scene.animated_edits import AnimatedEdits
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection


class Gesture(Protocol):
    """A gesture under way. Points are in pixels of the viewport."""

    def start(self, at: QPoint) -> None:
        """Begin at a point."""

    def move(self, at: QPoint) -> None:
        """Follow the pointer."""

    def end(self, at: QPoint) -> None:
        """Apply it to the document, as one undoable edit."""

    def cancel(self) -> None:
        """Leave everything as it was."""


class SearchPopup(Protocol):
    """The list of candidates, with its field to search."""

    @property
    def chosen(self) -> SignalInstance: ...

    @property
    def highlighted(self) -> SignalInstance: ...

    @property
    def closed(self) -> SignalInstance: ...

    def isVisible(self) -> bool: ...

    def close_list(self) -> None:
        """Close it; nothing is chosen."""

    def open(
        self,
        offers: Sequence[Candidate],
        at: QPoint,
        prompt: str,
        why: Callable[[str], str] | None = None,
    ) -> None:
        """List candidates at a point of the widget; ``why`` says why what was typed is not among them."""


class InlineEditor(Protocol):
    """The field over the words of a node, group, frame or note."""

    def begin(self, item_id: NodeId) -> None:
        """Open it."""

    def finish(self, *, keep: bool) -> None:
        """Close it, and write what was typed or not."""


class NodeSearch(Protocol):
    """The search for a node to add."""

    def close(self) -> None:
        """Close it; nothing is added."""

    def is_free(self, at: QPoint) -> bool:
        """Return whether a point of the viewport is empty."""

    def search_at(self, at: QPoint) -> None:
        """Search for a node of any kind, to be added at a point of the viewport."""

    def search_for_port(self, port: Port, at: QPoint) -> None:
        """Search for a node that fits a port."""

    def search_for_link(self, link_id: LinkId) -> None:
        """Search for a node that fits into a link."""

    def search_for_replacement(self, node_id: NodeId) -> None:
        """Search for a node that can replace another."""

    def show(
        self,
        offers: Sequence[Candidate],
        at: QPoint,
        then: Callable[[Candidate], None],
        prompt: str,
        preview: Callable[[Candidate | None, LooseWire], None] | None = None,
        why: Callable[[str], str] | None = None,
    ) -> None:
        """List candidates at a point of the viewport.

        ``preview`` draws what the highlighted one would add; ``why`` says why what was typed is not listed.
        """

    def replace(self, node_id: NodeId, spec: NodeSpec, title: str = "", params: Params | None = None) -> None:
        """Replace a node by one of another kind."""


class Annotations(Protocol):
    """What the canvas does with one group, frame or note."""

    def toggle(self, group_id: NodeId) -> bool:
        """Collapse or expand a group; return whether it is one."""

    def set_collapsed(self, group_ids: Iterable[NodeId], *, collapsed: bool) -> None:
        """Collapse groups, or expand them."""

    def edit_text(self, item_id: NodeId) -> None:
        """Open the inline editor for a title, or for the text of a note."""

    def set_text(self, item_id: NodeId, text: str) -> None:
        """Set a title, or the text of a note."""


class CutMode(Protocol):
    """Whether a drag cuts links."""

    def start(self) -> None:
        """Start the mode."""

    def end(self) -> bool:
        """End the mode; return whether it was on."""


Key = tuple[bool, str]  # whether it is a link, and its id


class AccessibleItem(Protocol):
    """What stands for an item among Qt's accessible objects."""

    @property
    def interface(self) -> QAccessibleInterface: ...


class Announcer(Protocol):
    """What a screen reader is told of the canvas."""

    def keys(self) -> list[Key]:
        """Return what is on the canvas in reading order, then the links."""

    def index(self, key: Key) -> int:
        """Return which child of the canvas that is; -1 if it is none."""

    def place(self, key: Key) -> AccessibleItem:
        """Return what stands for an item."""

    def current(self) -> Key | None:
        """Return the child with the focus."""

    def at(self, point: QPoint) -> Key | None:
        """Return the key of what is at a point of the viewport."""

    def wires_at(self, block: NodeId) -> list[LinkItem]:
        """Return the links of a node."""


class CanvasContext(Protocol):
    """The canvas, as everything on it sees it.

    Attributes
    ----------
    canvas : the scene
    hint : the words at the pointer
    pointer : where the mouse rests on the canvas, in pixels of the viewport
    held : the modifier keys that are held
    animated_edits : edits that move items
    """

    document: Document
    selection: Selection
    canvas: CanvasScene
    hint: PointerHint
    pointer: QPoint | None
    held: Qt.KeyboardModifier

    animated_edits: AnimatedEdits

    @property
    def node_search(self) -> NodeSearch: ...

    @property
    def annotations(self) -> Annotations: ...

    @property
    def cut_mode(self) -> CutMode: ...

    @property
    def announcer(self) -> Announcer: ...

    def make_search_popup(self) -> SearchPopup:
        """Return a new list of candidates."""

    def make_inline_editor(self) -> InlineEditor:
        """Return a new inline editor."""

    # ------------------------------------------------------------------------------- viewport

    @property
    def zoom(self) -> float:
        """Pixels of the viewport to a unit of the scene."""

    @property
    def zoom_changed(self) -> SignalInstance: ...

    @property
    def widget(self) -> QGraphicsView:
        """The widget of the canvas."""

    def mapToScene(self, at: QPoint, /) -> QPointF: ...

    def mapFromScene(self, at: QPointF, /) -> QPoint: ...

    def tr(self, text: str, /) -> str: ...

    def viewport(self) -> QWidget: ...

    def visible_scene_rect(self) -> QRectF:
        """Return the visible part of the scene."""

    def show_rect(self, rect: QRectF) -> None:
        """Show a rectangle of the scene."""

    def fit(self) -> None:
        """Show the whole network."""

    def pan(self, by: QPoint) -> None:
        """Move the scene under the viewport."""

    def from_viewport(self, at: QPoint) -> QPoint:
        """Return a point of the viewport in pixels of the widget."""

    # ------------------------------------------------------------------------------- gestures

    @property
    def gesture(self) -> Gesture | None:
        """The gesture under way."""

    def begin(self, gesture: Gesture, at: QPoint) -> None:
        """Start a gesture; one under way is cancelled."""

    def cancel_gesture(self) -> None:
        """Cancel the gesture under way, if there is one."""

    def finish(self, at: QPoint) -> None:
        """End the gesture under way."""

    def show_cursor(self) -> None:
        """Show the cursor that fits what a press would do."""

    def show_keyboard(self, here: bool) -> None:
        """Show whether keys act on the canvas."""

    def hold_space(self, held: bool) -> None:
        """Set whether Space is held, so that a drag pans."""

    def hit_test(self, at: QPoint, *, ports: bool = True) -> Hit:
        """Return what is at a point of the viewport; see `hit_test.hit_test`."""

    # ------------------------------------------------------------------------------- requests

    def report(self, sentence: str) -> None:
        """Show a sentence in the status bar."""

    def activate(self, node_id: NodeId) -> None:
        """Tell that a node was asked for, by Enter or a double click."""

    def add_node(
        self, kind: str, pos: QPointF | None = None, *, title: str = "", params: Params | None = None
    ) -> NodeId:
        """Add a node with its top left corner at a scene point, or in the middle of the view."""

    def selected_node(self) -> NodeId | None:
        """Return the id of the selected node if exactly one is selected and it is drawn."""

    def focus_node(self, node_id: NodeId) -> None:
        """Select a node, group, frame or note, and bring it into view."""
