"""The scene: keeps one item for each node and link of the document, and updates only what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from rnnstudio.design import grouping
from rnnstudio.design.errors import UnknownKindError
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId
from rnnstudio.design.problems import Problem, Report
from rnnstudio.design.signals import Shape, Signal
from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.canvas.items.collapsed_group_item import CollapsedGroupItem, GroupPorts, visible_group_ports
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.items.port_appearance import Port
from rnnstudio.ui.canvas.scene.annotation_layer import AnnotationItem, AnnotationLayer
from rnnstudio.ui.canvas.scene.link_router import LinkRouter
from rnnstudio.ui.canvas.scene.overview_painter import Dragged, OverviewItem
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.theme.theme import themes

EXTENT = 100_000.0
FEW = 50  # with more selected links, no band is drawn behind each: painting it takes longer than the link
NO_CONTENTS = QGraphicsItem.GraphicsItemFlag.ItemHasNoContents


class CanvasScene(QGraphicsScene):
    """Shows the document and the selection."""

    def __init__(self, document: Document, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.selection = selection
        self.node_items: dict[NodeId, NodeItem] = {}
        self.link_items: dict[LinkId, LinkItem] = {}
        self._links_at: defaultdict[NodeId, set[LinkId]] = defaultdict(set)
        self.routing = LinkRouter(self)
        self._feeds: dict[tuple[NodeId, str], LinkId] = {}
        self._shapes: Mapping[tuple[NodeId, str], Shape] = {}
        self._far = OverviewItem(self.node_items.values(), self.link_items.values())
        self._is_far = False
        self._port_looks: Callable[[Port], str] | None = None
        self.port_edition = 0  # how often the appearance of ports changed
        self.keyboard = False
        self.holder: Mapping[NodeId, NodeId] = {}  # the collapsed group of each hidden node
        self._hidden: dict[LinkId, NodeId] = {}  # a node of each link inside a collapsed group
        self.annotations = AnnotationLayer(self)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)  # the index costs more than it saves
        self.setSceneRect(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT)
        document.changed.connect(self.follow)
        document.report_changed.connect(self.follow_report)
        selection.changed.connect(self.follow_selection)
        themes.changed.connect(self.follow_theme)
        self.follow(document.design)

    # ------------------------------------------------------------------------------- following

    def follow(self, design: Design) -> None:
        """Update the items to a design; only what changed is touched."""
        drawn = grouping.visible_part(design)
        self.holder = drawn.holder
        faces = visible_group_ports(design, self.document.catalogue, drawn)
        nodes = {node.id: node for node in (*drawn.nodes, *(face.node for face in faces.values()))}
        links = {link.id: link for link in drawn.links}
        self._hidden = {k.id: k.source for k in design.links if k.id not in links} if drawn.holder else {}
        for link_id, wire in list(self.link_items.items()):
            other = links.get(link_id) is not wire.link and links.get(link_id) != wire.link
            if other or self._blocks_of(wire.link) != wire.blocks:
                self._remove_link(link_id)
        for node_id, item in list(self.node_items.items()):
            if node_id not in nodes or nodes[node_id].kind != item.node.kind:
                self.removeItem(self.node_items.pop(node_id))
        moved: set[NodeId] = set()
        for node in nodes.values():
            known = self.node_items.get(node.id)
            if known is None:
                self._add_node(node, faces.get(node.id))
                moved.add(node.id)
            elif isinstance(known, CollapsedGroupItem):
                if known.set_ports(faces[node.id]):
                    moved.add(node.id)
            elif known.node is not node:
                if known.node != node:
                    moved.add(node.id)
                known.set_node(node)
        fresh = [link for link in drawn.links if link.id not in self.link_items]
        for link in fresh:
            self._add_link(link)
        self.route(
            {*self.links_at(moved), *(link.id for link in fresh), *self.routing.detoured_links()}, moved
        )
        self.annotations.follow(design, drawn)
        self.annotations.keep_selection(design)
        self.update_overview()

    def follow_report(self, report: Report) -> None:
        """Update shapes, weights and problems."""
        at_node: defaultdict[NodeId, list[Problem]] = defaultdict(list)
        at_link: defaultdict[LinkId, list[Problem]] = defaultdict(list)
        for problem in report.problems:
            if problem.link is not None:
                at_link[problem.link].append(problem)
            here = problem.node
            if here is None and problem.link is not None and problem.link not in self.link_items:
                here = self._hidden.get(problem.link)
            if here is not None:
                at_node[self.holder.get(here, here)].append(problem)
        shapes_before, self._shapes = self._shapes, report.shapes
        resized: set[NodeId] = set()
        for node_id, item in self.node_items.items():
            if item.set_report(*item.collect(at_node, report.weights)):
                resized.add(node_id)
        for link_id, wire in self.link_items.items():
            source = (wire.link.source, wire.link.source_port)
            shape = report.shapes.get(source)
            wire.set_report(self._signal(wire.link, shape), shape, tuple(at_link.get(link_id, ())))
        if shapes_before != report.shapes:
            self.update_ports()
        self.route(self.links_at(resized), resized)
        self.annotations.settle()
        self.update_overview()

    def follow_selection(self) -> None:
        """Show the selection and the focus."""
        if self.annotations.select_visible():
            return  # it was shown in the meantime
        for node_id, item in self.node_items.items():
            chosen = node_id in self.selection.nodes
            item.set_selected(chosen, chosen and self.keyboard)
        for wire in self.link_items.values():
            self._select_wire(wire)
        self.annotations.follow_selection(self.keyboard)
        self.update_overview()

    def set_keyboard(self, here: bool) -> bool:
        """Set whether the focus is shown; return whether that changed."""
        if here == self.keyboard:
            return False
        self.keyboard = here
        self.follow_selection()
        return True

    def follow_theme(self) -> None:
        """Update everything to the new theme."""
        paint_cache.forget()
        for item in self.node_items.values():
            item.theme_changed()
        for wire in self.link_items.values():
            wire.restyle()
        self.annotations.refresh()
        self.route(self.link_items)
        self.update_overview()
        self.update()

    def set_overview(self, far: bool) -> None:
        """Turn painting by the overview on or off."""
        if far == self._is_far:
            return
        self._is_far = far
        if far:
            self.addItem(self._far)
        else:
            self.removeItem(self._far)
        for item in (*self.node_items.values(), *self.link_items.values()):
            item.setFlag(NO_CONTENTS, far)

    def update_overview(self) -> None:
        """Update the overview."""
        self._far.renew()

    def drag_overview(self, load: Dragged) -> None:
        """Update what is dragged in the overview."""
        self._far.carry(load)

    # ------------------------------------------------------------------------------- items

    def spec(self, kind: str) -> NodeSpec | None:
        """Return the specification of a kind, or None if it is not registered."""
        try:
            return self.document.catalogue.nodes.get(kind)
        except UnknownKindError:
            return None

    def kind_of(self, node_id: NodeId) -> NodeSpec | None:
        """Return the specification of a node's kind, or None if node or kind are unknown."""
        item = self.node_items.get(node_id)
        if item is not None and node_id not in self.holder:
            return item.spec
        node = next((n for n in self.document.design.nodes if n.id == node_id), None)
        return self.spec(node.kind) if node is not None else None

    @property
    def is_empty(self) -> bool:
        """Whether the canvas is empty."""
        return not self.node_items and not self.annotations.items

    def block(self, node_id: NodeId) -> NodeItem | None:
        """Return the item of a node, or that of the collapsed group it is in."""
        return self.node_items.get(self.holder.get(node_id, node_id))

    def item(self, item_id: NodeId) -> NodeItem | AnnotationItem | None:
        """Return the item of a node, group, frame or note."""
        return self.node_items.get(item_id) or self.annotations.items.get(item_id)

    def _blocks_of(self, link: Link) -> tuple[NodeId, NodeId]:
        return self.holder.get(link.source, link.source), self.holder.get(link.target, link.target)

    def _add_node(self, node: Node, face: GroupPorts | None) -> None:
        item = (
            CollapsedGroupItem(self, face) if face is not None else NodeItem(self, node, self.spec(node.kind))
        )
        self.node_items[node.id] = item
        item.setFlag(NO_CONTENTS, self._is_far)
        self.addItem(item)
        chosen = node.id in self.selection.nodes
        item.set_selected(chosen, chosen and self.keyboard)

    def _add_link(self, link: Link) -> None:
        wire = LinkItem(link)
        wire.blocks = self._blocks_of(link)
        wire.set_report(self._signal(link, None), None, ())
        self._select_wire(wire)
        self.link_items[link.id] = wire
        for block in wire.blocks:
            self._links_at[block].add(link.id)
        self._feeds[(link.target, link.target_port)] = link.id
        if (
            link.delay or wire.blocks[0] == wire.blocks[1]
        ):  # a loop of one node is drawn as feedback, delayed or not
            self.routing.loops.add(link.id)
        wire.setFlag(NO_CONTENTS, self._is_far)
        self.addItem(wire)
        self.update_ports()

    def _select_wire(self, wire: LinkItem) -> None:
        chosen = wire.link.id in self.selection.links
        wire.set_selected(chosen, chosen and len(self.selection.links) <= FEW)

    def _remove_link(self, link_id: LinkId) -> None:
        wire = self.link_items.pop(link_id)
        for node_id in wire.blocks:
            self._links_at[node_id].discard(link_id)
        sink = (wire.link.target, wire.link.target_port)
        if self._feeds.get(sink) == link_id:
            del self._feeds[sink]
            for other in self._links_at[wire.blocks[1]]:  # a damaged design may have several
                link = self.link_items[other].link
                if (link.target, link.target_port) == sink:
                    self._feeds[sink] = other
        self.routing.forget(link_id)
        self.removeItem(wire)
        self.update_ports()

    def _signal(self, link: Link, shape: Shape | None) -> Signal | None:
        """Return the signal of a link: as inferred, or as its source port declares."""
        if shape is not None:
            return shape.signal
        item = self.block(link.source)
        key = item.key((link.source, link.source_port, True)) if item is not None else ""
        port = item.port_spec(key, True) if item is not None else None
        return port.signals[0] if port is not None and len(port.signals) == 1 else None

    # ------------------------------------------------------------------------------- wires

    def route(self, link_ids: Iterable[LinkId], moved: Iterable[NodeId] = ()) -> None:
        """Route links again, and those that nodes which were moved are in the way of."""
        self.routing.lay(link_ids, moved)

    def links_at(self, node_ids: Iterable[NodeId]) -> set[LinkId]:
        """Return the links at any of these items."""
        return {link_id for node_id in node_ids for link_id in self._links_at[node_id]}

    def is_loop(self, link_id: LinkId) -> bool:
        """Return whether a link is a feedback link, which passes around all nodes."""
        return link_id in self.routing.loops

    def show_positions(self, positions: Mapping[NodeId, QPointF]) -> None:
        """Show nodes at positions other than those of the document."""
        for node_id, at in positions.items():
            self.node_items[node_id].setPos(at)
        self.route(self.links_at(positions))
        self.annotations.carry(positions)
        self.update_overview()

    def reset_positions(self, node_ids: Iterable[NodeId]) -> None:
        """Show nodes at their positions in the document."""
        node_ids = list(node_ids)
        here = [self.node_items[node_id] for node_id in node_ids if node_id in self.node_items]
        for item in here:
            item.reset_positions()
        moved = {item.node.id for item in here}
        self.route(self.links_at(moved), moved)
        self.annotations.reset_positions(node_ids)
        self.update_overview()

    def dragged_with(self, ids: Iterable[NodeId]) -> dict[NodeId, QPointF]:
        """Return the positions of all that moves with these: members of groups, and what is on frames."""
        return self.annotations.dragged_with(ids)

    def port_position(self, port: Port) -> QPointF | None:
        """Return the position of a port in the scene."""
        item = self.block(port[0])
        return item.pos() + item.layout.port(item.key(port), port[2]) if item is not None else None

    # ------------------------------------------------------------------------------- questions

    def node_at(self, at: QPointF) -> NodeItem | None:
        """Return the topmost node at a scene point."""
        for item in self.items(at):
            if isinstance(item, NodeItem) and item.frame().contains(at):
                return item
        return None

    def link_at(self, at: QPointF) -> LinkItem | None:
        """Return the topmost link at a scene point."""
        return next((item for item in self.items(at) if isinstance(item, LinkItem)), None)

    def port_at(self, at: QPointF, reach: float, fits: Callable[[Port], bool] | None = None) -> Port | None:
        """Return the nearest fitting port within ``reach`` of a scene point."""
        best: tuple[float, Port] | None = None
        square = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
        for item in self.items(square):
            if not isinstance(item, NodeItem):
                continue
            found = item.port_at(at, reach)
            if found is None:
                continue
            port = item.real_port(found[0], found[1])
            if (best is None or found[2] < best[0]) and (fits is None or fits(port)):
                best = (found[2], port)
        return best[1] if best else None

    def feed(self, node: NodeId, input_port: str) -> LinkId | None:
        """Return the link that ends at an input port."""
        return self._feeds.get((node, input_port))

    def port_shape(self, node: NodeId, port: str, output: bool) -> Shape | None:
        """Return the shape at a port if it is known."""
        if output:
            return self._shapes.get((node, port))
        feed = self.feed(node, port)
        if feed is None:
            return None
        link = self.link_items[feed].link
        return self._shapes.get((link.source, link.source_port))

    def set_port_states(self, looks: Callable[[Port], str] | None) -> None:
        """Set the function that returns the state of each port during a gesture; None ends it."""
        self._port_looks = looks
        self.update_ports()

    def update_ports(self) -> None:
        """Repaint the ports: their shapes changed, or a gesture shows where a link fits."""
        self.port_edition += 1
        self.update()

    def port_state(self, node: NodeId, port: str, output: bool) -> str:
        """Return the state of a port: "fits", "faded", "held" or "plain"."""
        return self._port_looks((node, port, output)) if self._port_looks is not None else "plain"

    def weights_text(self, count: int | None) -> str:
        """Return the last line of a node: the number of its weights."""
        return self.tr("– weights") if count is None else self.tr("{0} weights").format(f"{count:,}")

    def content_rect(self) -> QRectF:
        """Return the rectangle of all nodes, links and annotations."""
        rect = self.annotations.extent()
        for item in self.node_items.values():
            rect = rect.united(item.frame())
        for link_id in self.routing.detoured_links():
            rect = rect.united(self.link_items[link_id].boundingRect())
        return rect

    def show_activations(self, node_id: NodeId, values: NDArray[np.floating] | None) -> None:
        """Show an activation strip (units, T) on a node, or take it away."""
        item = self.node_items.get(node_id)
        if item is not None and item.show_activations(values):
            self.route(self._links_at[node_id])
            self.update_overview()
