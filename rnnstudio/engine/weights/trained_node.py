"""The nodes of a trained model as emitters get them, and the loop that has them written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnnstudio.design.errors import DesignError
from rnnstudio.design.message import message
from rnnstudio.design.model import Design, Link, NodeId, Params
from rnnstudio.design.network import Network
from rnnstudio.design.phrases import node_title
from rnnstudio.design.problems import Report
from rnnstudio.design.spec import NodeSpec, PortShapes
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.weights.emitter import find_emitter
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, Array, Weights


@dataclass(frozen=True)
class TrainedNode:
    """A node with all that an emitter may need to write it.

    Attributes
    ----------
    id, title : its name in the design, and on screen
    params : all of them, with the default of each that the design leaves out
    inputs : the link into each input port that has one
    input_shapes, output_shapes : by port; a shape tells signal, content, size and clock
    weights : by name, in textbook shape
    """

    id: NodeId
    title: str
    spec: NodeSpec
    params: Params
    inputs: Mapping[str, Link]
    input_shapes: PortShapes
    output_shapes: PortShapes
    weights: Mapping[str, Array]


def trained_nodes(model: Weights, report: Report) -> tuple[TrainedNode, ...]:
    """Return the nodes of a model, each after those that it needs in the same time step.

    Parameters
    ----------
    model : with a design that can run
    report : the check's, of that design
    """
    assert model.design is not None
    network = Network(model.design, catalogue())
    nodes = []
    for node_id in network.order:
        node, spec, inputs = network.nodes[node_id], network.specs[node_id], network.incoming[node_id]
        prefix = f"{node_id}."
        nodes.append(
            TrainedNode(
                id=node_id,
                title=network.names[node_id],
                spec=spec,
                params=spec.complete(node.params),
                inputs=inputs,
                input_shapes={
                    port: report.shapes[link.source, link.source_port] for port, link in inputs.items()
                },
                output_shapes={
                    port: shape for (owner, port), shape in report.shapes.items() if owner == node_id
                },
                weights={
                    name.removeprefix(prefix): array
                    for name, array in model.arrays.items()
                    if name.startswith(prefix)
                },
            )
        )
    return tuple(nodes)


def emit_nodes(format_kind: str, model: Weights, report: Report, target: Any) -> None:
    """Have all nodes of a model written into ``target`` by the emitters of a format, in their order.

    Raises
    ------
    DesignError
        If a node has no emitter; none is written then.
    """
    assert model.design is not None
    require_emitters(format_kind, model.design)
    for node in trained_nodes(model, report):
        emit = find_emitter(format_kind, node.spec)
        assert emit is not None
        emit(node, target)


def require_emitters(format_kind: str, design: Design) -> None:
    """Raise `DesignError`, which names every node of a design that a format has no emitter for, if any."""
    known = catalogue()
    missing = [
        f"“{node_title(node, known)}” ({node.kind})"
        for node in design.nodes
        if find_emitter(format_kind, known.nodes.get(node.kind)) is None
    ]
    if missing:
        title, names = WEIGHT_FORMATS.get(format_kind).title, ", ".join(missing)
        raise DesignError(
            message(
                "The format “{format}” cannot write this node: {nodes}. "
                "Choose another format, or install a plug-in that extends this one.",
                format=title,
                nodes=names,
            )
            if len(missing) == 1
            else message(
                "The format “{format}” cannot write these nodes: {nodes}. "
                "Choose another format, or install a plug-in that extends this one.",
                format=title,
                nodes=names,
            )
        )
