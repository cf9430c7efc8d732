"""Connect by keyboard: a list of the ports that the selected node can be linked with."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QLineF, QPointF

from rnnstudio.design import edits, links
from rnnstudio.design.links import default_delay
from rnnstudio.design.model import Link, NodeId
from rnnstudio.ui.canvas.candidates import Candidate
from rnnstudio.ui.canvas.canvas_action import canvas_action
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.geometry import wire_paths
from rnnstudio.ui.canvas.items.gesture_overlays import LooseWire
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP, translated
from rnnstudio.ui.widgets.fuzzy_match import score


def not_one_node(context: CanvasContext) -> str:
    """Return why no node can be linked."""
    return "" if context.selected_node() is not None else context.tr("Select one node to link it.")


@canvas_action(
    "edit.link",
    QT_TRANSLATE_NOOP("Actions", "&Connect…"),
    QT_TRANSLATE_NOOP("Actions", "List the ports that the selected node can be connected with"),
    why_not=not_one_node,
    keys="C",
    section=3,
    order=2,
    canvas_keys=True,
    on_canvas=True,
)
def connect(context: CanvasContext) -> None:
    """List what fits: inputs that the node can feed, then outputs that can feed it, the nearest first."""
    node_id = context.selected_node()
    if node_id is None:
        return
    candidates = [_candidate(context, link, node_id) for link in _possible_links(context, node_id)]
    # The list is below everything, so that the preview of the link stays in view.
    left = context.canvas.node_items[node_id].frame().left()
    corner = QPointF(left, context.canvas.content_rect().bottom() + 8.0)
    context.node_search.show(
        candidates,
        context.mapFromScene(corner),
        partial(_connect, context),
        context.tr("Search ports to link"),
        partial(_preview, context),
        partial(_why_not_listed, context, node_id),
    )


def _possible_links(context: CanvasContext, node_id: NodeId) -> list[Link]:
    """Return the links that the node can have, each with its delay."""
    document = context.document
    design, report = document.design, document.check_now()
    fresh = edits.new_link_id(design)
    found = []
    for source, target in _port_pairs(context, node_id):
        delay, why = default_delay(design, document.catalogue, report, source, target)
        if why is None:
            found.append(Link(fresh, *source, *target, delay))

    def order(link: Link) -> tuple[bool, int, float]:
        ends = ((link.source, link.source_port, True), (link.target, link.target_port, False))
        start, end = (context.canvas.port_position(port) or QPointF() for port in ends)
        return link.source != node_id, link.delay, QLineF(start, end).length()

    return sorted(found, key=order)


def _why_not_listed(context: CanvasContext, node_id: NodeId, typed: str) -> str:
    """Return why the first port that is called so cannot be linked with the node."""
    document = context.document
    design, report = document.design, document.check_now()
    names = links.cached_network(design, document.catalogue).names
    mine = context.canvas.kind_of(node_id)
    for node in design.nodes:
        spec = context.canvas.spec(node.kind)
        if mine is None or spec is None or score(typed, f"{names[node.id]} {node.kind}") is None:
            continue
        ways = [((node_id, out.name), (node.id, into.name)) for out in mine.outputs for into in spec.inputs]
        ways += [((node.id, out.name), (node_id, into.name)) for into in mine.inputs for out in spec.outputs]
        for source, target in ways:
            _, why = default_delay(design, document.catalogue, report, source, target)
            if why is not None:
                return translated(why)
    return ""


def _port_pairs(
    context: CanvasContext, node_id: NodeId
) -> Iterator[tuple[tuple[NodeId, str], tuple[NodeId, str]]]:
    """Return outputs and free inputs of which one is on the node."""
    canvas = context.canvas
    mine = canvas.kind_of(node_id)
    taken = {(link.target, link.target_port) for link in context.document.design.links}
    if mine is None:
        return
    for node in context.document.design.nodes:
        spec = canvas.spec(node.kind)
        if spec is None:
            continue
        for out in mine.outputs:
            for port in spec.inputs:
                if (node.id, port.name) not in taken:
                    yield (node_id, out.name), (node.id, port.name)
        for port in mine.inputs if node.id != node_id else ():
            for out in spec.outputs if (node_id, port.name) not in taken else ():
                yield (node.id, out.name), (node_id, port.name)


def _candidate(context: CanvasContext, link: Link, node_id: NodeId) -> Candidate:
    names = links.cached_network(context.document.design, context.document.catalogue).names
    leads_on = link.source == node_id
    other = link.target if leads_on else link.source
    spec = context.canvas.kind_of(other)
    assert spec is not None
    port = spec.input(link.target_port) if leads_on else spec.output(link.source_port)
    arrow = "→" if leads_on else "←"
    title = f"{arrow} {names[other]} · {port.title if port is not None else ''}"
    mark = context.tr("one step later") if link.delay else ""
    about = context.tr("Link to this input") if leads_on else context.tr("Link from this output")
    return Candidate(spec, title, about, mark, link=link)


def _connect(context: CanvasContext, candidate: Candidate) -> None:
    if candidate.link is not None:
        document = context.document
        document.edit(context.tr("Connect"), edits.connect(document.design, candidate.link))


def _preview(context: CanvasContext, candidate: Candidate | None, wire: LooseWire) -> None:
    """Draw the wire that Enter would make."""
    link, canvas = candidate.link if candidate is not None else None, context.canvas
    if link is None:
        wire.hide()
        return
    start = canvas.port_position((link.source, link.source_port, True))
    end = canvas.port_position((link.target, link.target_port, False))
    if start is None or end is None:
        wire.hide()
        return
    later = bool(link.delay)
    path = (
        canvas.routing.below(start, end, (link.source, link.target))
        if later
        else wire_paths.direct(start, end)
    )
    wire.set_path(path, sticks=True, refused=False, delayed=later)
    wire.show()
