"""The inspector: shows a page about the selection."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from rnnstudio.design import grouping
from rnnstudio.design.model import Comment, Frame, Group, Node, NodeId
from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.actions.shortcuts import keys
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.inspector.annotation_pages import TitledPage, annotation_page
from rnnstudio.ui.inspector.design_page import DesignPage
from rnnstudio.ui.inspector.edit_merger import EditMerger
from rnnstudio.ui.inspector.link_page import LinkPage
from rnnstudio.ui.inspector.pages import InspectorPage, MultiNodePage, NodePage
from rnnstudio.ui.palette.user_cells import UserCellStore


class Inspector(QWidget):
    """Shows and edits the selected nodes, the selected link, or the design's training.

    Parameters
    ----------
    user_cells : where equations can be saved as cells; nowhere by default
    """

    def __init__(
        self,
        document: Document,
        selection: Selection,
        parent: QWidget | None = None,
        *,
        user_cells: UserCellStore | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Inspector"))
        self.document = document
        self.selection = selection
        self._own_cells = user_cells
        self.editing = EditMerger(document, self)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._scroll)
        self._about: object = None
        self.page: InspectorPage | None = None
        document.changed.connect(self._follow)
        document.report_changed.connect(self._follow)
        selection.changed.connect(self._follow)
        self._begun = False

    def build_first_page(self) -> None:
        """Create the first page if there is none yet. Changes are not followed before."""
        if not self._begun:
            self._begun = True
            self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        """Create the first page if there is none yet."""
        super().showEvent(event)
        self.build_first_page()

    def sizeHint(self) -> QSize:
        """Return a width that suits equations and fields."""
        return QSize(296, 560)

    def minimumSizeHint(self) -> QSize:
        """Return the width below which fields no longer fit beside their labels."""
        return QSize(232, 160)

    def rename(self) -> None:
        """Start renaming the selected node, if exactly one is selected."""
        if isinstance(self.page, NodePage | TitledPage):
            self.page.heading.start_editing()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Rename with the shortcut of the canvas."""
        if keys.press(event, "edit.rename"):
            self.rename()
            return
        super().keyPressEvent(event)

    def _spec(self, node: Node) -> NodeSpec | None:
        nodes = self.document.catalogue.nodes
        return nodes.get(node.kind) if node.kind in nodes else None

    def _follow(self) -> None:
        if not self._begun:
            return
        # Here, so that the page that is made below does not have the design checked and us called again
        # while the old page, about nodes that may be gone, still stands.
        self.document.check_now()
        design = self.document.design
        nodes = [node for node in design.nodes if node.id in self.selection.nodes]
        links = [link for link in design.links if link.id in self.selection.links]
        others: tuple[Group | Frame | Comment, ...] = (*design.groups, *design.frames, *design.comments)
        things = [thing for thing in others if thing.id in self.selection.nodes]
        if len(things) + len(nodes) > 1:  # of groups among others, what is in them is edited
            inner = grouping.descendants(design, self.selection.nodes)
            nodes = [node for node in design.nodes if node.id in inner | self.selection.nodes]
        about = (
            tuple((node.id, node.kind) for node in nodes),
            tuple(link.id for link in links),
            tuple(thing.id for thing in things),
        )
        if about == self._about and self.page is not None:
            self.page.refresh()
            return
        if self.page is not None:
            self._finish_typing(self.page)
        self._about = about
        self.editing.end_merge()
        if len(things) == 1 and not nodes and not links:
            self._show(annotation_page(self.editing, things[0]))
        elif len(nodes) == 1 and not links and not things:
            spec = self._spec(nodes[0])
            self._show(NodePage(self.editing, nodes[0], spec, user_cells=self._own_cells))
        elif len(links) == 1 and not nodes and not things:
            self._show(LinkPage(self.editing, links[0].id, self._port_words))
        elif nodes or links or things:
            specs = {node.id: spec for node in nodes if (spec := self._spec(node)) is not None}
            self._show(MultiNodePage(self.editing, nodes, specs, len(links), others=len(things)))
        else:
            self._show(DesignPage(self.editing))

    def _finish_typing(self, page: InspectorPage) -> None:
        """Keep a title that is being typed when the selection moves on; its node must still be there."""
        if not isinstance(page, NodePage | TitledPage):
            return
        about = page.node_id if isinstance(page, NodePage) else page.thing_id
        here = any(thing.id == about for thing in self.document.design.elements)
        if here and page.heading.isModified() and page.heading.hasFocus():
            page.heading.editingFinished.emit()

    def _show(self, page: InspectorPage) -> None:
        old = self._scroll.takeWidget()
        self.page = page
        self._scroll.setWidget(page)
        page.setAutoFillBackground(False)
        if old is not None:
            old.setParent(self)  # Qt deletes it in its own time; Python's collector must not come first
            old.hide()
            old.deleteLater()

    def _port_words(self, node_id: NodeId, port: str, output: bool) -> str:
        node = self.document.design.node(node_id)
        spec = self._spec(node)
        found = None if spec is None else spec.output(port) if output else spec.input(port)
        title = node.title or (spec.title if spec else node.kind)
        return f"{title} · {found.title if found else port}"
