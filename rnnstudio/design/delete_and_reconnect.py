"""Deleting nodes and reconnecting their neighbours."""

from __future__ import annotations

from collections.abc import Iterable

from rnnstudio.design import edits, grouping
from rnnstudio.design.links import refusal
from rnnstudio.design.model import Design, Link, LinkId, NodeId
from rnnstudio.design.network import Network
from rnnstudio.design.problems import Report
from rnnstudio.design.registry import Catalogue

_Origin = tuple[NodeId, str, int]  # node, output port, delay from there


def delete_and_reconnect(
    design: Design,
    catalogue: Catalogue,
    report: Report,
    node_ids: Iterable[NodeId],
    link_ids: Iterable[LinkId] = (),
) -> Design:
    """Remove nodes and links, and link the sources of the nodes to their targets where that is valid.

    Delays along the way add up; if the sum exceeds one step, no link is added. ``report``
    is that of ``design``.
    """
    gone = {*node_ids}
    gone |= grouping.descendants(design, gone)
    cut = edits.remove(design, link_ids=link_ids)
    network = Network(cut, catalogue)
    reconnected = edits.remove(cut, gone)
    for link in cut.links:
        if link.source not in gone or link.target in gone:
            continue
        for source, port, delay in _origins(network, gone, link):
            ends = (source, port), (link.target, link.target_port)
            if refusal(reconnected, catalogue, report, *ends, delay) is None:
                fresh = Link(edits.new_link_id(reconnected), *ends[0], *ends[1], delay)
                reconnected = edits.connect(reconnected, fresh)
                break
    return reconnected


def _origins(network: Network, gone: set[NodeId], link: Link) -> list[_Origin]:
    """Return the outputs that lead to a link through removed nodes, nearest first."""
    found: list[_Origin] = []
    seen: set[NodeId] = {link.source}
    work = [(link.source, link.delay)]
    while work:
        node_id, delay = work.pop(0)
        for before in network.incoming.get(node_id, {}).values():
            total = delay + before.delay
            if total > 1:
                continue
            if before.source not in gone:
                found.append((before.source, before.source_port, total))
            elif before.source not in seen:
                seen.add(before.source)
                work.append((before.source, total))
    return found
