"""A single running node with given inputs, targets and gradients."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnstudio.design.model import Node, NodeId, Params
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.nodes.base import RUNNING, RunningNode
from rnnstudio.engine.program.packed_sequence import PackedSequence

Array = np.ndarray[Any, Any]

LENGTHS = PackedSequence(np.array([4, 2, 2, 1]))
_RNG = np.random.default_rng(2)
SEQUENCE = _RNG.standard_normal((LENGTHS.rows, 3))
VECTOR = _RNG.standard_normal((LENGTHS.batch, 3))


def running(
    kind: str,
    params: Params,
    inputs: Mapping[str, Array],
    packings: Mapping[str, PackedSequence],
    *,
    clocks: Mapping[str, str] | None = None,
    vectors: tuple[str, ...] = (),
    target: Array | None = None,
    weights: Mapping[str, Array] | None = None,
    dtype: str = "float64",
) -> RunningNode:
    """Make a node that reads packed rows; ``vectors`` names the inputs that are vectors.

    ``target`` is what its head is to predict, ``clocks`` the clocks of inputs that are not on the main one.
    """
    spec = catalogue().nodes.get(kind)
    shapes = {
        port: Shape(
            Signal.VECTOR if port in vectors else Signal.SEQUENCE,
            Content.REAL,
            values.shape[1],
            (clocks or {}).get(port, "T"),
        )
        for port, values in inputs.items()
    }
    facts = Facts()
    if target is not None:
        (given,) = shapes.values()
        content = Content.TOKENS if target.ndim == 1 else Content.REAL
        binary = kind == "binary"
        facts = Facts(
            (Stream("target", "Target", "target", given.signal, content, given.size, binary=binary),)
        )
    complete = spec.complete(params)
    node = RUNNING[kind](
        Node(NodeId("it"), kind, params=params), complete, shapes, spec.infer(complete, shapes, facts), facts
    )
    flat, gradients = np.zeros(node.size, dtype), np.zeros(node.size, dtype)
    node.bind(flat, gradients)
    for name, values in (weights or {}).items():
        node.weights[name][...] = values
    node.packings, node.packing = packings, packings["T"]
    node.allocate(node.packing, np.dtype(dtype))
    for port, values in inputs.items():
        node.inputs[port] = values.astype(dtype)
        node.d_inputs[port] = np.zeros(values.shape, dtype)
    if target is not None:
        node.feed({"target": target})  # type: ignore[attr-defined]
    return node


def run(node: RunningNode, *, training: bool = True, step_by_step: bool = False) -> None:
    """Run a node forward over all steps."""
    steps = node.packing.steps
    for t0, t1 in [(t, t + 1) for t in range(steps)] if step_by_step else [(0, steps)]:
        node.forward(t0, t1, training=training)


def run_back(
    node: RunningNode, d_outputs: Mapping[str, Array] | None = None, *, step_by_step: bool = False
) -> None:
    """Run a node backward over all steps, from the gradients of its outputs."""
    for port, values in (d_outputs or {}).items():
        node.d_outputs[port][...] = values
    steps = node.packing.steps
    for t0, t1 in [(t, t + 1) for t in reversed(range(steps))] if step_by_step else [(0, steps)]:
        node.backward(t0, t1)
    node.gather()
