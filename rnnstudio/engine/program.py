"""A design made runnable: its nodes in order, its loops, its weights in one flat vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import DesignError
from rnnstudio.design.model import Design, Link, NodeId
from rnnstudio.design.rules import Report
from rnnstudio.design.spec import Facts, Signal
from rnnstudio.engine.batches import Batch
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.nodes.base import HeadNode, InputNode, RunningNode
from rnnstudio.engine.order import groups_in_order
from rnnstudio.engine.registries import RUNNING
from rnnstudio.engine.timeline import Timeline

Array = NDArray[Any]


class Delay:
    """A link that hands on each value one step later; zero at the first step."""

    def __init__(self, source: RunningNode, port: str, timeline: Timeline) -> None:
        self.source, self.port, self.timeline = source, port, timeline
        self.values = np.zeros_like(source.outputs[port])
        self.d_values = np.zeros_like(self.values)

    def forward(self, t0: int, t1: int) -> None:
        """``values[t] = source[t - 1]``."""
        for t in range(max(t0, 1), t1):
            now, before = self.timeline.slice(t, t + 1), self.timeline.slice(t - 1, t)
            self.values[now] = self.source.outputs[self.port][before][: now.stop - now.start]

    def backward(self, t0: int, t1: int) -> None:
        """``d_source[t - 1] += d_values[t]``."""
        for t in range(max(t0, 1), t1):
            now, before = self.timeline.slice(t, t + 1), self.timeline.slice(t - 1, t)
            self.source.d_outputs[self.port][before][: now.stop - now.start] += self.d_values[now]


class Program:
    """A design that can be run.

    Parameters
    ----------
    design, report, facts
        A design that `rules.check` found trainable, its report, and what the task says.
    weights : (W,), optional
        Flat weights to share with another program; new ones, all zero, otherwise.

    Attributes
    ----------
    weights, gradients : (W,)
        All weights in one vector, and their gradients.
    parameters, d_parameters : dict
        The same by ``node.weight``, as views in textbook shape.

    Raises
    ------
    DesignError
        If the report says that the design cannot be trained.
    """

    def __init__(self, design: Design, report: Report, facts: Facts, weights: Array | None = None) -> None:
        if not report.trainable:
            raise DesignError(next(p.sentence for p in report.problems if p.severity == "error"))
        self.design, self.report, self.facts = design, report, facts
        self.dtype = np.dtype(design.plan.dtype)
        self.nodes = {node.id: self._running(node.id) for node in design.nodes}
        self.groups = groups_in_order(design)
        self.heads = [n for n in self.nodes.values() if isinstance(n, HeadNode)]
        self.timeline: Timeline | None = None
        self.delays: dict[NodeId, list[Delay]] = {}

        size = sum(node.size for node in self.nodes.values())
        self.weights = np.zeros(size, self.dtype) if weights is None else weights
        self.gradients = np.zeros(size, self.dtype)
        self.parameters: dict[str, Array] = {}
        self.d_parameters: dict[str, Array] = {}
        start = 0
        for node_id, node in self.nodes.items():
            stop = start + node.size
            node.bind(self.weights[start:stop], self.gradients[start:stop])
            self.parameters |= {f"{node_id}.{name}": view for name, view in node.weights.items()}
            self.d_parameters |= {f"{node_id}.{name}": view for name, view in node.gradients.items()}
            start = stop

    def _running(self, node_id: NodeId) -> RunningNode:
        node = self.design.node(node_id)
        spec = catalogue().nodes.get(node.kind)
        linked = {link.target_port: link for link in self.design.links if link.target == node_id}
        inputs = {port: self.report.shapes[link.source, link.source_port] for port, link in linked.items()}
        outputs = {port.name: self.report.shapes[node_id, port.name] for port in spec.outputs}
        return RUNNING[node.kind](node, spec.complete(node.params), inputs, outputs, self.facts)

    def twin(self) -> Program:
        """Return a program of its own buffers that shares these weights."""
        return Program(self.design, self.report, self.facts, self.weights)

    # ------------------------------------------------------------------------------ weights

    def initialise(self, seed: int) -> None:
        """Start every weight by its own rule; node order and seed fix the result."""
        rng = np.random.default_rng([seed, 0])
        for node in self.nodes.values():
            for name, parameter in node.parameters().items():
                node.weights[name][...] = parameter.initialise(rng, parameter.shape)

    def seed(self, seed: int) -> None:
        """Give every node that draws in training one generator."""
        rng = np.random.default_rng([seed, 1])
        for node in self.nodes.values():
            node.rng = rng

    def named_weights(self) -> dict[str, Array]:
        """Return copies of all weights by ``node.weight``."""
        return {name: np.ascontiguousarray(view).copy() for name, view in self.parameters.items()}

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Copy weights in; names and shapes must have been matched before."""
        for name, view in self.parameters.items():
            view[...] = arrays[name]

    # ------------------------------------------------------------------------------ running

    def allocate(self, timeline: Timeline) -> None:
        """Make the buffers for a timeline, unless the last one had the same lengths."""
        if self.timeline is not None and np.array_equal(self.timeline.lengths, timeline.lengths):
            return
        self.timeline = timeline
        for node in self.nodes.values():
            node.allocate(timeline, self.dtype)
        self.delays = {node_id: [] for node_id in self.nodes}
        for link in self.design.links:
            self._connect(link, timeline)

    def _connect(self, link: Link, timeline: Timeline) -> None:
        source, target = self.nodes[link.source], self.nodes[link.target]
        if link.delay:
            delay = Delay(source, link.source_port, timeline)
            self.delays[link.target].append(delay)
            target.inputs[link.target_port], target.d_inputs[link.target_port] = delay.values, delay.d_values
            return
        target.inputs[link.target_port] = source.outputs[link.source_port]
        if link.source_port in source.d_outputs:
            target.d_inputs[link.target_port] = source.d_outputs[link.source_port]

    def feed(self, batch: Batch) -> None:
        """Take a batch: allocate for its timeline, and hand its streams to inputs and heads."""
        self.allocate(batch.timeline)
        for node in self.nodes.values():
            if isinstance(node, InputNode | HeadNode):
                node.feed(batch.streams)

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Run every node over ``t0 <= t < t1``; the members of a loop together, step by step."""
        for group in self.groups:
            for start, stop in group.ranges(t0, t1):
                for node_id in group.nodes:
                    for delay in self.delays[node_id]:
                        delay.forward(start, stop)
                    self.nodes[node_id].forward(start, stop, training=training)

    def backward(self) -> None:
        """Fill ``gradients`` with those of `loss`, after `forward` over all steps."""
        assert self.timeline is not None, "backward needs a forward pass before it"
        self.gradients[...] = 0
        for node in self.nodes.values():
            for gradient in node.d_outputs.values():
                gradient[...] = 0
        for delays in self.delays.values():
            for delay in delays:
                delay.d_values[...] = 0
        for group in reversed(self.groups):
            for start, stop in reversed(group.ranges(0, self.timeline.steps)):
                for node_id in reversed(group.nodes):
                    self.nodes[node_id].backward(start, stop)
                    for delay in self.delays[node_id]:
                        delay.backward(start, stop)
        for node in self.nodes.values():
            node.gather()

    def loss(self, batch: Batch, *, training: bool) -> float:
        """Return the loss of a batch in nats: the sum over heads of each one's mean."""
        self.feed(batch)
        self.forward(0, batch.timeline.steps, training=training)
        return sum(head.loss for head in self.heads)

    @property
    def stepwise(self) -> bool:
        """Whether each step's output depends only on that step and what came before.

        A vector or a carried state is known only where its sequence ends; a design that uses one
        is run over the whole sequence again for each further token.
        """
        used = {(link.source, link.source_port) for link in self.design.links}
        return all(self.report.shapes[port].signal is Signal.SEQUENCE for port in used)
