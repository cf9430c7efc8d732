"""A single cell node with random weights and inputs, and its gradient check."""

import numpy as np

from rnnstudio.design.model import Node, NodeId
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.streams import Facts
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.nodes.base import RUNNING
from rnnstudio.engine.program.packed_sequence import PackedSequence

FEATURES, UNITS = 3, 4
SEQUENCE = Shape(Signal.SEQUENCE, Content.REAL, FEATURES)


def prepared(
    kind, params, lengths=(4, 2), with_state=True, dtype=np.float64, features=FEATURES, units=UNITS, seed=0
):
    """Return a running node with random weights, inputs and output gradients."""
    rng = np.random.default_rng(seed)
    spec = catalogue().nodes.get(kind)
    params = spec.complete({**params, "units": units})
    sequence = Shape(Signal.SEQUENCE, Content.REAL, features)
    outputs = spec.infer(params, {"sequence": sequence}, Facts())
    inputs = {"sequence": sequence} | ({"state": outputs["state"]} if with_state else {})
    node = RUNNING[kind](Node(NodeId("cell"), kind), params, inputs, outputs, Facts())
    node.bind(rng.normal(scale=0.6, size=node.size).astype(dtype), np.zeros(node.size, dtype))
    node.packing = packing = PackedSequence(np.array(lengths))
    node.allocate(packing, np.dtype(dtype))
    node.inputs = {"sequence": rng.normal(size=(packing.rows, features)).astype(dtype)}
    if with_state:
        node.inputs["state"] = rng.normal(size=(packing.batch, outputs["state"].size)).astype(dtype)
    node.d_inputs = {port: np.zeros_like(values) for port, values in node.inputs.items()}
    for gradient in node.d_outputs.values():
        gradient[:] = rng.normal(size=gradient.shape)
    return node


def worst_error(node, *, by_step=False):
    """Return the worst relative error of a node's gradients against central differences.

    Of every input and every weight; the loss is the weighted sum of all outputs.
    """
    steps = node.packing.steps
    ranges = [(t, t + 1) for t in range(steps)] if by_step else [(0, steps)]

    def loss():
        node.rng = np.random.default_rng(3)  # the same dropout each time
        for t0, t1 in ranges:
            node.forward(t0, t1, training=True)
        return sum(np.vdot(node.outputs[port], node.d_outputs[port]) for port in node.outputs)

    loss()
    for t0, t1 in reversed(ranges):
        node.backward(t0, t1)
    node.gather()
    checked = [(node.inputs[p], node.d_inputs[p].copy()) for p in node.inputs]
    checked += [(node.weights[n], node.gradients[n].copy()) for n in node.weights]
    errors = []
    for values, analytic in checked:
        numeric = np.zeros_like(analytic)
        for index in np.ndindex(values.shape):
            kept = values[index]
            values[index] = kept + 1e-6
            above = loss()
            values[index] = kept - 1e-6
            below = loss()
            values[index] = kept
            numeric[index] = (above - below) / 2e-6
        size = np.linalg.norm(analytic) + np.linalg.norm(numeric)
        errors.append(np.linalg.norm(analytic - numeric) / max(size, 1e-3))
    return max(errors)
