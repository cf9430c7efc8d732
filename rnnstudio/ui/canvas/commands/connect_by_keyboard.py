"""Linking by keyboard: a list of the ports that the selected node can be joined with."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QLineF, QPointF

from rnnstudio.design import edits, links
from rnnstudio.design.links import joint
from rnnstudio.design.model import Link, NodeId
from rnnstudio.ui.canvas.candidates import Candidate
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.geometry import wire_paths
from rnnstudio.ui.canvas.items.gesture_overlays import LooseWire
from rnnstudio.ui.widgets.fuzzy_match import fit


class Joining:
    """Asks where a link of the one selected node shall lead; the wire shows before it is made."""

    def __init__(self, context: CanvasContext) -> None:
        self._context = context

    def ask(self) -> None:
        """List what fits: inputs that the node can feed, then outputs that can feed it, the nearest first."""
        context = self._context
        chosen = [n.id for n in context.document.design.nodes if n.id in context.selection.nodes]
        if len(chosen) != 1 or chosen[0] not in context.canvas.node_items:
            context.report(context.tr("Select one node to link it."))
            return
        offers = [self._offer(link, chosen[0]) for link in self._fitting(chosen[0])]
        # The list stands below all, to leave the wire in view.
        left = context.canvas.node_items[chosen[0]].frame().left()
        corner = QPointF(left, context.canvas.content_rect().bottom() + 8.0)
        context.adding.show(
            offers,
            context.mapFromScene(corner),
            self._join,
            context.tr("Search ports to link"),
            self._preview,
            partial(self._why, chosen[0]),
        )

    def _fitting(self, node_id: NodeId) -> list[Link]:
        """Return the links that the node can have, each with its delay."""
        context, document = self._context, self._context.document
        design, report = document.design, document.check_now()
        fresh = edits.new_link_id(design)
        found = []
        for source, target in self._pairs(node_id):
            delay, why = joint(design, document.catalogue, report, source, target)
            if why is None:
                found.append(Link(fresh, *source, *target, delay))

        def order(link: Link) -> tuple[bool, int, float]:
            ends = ((link.source, link.source_port, True), (link.target, link.target_port, False))
            start, end = (context.canvas.port_position(port) or QPointF() for port in ends)
            return link.source != node_id, link.delay, QLineF(start, end).length()

        return sorted(found, key=order)

    def _why(self, node_id: NodeId, typed: str) -> str:
        """Return why the first port that is called so cannot be linked with the node."""
        document = self._context.document
        design, report = document.design, document.check_now()
        names = links.read_already(design, document.catalogue).names
        mine = self._context.canvas.kind_of(node_id)
        for node in design.nodes:
            spec = self._context.canvas.spec(node.kind)
            if mine is None or spec is None or fit(typed, f"{names[node.id]} {node.kind}") is None:
                continue
            ways = [
                ((node_id, out.name), (node.id, into.name)) for out in mine.outputs for into in spec.inputs
            ]
            ways += [
                ((node.id, out.name), (node_id, into.name)) for into in mine.inputs for out in spec.outputs
            ]
            for source, target in ways:
                _, why = joint(design, document.catalogue, report, source, target)
                if why is not None:
                    return why.sentence
        return ""

    def _pairs(self, node_id: NodeId) -> Iterator[tuple[tuple[NodeId, str], tuple[NodeId, str]]]:
        """Return outputs and free inputs of which one is on the node."""
        canvas = self._context.canvas
        mine = canvas.kind_of(node_id)
        taken = {(link.target, link.target_port) for link in self._context.document.design.links}
        if mine is None:
            return
        for node in self._context.document.design.nodes:
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

    def _offer(self, link: Link, node_id: NodeId) -> Candidate:
        context = self._context
        names = links.read_already(context.document.design, context.document.catalogue).names
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

    def _join(self, offer: Candidate) -> None:
        if offer.link is not None:
            document = self._context.document
            document.edit(self._context.tr("Connect"), edits.connect(document.design, offer.link))

    def _preview(self, offer: Candidate | None, wire: LooseWire) -> None:
        """Draw the wire that Enter would make."""
        link, canvas = offer.link if offer is not None else None, self._context.canvas
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
