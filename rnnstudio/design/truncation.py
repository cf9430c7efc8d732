"""The rule for truncated backpropagation: a network must be computable window by window."""

from __future__ import annotations

from collections.abc import Mapping

from rnnstudio.design import edits
from rnnstudio.design.message import message
from rnnstudio.design.model import Design, NodeId, Params
from rnnstudio.design.network import Network
from rnnstudio.design.phrases import shape_words
from rnnstudio.design.problems import Fix, Problem
from rnnstudio.design.shapes import ShapeInference
from rnnstudio.design.signals import MAIN_CLOCK, Signal


def check_truncation(
    design: Design, network: Network, params: Mapping[NodeId, Params], shapes: ShapeInference
) -> list[Problem]:
    """Report the first node that needs more than one window, if the plan truncates gradients."""
    if design.plan.truncate is None:
        return []
    for node_id, spec in network.specs.items():
        name, why = network.names[node_id], None
        if node_id in params and not spec.is_causal(params[node_id]):
            why = message("“{name}” needs steps that are still to come", name=name)
        for port, link in network.incoming[node_id].items():
            into = spec.input(port)
            shape = shapes.outputs.get((link.source, link.source_port))
            if shape is not None and shape.signal is not Signal.SEQUENCE:
                why = why or message(
                    "“{name}” takes {words}, which belongs to a whole sequence",
                    name=name,
                    words=shape_words(shape),
                )
            elif shape is not None and shape.clock != MAIN_CLOCK:
                why = why or message(
                    "“{name}” takes a sequence of another length than the targets", name=name
                )
            elif into is not None and into.other_clock:
                why = why or message(
                    "“{name}” takes the whole of a sequence on “{port}”", name=name, port=into.title
                )
        if why:
            sentence = message(
                "The gradient cannot be truncated: {why}. Turn truncation off, or take the node out.", why=why
            )
            fix = Fix(message("Turn truncation off"), lambda design: edits.set_plan(design, truncate=None))
            return [Problem("truncate", sentence, node_id, fix=fix)]
    return []
