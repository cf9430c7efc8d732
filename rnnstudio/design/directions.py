"""A warning about bidirectional cells: at each end of the sequence, one direction has read one step only."""

from __future__ import annotations

from collections.abc import Mapping

from rnnstudio.design.message import message
from rnnstudio.design.model import NodeId, Params
from rnnstudio.design.network import Network
from rnnstudio.design.problems import Problem

_WORDS = {
    "last": message("last"),
    "first": message("first"),
    "reverse": message("reverse"),
    "forward": message("forward"),
}


def check_directions(network: Network, params: Mapping[NodeId, Params]) -> list[Problem]:
    """Report nodes that take a step at which one direction of the cell has read one step only."""
    found = []
    for node_id, spec in network.specs.items():
        cell = _cell_before(network, node_id) if spec.reads in ("last", "first") else None
        direction = params.get(cell, {}).get("direction") if cell is not None else None
        begun = "reverse" if spec.reads == "last" else "forward"
        # The first step of a forward cell is an intended choice.
        if cell is None or (direction != "both" and not direction == begun == "reverse"):
            continue
        name, source = network.names[node_id], network.names[cell]
        other = "First step" if begun == "reverse" else "Last step"
        way = (
            message("or {other} for the {half} half", other=other, half=_WORDS[begun])
            if direction == "both"
            else message("or {other}", other=other)
        )
        found.append(
            Problem(
                "one-step",
                message(
                    "“{name}” takes the {reads} step of “{source}”, where its {begun} direction has read a "
                    "single step. Take the mean over all steps, {way}.",
                    name=name,
                    reads=_WORDS[spec.reads],
                    source=source,
                    begun=_WORDS[begun],
                    way=way,
                ),
                node_id,
                severity="warning",
            )
        )
    return found


def _cell_before(network: Network, node_id: NodeId) -> NodeId | None:
    """Return the cell that feeds a node through layers that work step by step, or None."""
    seen = {node_id}
    while True:
        links = list(network.incoming[node_id].values())
        if len(links) != 1 or links[0].delay or links[0].source in seen:
            return None
        node_id = links[0].source
        seen.add(node_id)
        spec = network.specs.get(node_id)
        if spec is not None and spec.family == "cell":
            return node_id if "direction" in {param.name for param in spec.params} else None
        if spec is None or spec.family != "layer" or spec.reads != "each":
            return None
