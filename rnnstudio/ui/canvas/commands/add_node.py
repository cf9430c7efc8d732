"""Search for a kind of node and add it: at the pointer, behind a port, into a link, or as a replacement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, QRectF

from rnnstudio.design import compatible_kinds, edits
from rnnstudio.design.compatible_kinds import PortType
from rnnstudio.design.links import default_delay
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId, Params
from rnnstudio.design.replace_node import replace_node
from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.canvas import link_insertion
from rnnstudio.ui.canvas.candidates import Candidate
from rnnstudio.ui.canvas.canvas_action import canvas_action
from rnnstudio.ui.canvas.canvas_context import CanvasContext, SearchPopup
from rnnstudio.ui.canvas.geometry import wire_paths
from rnnstudio.ui.canvas.geometry.node_metrics import (
    FIRST_PORT,
    GRID,
    HEIGHT_WITH_WEIGHTS,
    lay_out,
    snap,
)
from rnnstudio.ui.canvas.hit_test import Target
from rnnstudio.ui.canvas.items.gesture_overlays import LooseWire
from rnnstudio.ui.canvas.items.port_appearance import Port
from rnnstudio.ui.palette.user_cells import USER_CELL_KIND, UserCell
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP, translated

_BESIDE = 64.0  # gap between a node and the one added behind it
_WIDTH = 176.0  # the assumed width of that one
_FAMILIES = ("input", "cell", "layer", "structure", "head")


def _palette_order(spec: NodeSpec) -> tuple[int, str]:
    """Return what sorts kinds as they stand in the palette."""
    family = _FAMILIES.index(spec.family) if spec.family in _FAMILIES else len(_FAMILIES)
    return family, spec.title.casefold()


class NodeSearch:
    """Searches for a kind of node and adds it to one canvas; every choice is one undo step."""

    def __init__(self, context: CanvasContext) -> None:
        self._context = context
        self._document = context.document
        self._own: tuple[UserCell, ...] = ()
        self._then: Callable[[Candidate], None] | None = None
        self._preview: Callable[[Candidate | None, LooseWire], None] | None = None
        self._wire: LooseWire | None = None
        self.popup: SearchPopup | None = None

    def set_user_cells(self, cells: Iterable[UserCell]) -> None:
        """List the user's own cells, too."""
        self._own = tuple(cells)

    @property
    def is_open(self) -> bool:
        """Whether the list is open."""
        return self.popup is not None and self.popup.isVisible()

    def close(self) -> None:
        """Close the list; nothing is added."""
        if self.popup is not None:
            self.popup.close_list()

    # ------------------------------------------------------------------------------- searching

    def is_free(self, at: QPoint) -> bool:
        """Return whether a point of the viewport is empty: nothing of the design is there."""
        return self._context.hit_test(at).target is Target.EMPTY

    def search_at(self, at: QPoint) -> None:
        """Search all kinds of nodes; the new node is added at a point of the viewport."""
        place = self._context.mapToScene(at)
        specs = sorted(self._document.catalogue.nodes, key=_palette_order)
        self._open(specs, at, partial(self._add_at, place))

    def search_for_port(self, port: Port, at: QPoint) -> None:
        """Search the kinds that fit a port; the new node is added at a point of the viewport and linked."""
        runs = self._runs(port)
        if runs is None:
            return
        specs = self._document.catalogue.nodes
        spec = self._context.canvas.kind_of(port[0])
        family = spec.family if spec is not None else ""
        found = (
            compatible_kinds.kinds_after(specs, runs, family)
            if port[2]
            else compatible_kinds.kinds_before(specs, runs)
        )
        self._open(found, at, partial(self._add_for, port, runs, self._context.mapToScene(at)))
        self._leave_wire(port, self._context.mapToScene(at))

    def search_for_link(self, link_id: LinkId) -> None:
        """Search the kinds that fit into a link."""
        link = self._document.design.link(link_id)
        runs = link_insertion.runs(self._context, link)
        path = self._context.canvas.link_items[link_id].path
        if runs is None or path.isEmpty():
            return
        found = compatible_kinds.kinds_between(self._document.catalogue.nodes, *runs)
        self._open(found, self._context.mapFromScene(path.pointAtPercent(0.5)), partial(self._add_into, link))

    def search_for_replacement(self, node_id: NodeId) -> None:
        """Search the kinds that can replace a node."""
        item = self._context.canvas.node_items[node_id]
        spec = self._context.canvas.spec(item.node.kind)
        specs = self._document.catalogue.nodes
        found = compatible_kinds.similar_kinds(specs, spec) if spec is not None else list(specs)
        corner = self._context.mapFromScene(item.frame().bottomLeft() + QPointF(0.0, 8.0))
        self._open(found, corner, partial(self._replace, node_id), self._context.tr("Replace by"))

    def _open(
        self, specs: Iterable[NodeSpec], at: QPoint, then: Callable[[Candidate], None], prompt: str = ""
    ) -> None:
        offers = [offer for spec in specs for offer in self._offers(spec)]
        self.show(offers, at, then, prompt or self._context.tr("Search nodes to add"))

    def show(
        self,
        offers: Sequence[Candidate],
        at: QPoint,
        then: Callable[[Candidate], None],
        prompt: str,
        preview: Callable[[Candidate | None, LooseWire], None] | None = None,
        why: Callable[[str], str] | None = None,
    ) -> None:
        """See `canvas_context.NodeSearch`."""
        self._context.cancel_gesture()
        if self.popup is None:
            self.popup = self._context.make_search_popup()
            self.popup.chosen.connect(self._chosen)
            self.popup.closed.connect(self._closed)
            self.popup.highlighted.connect(self._highlighted)
        self.popup.close_list()
        self._then, self._preview = then, preview
        self.popup.open(offers, self._context.from_viewport(at), prompt, why)

    def _offers(self, spec: NodeSpec) -> list[Candidate]:
        tr = self._context.tr
        families = {
            "input": tr("input"),
            "cell": tr("cell"),
            "layer": tr("layer"),
            "structure": tr("structure"),
            "head": tr("head"),
        }
        found = [Candidate(spec, spec.title, spec.description, families.get(spec.family, spec.family))]
        if spec.kind == USER_CELL_KIND:
            yours = tr("yours")
            for own in self._own:
                found.append(Candidate(spec, own.title, yours, yours, True, own.params))
        return found

    def _leave_wire(self, port: Port, end: QPointF) -> None:
        """Show a loose wire while the list is open."""
        held = self._context.canvas.port_position(port)
        if held is None:
            return
        self._wire = LooseWire()
        start, stop = (held, end) if port[2] else (end, held)
        self._wire.set_path(wire_paths.direct(start, stop), sticks=False, refused=False)
        self._context.canvas.addItem(self._wire)

    def _highlighted(self, offer: Candidate | None) -> None:
        if self._preview is not None:
            if self._wire is None:
                self._wire = LooseWire()
                self._context.canvas.addItem(self._wire)
            self._preview(offer, self._wire)

    def _closed(self) -> None:
        self._preview = None
        wire, self._wire = self._wire, None
        if wire is not None:
            self._context.canvas.removeItem(wire)

    # ------------------------------------------------------------------------------- choices

    def _chosen(self, offer: Candidate) -> None:
        then, self._then = self._then, None
        if then is not None:
            then(offer)

    def _node(self, offer: Candidate) -> Node:
        kind = offer.spec.kind
        title = offer.title if offer.named else ""
        return Node(edits.new_node_id(self._document.design, kind), kind, title=title, params=offer.params)

    def _edit(self, offer: Candidate, design: Design, node_id: NodeId) -> None:
        self._document.edit(self._context.tr("Add {0}").format(offer.title), design)
        self._context.focus_node(node_id)

    def _add_at(self, at: QPointF, offer: Candidate) -> None:
        node = self._node(offer)
        width = lay_out(node, offer.spec).rect.width()
        node = replace(node, x=snap(at.x() - width / 2), y=snap(at.y() - FIRST_PORT))
        self._edit(offer, edits.add_node(self._document.design, node), node.id)

    def _add_for(self, held: Port, runs: PortType, at: QPointF, offer: Candidate) -> None:
        node, output = self._node(offer), held[2]
        find = compatible_kinds.inputs_for if output else compatible_kinds.outputs_for
        layout = lay_out(node, offer.spec)
        for port in find(offer.spec, runs):
            there = layout.port(port.name, not output)
            placed = replace(node, x=snap(at.x() - there.x()), y=snap(at.y() - there.y()))
            design = edits.add_node(self._document.design, placed)
            source, target = (held[:2], (node.id, port.name)) if output else ((node.id, port.name), held[:2])
            report = self._document.check_now()
            delay, why = default_delay(design, self._document.catalogue, report, source, target)
            if why is None:
                link = Link(edits.new_link_id(design), *source, *target, delay)
                self._edit(offer, edits.connect(design, link), node.id)
                return
            self._context.report(translated(why))

    def _add_into(self, link: Link, offer: Candidate) -> None:
        ports = link_insertion.insertion_ports(self._context, link, offer.spec)
        if ports is None:
            return
        node = link_insertion.place_in(self._context, link, self._node(offer), offer.spec, ports)
        self._edit(offer, link_insertion.insert(self._context, link, node, offer.spec, ports), node.id)

    def _replace(self, node_id: NodeId, offer: Candidate) -> None:
        self.replace(node_id, offer.spec, offer.title if offer.named else "", offer.params)

    def replace(self, node_id: NodeId, spec: NodeSpec, title: str = "", params: Params | None = None) -> None:
        """Put a node of another kind in a node's place, keeping what still fits."""
        document = self._document
        design = replace_node(
            document.design, document.catalogue, document.check_now(), node_id, spec.kind, title, params
        )
        document.edit(self._context.tr("Replace by {0}").format(title or spec.title), design)
        self._context.selection.set([node_id])

    def _runs(self, port: Port) -> PortType | None:
        spec = self._context.canvas.kind_of(port[0])
        found = (spec.output(port[1]) if port[2] else spec.input(port[1])) if spec is not None else None
        if found is None:
            return None
        return PortType.of(found, self._document.check_now().shapes.get(port[:2]) if port[2] else None)


@canvas_action(
    "edit.add",
    QT_TRANSLATE_NOOP("Actions", "Add a &node…"),
    QT_TRANSLATE_NOOP("Actions", "Search for a node and add it at the pointer, or into the selected link"),
    keys="Ins; Shift+A",
    section=3,
    order=1,
    canvas_keys=True,
    on_canvas=True,
)
def add_node(context: CanvasContext) -> None:
    """Search for a node to add into the selected link, behind the selected node, or at the pointer.

    Without a pointer over the canvas, the node is added in the middle of the view.
    """
    search, selection = context.node_search, context.selection
    behind = _behind_selection(context) if context.canvas.keyboard else None
    if len(selection.links) == 1 and not selection.nodes:
        search.search_for_link(next(iter(selection.links)))
    elif behind is not None:
        search.search_for_port(*behind)
    else:
        search.search_at(context.pointer or context.viewport().rect().center())


def _behind_selection(context: CanvasContext) -> tuple[Port, QPoint] | None:
    """Return the first output of the selected node, and a free point to the right of it."""
    canvas, chosen = context.canvas, context.selection.nodes
    node_id = next(iter(chosen)) if len(chosen) == 1 else None
    spec = canvas.kind_of(node_id) if node_id is not None else None
    ports = [port for port in spec.outputs if not port.delayed] if spec is not None else []
    if node_id is None or node_id not in canvas.node_items or not ports:
        return None
    port: Port = (node_id, ports[0].name, True)
    at = (canvas.port_position(port) or QPointF()) + QPointF(_BESIDE, 0.0)
    area = QRectF(at.x(), at.y() - FIRST_PORT, _WIDTH, HEIGHT_WITH_WEIGHTS)
    frames = [item.frame() for item in canvas.node_items.values()]
    while any(frame.intersects(area) for frame in frames):
        area.translate(0.0, 2 * GRID)
    return port, context.mapFromScene(QPointF(at.x(), area.top() + FIRST_PORT))


def not_one_node(context: CanvasContext) -> str:
    """Return why no node can be replaced."""
    return "" if context.selected_node() is not None else context.tr("Select one node to replace it.")


@canvas_action(
    "edit.replace",
    QT_TRANSLATE_NOOP("Actions", "&Replace by…"),
    QT_TRANSLATE_NOOP(
        "Actions", "Replace the selected node by another kind; matching links and parameters are kept"
    ),
    why_not=not_one_node,
    keys="X",
    section=3,
    order=3,
    canvas_keys=True,
    on_canvas=True,
)
def replace_selected(context: CanvasContext) -> None:
    """Search for a node that replaces the selected one."""
    node_id = context.selected_node()
    if node_id is not None:
        context.node_search.search_for_replacement(node_id)
