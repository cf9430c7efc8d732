"""Programs: runnable designs, with nodes in execution order and all weights in one flat vector."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import DesignError
from rnnstudio.design.model import Design, Link, NodeId
from rnnstudio.design.rules import Report
from rnnstudio.design.signals import MAIN_CLOCK, Shape, Signal
from rnnstudio.design.spec import NodeSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine import blas
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.nodes.base import RUNNING, RunningNode
from rnnstudio.engine.nodes.data import HeadNode, InputNode
from rnnstudio.engine.program.batches import Batch
from rnnstudio.engine.program.edges import DelayEdge, Edge, FeedbackEdge, ReorderEdge
from rnnstudio.engine.program.execution_order import Component, execution_order
from rnnstudio.engine.program.packed_sequence import PackedSequence

Array = NDArray[Any]


class Program:
    """A design that can be run.

    Parameters
    ----------
    design, report, facts
        A design that can be trained according to `rules.check`, its report, and the facts of its task.
    weights : (W,), optional
        Flat weights to share with another program. By default new ones, all zero.

    Attributes
    ----------
    weights, gradients : (W,)
        All weights in one vector, and their gradients.
    parameters, d_parameters : dict
        The same as views in textbook shape, by ``node.weight``.
    sampling_probability : float
        Probability with which a head feeds back its own prediction instead of the target: 0 is teacher
        forcing, 1 is generation. `loss` sets it from the plan.

    Raises
    ------
    DesignError
        If the design cannot be trained.
    """

    def __init__(self, design: Design, report: Report, facts: Facts, weights: Array | None = None) -> None:
        if not report.trainable:
            raise DesignError(next(p.sentence for p in report.problems if p.severity == "error"))
        self.design, self.report, self.facts = design, report, facts
        self.dtype = np.dtype(design.plan.dtype)
        self.packings: dict[str, PackedSequence] = {}
        self.nodes = {node.id: self._make_node(node.id) for node in design.nodes}
        self.heads = [n for n in self.nodes.values() if isinstance(n, HeadNode)]
        self.edges: dict[NodeId, list[Edge]] = {node_id: [] for node_id in self.nodes}
        self._links = [(link, self._make_edge(link)) for link in design.links]
        self._precomputed = self._find_precomputed()
        self._plan_gradients()
        self._data_nodes = [n for n in self.nodes.values() if isinstance(n, InputNode | HeadNode)]
        self._feedbacks = [edge for _, edge in self._links if isinstance(edge, FeedbackEdge)]
        self._orders: dict[bool, list[Component]] = {}
        self.sampling_probability = 0.0

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
        blas.use_one_thread()  # after the kernels have loaded the libraries

    def _make_node(self, node_id: NodeId) -> RunningNode:
        node = self.design.node(node_id)
        spec = catalogue().nodes.get(node.kind)
        linked = {link.target_port: link for link in self.design.links if link.target == node_id}
        shapes = self.report.shapes
        inputs = {port: shapes[link.source, link.source_port] for port, link in linked.items()}
        outputs = {port.name: shapes[node_id, port.name] for port in spec.outputs}
        running = RUNNING[node.kind](node, spec.complete(node.params), inputs, outputs, self.facts)
        running.clock = _clock(spec, inputs, outputs)
        running.packings = self.packings
        return running

    def _make_edge(self, link: Link) -> Edge | None:
        """Return the edge of a link that transforms its values, or None."""
        source, target = self.nodes[link.source], self.nodes[link.target]
        shape = self.report.shapes[link.source, link.source_port]
        edge: Edge | None = None
        if link.delay and isinstance(source, HeadNode):
            edge = FeedbackEdge(source, link.source_port)
        elif link.delay:
            edge = DelayEdge(source, link.source_port)
        elif shape.signal is not Signal.SEQUENCE and shape.clock != target.clock:
            edge = ReorderEdge(source, link.source_port)
        if edge is not None:
            self.edges[link.target].append(edge)
        return edge

    def _plan_gradients(self) -> None:
        """Determine which output gradients are needed, and which ones come from a single node."""
        needed = {node_id for node_id, node in self.nodes.items() if node.size}
        before = -1
        while len(needed) > before:  # nodes after weights need their gradients too
            before = len(needed)
            needed |= {link.target for link, _ in self._links if link.source in needed}
        self._skipped_inputs: set[tuple[NodeId, str]] = set()
        wanted: set[tuple[NodeId, str]] = set()  # outputs whose gradient is written or read
        readers = Counter((link.source, link.source_port) for link, _ in self._links)
        for link, edge in self._links:
            target = self.nodes[link.target]
            if edge is None and target.can_skip_gradients and link.source not in needed:
                self._skipped_inputs.add((link.target, link.target_port))
                continue
            wanted.add((link.source, link.source_port))
            if edge is None and target.can_assign_gradients and readers[link.source, link.source_port] == 1:
                target.exclusive_inputs |= {link.target_port}
        for node_id, node in self.nodes.items():
            node.linked_outputs = frozenset(port for source, port in readers if source == node_id)
            if node.has_lazy_outputs:
                node.unneeded_outputs = frozenset(p for p in node.output_shapes if (node_id, p) not in wanted)

    def _find_summed_gradients(self) -> list[Array]:
        """Return the output gradients that must be cleared before gradients are added to them.

        Gradients of outputs without links are set to zero here.
        """
        sums: dict[tuple[NodeId, str], Array] = {}
        for link, _ in self._links:
            source, target = self.nodes[link.source], self.nodes[link.target]
            gradient = source.d_outputs.get(link.source_port)
            spared = (link.target, link.target_port) in self._skipped_inputs
            if gradient is not None and link.target_port not in target.exclusive_inputs and not spared:
                sums[link.source, link.source_port] = gradient
        for node in self.nodes.values():
            for port in node.d_outputs.keys() - node.linked_outputs:
                node.d_outputs[port][...] = 0
        return list(sums.values())

    def _find_precomputed(self) -> set[NodeId]:
        """Return the nodes that run before the first step of the main clock, such as encoders."""
        precomputed: set[NodeId] = set()
        for component in execution_order(list(self.nodes), self.design.links):
            shapes = [
                shape
                for node_id in component.nodes
                for node in [self.nodes[node_id]]
                for shape in (*node.input_shapes.values(), *node.output_shapes.values())
            ]
            stepping = any(s.signal is Signal.SEQUENCE and s.clock == MAIN_CLOCK for s in shapes)
            heads = any(isinstance(self.nodes[node_id], HeadNode) for node_id in component.nodes)
            sources = {link.source for link in self.design.links if link.target in component.nodes}
            if not stepping and not heads and sources <= precomputed.union(component.nodes):
                precomputed.update(component.nodes)
        return precomputed

    def execution_order(self, *, with_feedback: bool) -> list[Component]:
        """Return the components in the order in which they run.

        Feedback edges close loops only ``with_feedback``, that is, when they carry predictions.
        """
        if with_feedback not in self._orders:
            links = [
                link for link, edge in self._links if with_feedback or not isinstance(edge, FeedbackEdge)
            ]
            self._orders[with_feedback] = execution_order(list(self.nodes), links)
        return self._orders[with_feedback]

    def with_shared_weights(self) -> Program:
        """Return a program with its own buffers that shares these weights."""
        return Program(self.design, self.report, self.facts, self.weights)

    # ------------------------------------------------------------------------------ weights

    def initialise(self, seed: int) -> None:
        """Initialize all weights. The seed and the order of the nodes determine the result."""
        rng = np.random.default_rng([seed, 0])
        for node in self.nodes.values():
            node.initialise(rng)

    def seed(self, seed: int) -> None:
        """Set the random generator that all nodes share in training."""
        self.rng = np.random.default_rng([seed, 1])
        for node in self.nodes.values():
            node.rng = self.rng

    def named_weights(self, flat: Array | None = None) -> dict[str, Array]:
        """Return copies of all weights by ``node.weight``, optionally those of another flat vector."""
        if flat is None:
            flat = self.weights
        named, start = {}, 0
        for node_id, node in self.nodes.items():
            for name, view in node.views(flat[start : start + node.size]).items():
                named[f"{node_id}.{name}"] = np.array(view, order="C")
            start += node.size
        return named

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Copy weights into the program. Names and shapes must have been checked before."""
        for name, view in self.parameters.items():
            view[...] = arrays[name]

    # ------------------------------------------------------------------------------ running

    def allocate(self, packings: Mapping[str, PackedSequence]) -> None:
        """Allocate the buffers for the packings of a batch, unless the last ones had the same lengths."""
        known = self.packings.keys() == packings.keys() and all(
            self.packings[clock].has_same_lengths(packing) for clock, packing in packings.items()
        )
        self.packings.update(packings)
        try:
            for node in self.nodes.values():
                node.packing = self.packings[node.clock]
                if not known:
                    node.allocate(node.packing, self.dtype)
            for link, edge in self._links:
                self._connect(link, edge, known)
        except MemoryError:
            self.packings.clear()  # the buffers are incomplete
            raise
        if not known:
            self._summed_gradients = self._find_summed_gradients()

    def _connect(self, link: Link, edge: Edge | None, known: bool) -> None:
        source, target = self.nodes[link.source], self.nodes[link.target]
        if edge is not None:
            if not known or isinstance(edge, ReorderEdge):  # the order changes with each batch
                clock = self.report.shapes[link.source, link.source_port].clock
                edge.allocate(self.packings[clock], target.packing)
            target.inputs[link.target_port] = edge.values
            if edge.d_values is not None:
                target.d_inputs[link.target_port] = edge.d_values
        elif not known:
            target.inputs[link.target_port] = source.outputs[link.source_port]
            wanted = (link.target, link.target_port) not in self._skipped_inputs
            if wanted and link.source_port in source.d_outputs:
                target.d_inputs[link.target_port] = source.d_outputs[link.source_port]

    def feed(self, batch: Batch, *, carry: bool = False) -> None:
        """Set the batch: allocate for its packings, and pass its streams to inputs and heads.

        With ``carry`` the sequences continue from the states that `carry_states` stored.
        """
        if not carry:
            for part in self._stateful_parts.values():
                part.carried = None
        self.allocate(batch.packings)
        for node in self._data_nodes:
            node.feed(batch.streams)
        for link, edge in self._links:
            source = self.nodes[link.source]
            if source.has_lazy_outputs and edge is None:  # its output may be another array now
                self.nodes[link.target].inputs[link.target_port] = source.outputs[link.source_port]

    def carry_states(self, count: int) -> None:
        """Store the final states of the first ``count`` sequences of the batch for the next one."""
        if count:
            for part in self._stateful_parts.values():
                part.carry_states(count)

    def carried_states(self) -> dict[str, Array]:
        """Return the carried states by name."""
        named: dict[str, Array] = {}
        for name, part in self._stateful_parts.items():
            named.update(zip(_state_names(name), part.carried or (), strict=False))
        return named

    def set_carried_states(self, arrays: Mapping[str, Array]) -> None:
        """Set the carried states to those that `carried_states` returned."""
        for name, part in self._stateful_parts.items():
            names = itertools.takewhile(arrays.__contains__, _state_names(name))
            part.carried = [arrays[name] for name in names] or None

    @cached_property
    def _stateful_parts(self) -> dict[str, RunningNode | Edge]:
        """All nodes and edges that can carry states, by names that the design determines."""
        parts: dict[str, RunningNode | Edge] = {str(i): node for i, node in self.nodes.items()}
        for link, edge in self._links:
            if edge is not None:
                parts[f"{link.target}<{link.target_port}"] = edge
        return parts

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Run all nodes over the steps ``t0 <= t < t1`` of the main clock, loops step by step.

        Nodes on other clocks run over all of their steps before the first step of the main clock.
        """
        with_feedback = self.sampling_probability > 0
        for feedback in self._feedbacks:
            feedback.sampling_probability = self.sampling_probability
            feedback.head.needs_prediction = with_feedback
        for component in self.execution_order(with_feedback=with_feedback):
            start, stop = t0, t1
            if component.nodes[0] in self._precomputed or self.nodes[component.nodes[0]].clock != MAIN_CLOCK:
                if t0 > 0:
                    continue
                start, stop = 0, self.nodes[component.nodes[0]].packing.steps
            for first, last in component.ranges(start, stop):
                for node_id in component.nodes:
                    for edge in self.edges[node_id]:
                        edge.forward(first, last)
                    self.nodes[node_id].forward(first, last, training=training)

    def backward(self) -> None:
        """Compute ``gradients`` of the loss, after `forward` over all steps."""
        assert self.packings, "backward needs a forward pass before it"
        self.gradients[...] = 0
        for gradient in self._summed_gradients:
            gradient[...] = 0
        for edges in self.edges.values():
            for edge in edges:
                edge.clear()
        for component in reversed(self.execution_order(with_feedback=self.sampling_probability > 0)):
            steps = self.nodes[component.nodes[0]].packing.steps
            for start, stop in reversed(component.ranges(0, steps)):
                for node_id in reversed(component.nodes):
                    self.nodes[node_id].backward(start, stop)
                    for edge in self.edges[node_id]:
                        edge.backward(start, stop)
        for node in self.nodes.values():
            node.gather()

    def loss(self, batch: Batch, *, training: bool, carry: bool = False) -> float:
        """Return the loss of a batch: the sum of the weighted mean losses of all heads.

        In training, heads feed back their own predictions with the sampling probability of the plan.
        For ``carry`` see `feed`.
        """
        self.sampling_probability = float(self.design.plan.sampling_probability) if training else 0.0
        self.feed(batch, carry=carry)
        self.forward(0, batch.packing.steps, training=training)
        return sum(head.loss for head in self.heads)

    def metrics(self) -> dict[str, tuple[float, float]]:
        """Return (sum, count) of each metric of the last forward pass, by name.

        With several heads the names have the head as a prefix, such as ``head.accuracy``.
        """
        found: dict[str, tuple[float, float]] = {}
        for node_id, node in self.nodes.items():
            if isinstance(node, HeadNode):
                prefix = f"{node_id}." if len(self.heads) > 1 else ""
                found |= {f"{prefix}{name}": value for name, value in node.metrics().items()}
        return found

    @property
    def is_stepwise(self) -> bool:
        """Whether the output of each step depends only on that step and earlier ones.

        A vector or a final state of the main clock is known only at the end of its sequence, and some nodes
        look ahead. A design that uses either must run over the whole sequence again for each further step.
        """
        kinds = catalogue().nodes
        for link in self.design.links:
            shape = self.report.shapes[link.source, link.source_port]
            into = kinds.get(self.nodes[link.target].node.kind).input(link.target_port)
            whole = shape.signal is not Signal.SEQUENCE or (into is not None and into.other_clock)
            if whole and link.source not in self._precomputed:
                return False
        return all(
            kinds.get(node.node.kind).is_causal(node.params)
            for node_id, node in self.nodes.items()
            if node_id not in self._precomputed
        )


def _state_names(part: str) -> Iterator[str]:
    return (f"{part}/{number}" for number in itertools.count())


def _clock(spec: NodeSpec, inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> str:
    """Return the clock of a node: that of its first sequence, or of its first input or output."""
    if spec.family == "head":
        return MAIN_CLOCK  # that of the targets
    taken = [inputs[p.name] for p in spec.inputs if p.name in inputs and not p.other_clock]
    shapes = [*taken, *outputs.values()]
    sequences = [shape for shape in shapes if shape.signal is Signal.SEQUENCE]
    return next((shape.clock for shape in (*sequences, *shapes)), MAIN_CLOCK)
