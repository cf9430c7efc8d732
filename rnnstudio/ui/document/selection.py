"""The selected nodes and links, as ids. The selection is not part of the document and is not undone."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from rnnstudio.design.model import Design, LinkId, NodeId


class Selection(QObject):
    """The selected nodes and links, shared by canvas and inspector."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: frozenset[NodeId] = frozenset()
        self._links: frozenset[LinkId] = frozenset()

    @property
    def nodes(self) -> frozenset[NodeId]:
        """Ids of the selected nodes."""
        return self._nodes

    @property
    def links(self) -> frozenset[LinkId]:
        """Ids of the selected links."""
        return self._links

    def __bool__(self) -> bool:
        return bool(self._nodes or self._links)

    def set(self, nodes: Iterable[NodeId] = (), links: Iterable[LinkId] = ()) -> None:
        """Select exactly these; emit ``changed`` if the selection differs."""
        new_nodes, new_links = frozenset(nodes), frozenset(links)
        if (new_nodes, new_links) != (self._nodes, self._links):
            self._nodes, self._links = new_nodes, new_links
            self.changed.emit()

    def clear(self) -> None:
        """Clear the selection."""
        self.set()

    def toggle(self, node: NodeId | None = None, link: LinkId | None = None) -> None:
        """Add a node or link to the selection, or remove it."""
        self.set(
            self._nodes ^ {node} if node is not None else self._nodes,
            self._links ^ {link} if link is not None else self._links,
        )

    def prune(self, design: Design) -> None:
        """Remove ids that the design no longer contains."""
        if self:
            self.set(
                self._nodes & {thing.id for thing in design.elements},
                self._links & {link.id for link in design.links},
            )
