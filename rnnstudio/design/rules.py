"""Checking a design: all problems and all shapes at once.

`check` is pure and never raises, whatever the design contains.
"""

from __future__ import annotations

from rnnstudio.design import fixes
from rnnstudio.design.connection_rules import (
    check_cycles,
    check_ids,
    check_inputs,
    check_links,
    check_loops,
)
from rnnstudio.design.directions import check_directions
from rnnstudio.design.links import Refusal, build_network, refusal
from rnnstudio.design.memory import plan_memory
from rnnstudio.design.message import message
from rnnstudio.design.model import Design, NodeId, Value
from rnnstudio.design.network import Network
from rnnstudio.design.parameters import check_choices, check_node
from rnnstudio.design.problems import Fix, Problem, Report
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.shapes import ShapeInference
from rnnstudio.design.streams import Facts
from rnnstudio.design.truncation import check_truncation

__all__ = ["Fix", "Problem", "Refusal", "Report", "check", "refusal"]


def check(design: Design, catalogue: Catalogue, facts: Facts) -> Report:
    """Return all problems of a design, with shapes, weight counts and the memory of training."""
    network = build_network(design, catalogue)
    problems = [*check_choices(design, catalogue)]
    params: dict[NodeId, dict[str, Value]] = {}
    for node in network.nodes.values():
        problems += check_node(network, node, params)
    problems += check_ids(design)
    problems += check_links(network)
    problems += check_loops(network)
    shapes = ShapeInference(network, params, facts)
    problems += check_cycles(network, params, shapes)
    problems += [problem for found in shapes.problems.values() for problem in found]
    problems += check_inputs(network, shapes)
    problems += check_directions(network, params)
    problems += check_truncation(design, network, params, shapes)
    problems += _whole(network, problems)
    if not any(problem.severity == "error" for problem in problems):
        problems += _unknown_shapes(network, shapes)
    weights = {node_id: case.weights for node_id, case in shapes.inferences.items()}
    memory = plan_memory(design, network, shapes, facts, catalogue, weights)
    return Report(tuple(problems), shapes.outputs, weights, memory.total, memory.fixed, memory.data)


# ---------------------------------------------------------------------------------- the whole


def _whole(network: Network, problems: list[Problem]) -> list[Problem]:
    if not network.nodes:
        return [Problem("empty", message("The canvas is empty. Drag a node from the palette to begin."))]
    found = []
    heads = [i for i, spec in network.specs.items() if spec.family == "head"]
    # A head whose prediction is fed back is an input too: it gives the start token, then its targets.
    again = [head for head in heads if network.outgoing[head]]
    inputs = [*(i for i, spec in network.specs.items() if spec.family == "input"), *again]
    all_known = len(network.specs) == len(network.nodes)
    if not heads and all_known:
        sentence = message(
            "There is nothing to learn from: add a head, which compares with the task's targets."
        )
        found.append(Problem("no-head", sentence, fix=fixes.add_only(network, "head")))
    if not inputs and all_known:
        sentence = message("No data comes in: add an input.")
        found.append(Problem("no-input", sentence, fix=fixes.add_only(network, "input")))
    if heads:
        for node_id, spec in network.specs.items():
            if spec.outputs and spec.family != "head" and not network.outgoing[node_id]:
                sentence = message(
                    "Nothing uses what “{node}” gives. Connect it, or remove it.", node=network.names[node_id]
                )
                found.append(Problem("unused", sentence, node_id, severity="warning"))
    if heads and inputs and all_known and not any(problem.code == "missing-input" for problem in problems):
        fed = network.downstream(inputs)
        for head in heads:
            if head not in fed:
                sentence = message(
                    "“{head}” does not depend on any input. Connect what leads to it to one.",
                    head=network.names[head],
                )
                found.append(Problem("not-fed", sentence, head))
    return found


def _unknown_shapes(network: Network, shapes: ShapeInference) -> list[Problem]:
    """Report nodes with unknown shapes when there is no other error: they cannot be trained."""
    return [
        Problem(
            "unknown-shape",
            message(
                "The shapes at “{node}” cannot be worked out. Connect its inputs to nodes that come "
                "before it.",
                node=network.names[node_id],
            ),
            node_id,
        )
        for node_id in network.nodes
        if node_id not in shapes.inputs
    ]
