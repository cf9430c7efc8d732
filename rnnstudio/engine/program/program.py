"""A design made runnable: its nodes in order, its loops, its weights in one flat vector."""

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
        A design that `rules.check` found trainable, its report, and what the task says.
    weights : (W,), optional
        Flat weights to share with another program; new ones, all zero, otherwise.

    Attributes
    ----------
    weights, gradients : (W,)
        All weights in one vector, and their gradients.
    parameters, d_parameters : dict
        The same by ``node.weight``, as views in textbook shape.
    sampling_probability : float
        Probability with which what a head feeds back is its own prediction: 0 is teacher forcing, 1
        generation. `loss` sets it from the plan.

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
        blas.use_one_thread()  # now that the kernels have loaded what they call

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
        """Return what stands between the ends of a link, if anything does."""
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
        """Find out which outputs' gradients anybody needs, and which ones one node alone passes back."""
        needed = {node_id for node_id, node in self.nodes.items() if node.size}
        before = -1
        while len(needed) > before:  # what comes behind weights needs its gradient too
            before = len(needed)
            needed |= {link.target for link, _ in self._links if link.source in needed}
        self._skipped_inputs: set[tuple[NodeId, str]] = set()
        wanted: set[tuple[NodeId, str]] = set()  # outputs whose gradient somebody adds to or reads
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
        """Return the gradients of outputs that must be zero before anything is added to them.

        Those that nothing is linked to are zero from here on.
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
        """Return the nodes that are done before the main clock's first step: encoders, given vectors."""
        ahead: set[NodeId] = set()
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
            if not stepping and not heads and sources <= ahead.union(component.nodes):
                ahead.update(component.nodes)
        return ahead

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
        """Return a program of its own buffers that shares these weights."""
        return Program(self.design, self.report, self.facts, self.weights)

    # ------------------------------------------------------------------------------ weights

    def initialise(self, seed: int) -> None:
        """Start every weight by its own rule; node order and seed fix the result."""
        rng = np.random.default_rng([seed, 0])
        for node in self.nodes.values():
            node.initialise(rng)

    def seed(self, seed: int) -> None:
        """Give every node that draws in training one generator."""
        self.rng = np.random.default_rng([seed, 1])
        for node in self.nodes.values():
            node.rng = self.rng

    def named_weights(self, flat: Array | None = None) -> dict[str, Array]:
        """Return copies of all weights by ``node.weight``: these, or those of another flat vector."""
        if flat is None:
            flat = self.weights
        named, start = {}, 0
        for node_id, node in self.nodes.items():
            for name, view in node.views(flat[start : start + node.size]).items():
                named[f"{node_id}.{name}"] = np.array(view, order="C")
            start += node.size
        return named

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Copy weights in; names and shapes must have been matched before."""
        for name, view in self.parameters.items():
            view[...] = arrays[name]

    # ------------------------------------------------------------------------------ running

    def allocate(self, packings: Mapping[str, PackedSequence]) -> None:
        """Make the buffers for a batch's packings, unless the last ones had the same lengths."""
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
            self.packings.clear()  # nothing is allocated for them
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
        """Take a batch: allocate for its packings, and hand its streams to inputs and heads.

        With ``carry`` its sequences go on where those ended that `carry_states` was asked for.
        """
        if not carry:
            for part in self._stateful_parts.values():
                part.carried = None
        self.allocate(batch.packings)
        for node in self._data_nodes:
            node.feed(batch.streams)
        for link, edge in self._links:
            source = self.nodes[link.source]
            if source.has_lazy_outputs and edge is None:  # it may have taken another array
                self.nodes[link.target].inputs[link.target_port] = source.outputs[link.source_port]

    def carry_states(self, count: int) -> None:
        """Keep the states in which the first ``count`` sequences of the batch ended, if any."""
        if count:
            for part in self._stateful_parts.values():
                part.carry_states(count)

    def carried_states(self) -> dict[str, Array]:
        """Return the states that are kept, by name."""
        named: dict[str, Array] = {}
        for name, part in self._stateful_parts.items():
            named.update(zip(_state_names(name), part.carried or (), strict=False))
        return named

    def set_carried_states(self, arrays: Mapping[str, Array]) -> None:
        """Take the states that `carried_states` returned."""
        for name, part in self._stateful_parts.items():
            places = itertools.takewhile(lambda place: place in arrays, _state_names(name))
            part.carried = [arrays[place] for place in places] or None

    @cached_property
    def _stateful_parts(self) -> dict[str, RunningNode | Edge]:
        """Return all that can keep states, by names that the design fixes."""
        parts: dict[str, RunningNode | Edge] = {str(i): node for i, node in self.nodes.items()}
        for link, edge in self._links:
            if edge is not None:
                parts[f"{link.target}<{link.target_port}"] = edge
        return parts

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Run every node over ``t0 <= t < t1`` of the main clock; the members of a loop together.

        What does not run on the main clock runs over all of its own before the first step.
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
        """Fill ``gradients`` with those of `loss`, after `forward` over all steps."""
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
        """Return the loss of a batch: the sum over heads of each one's weighted mean.

        In training what heads feed back is their own prediction as often as the plan says; `carry` as
        in `feed`.
        """
        self.sampling_probability = float(self.design.plan.sampling_probability) if training else 0.0
        self.feed(batch, carry=carry)
        self.forward(0, batch.packing.steps, training=training)
        return sum(head.loss for head in self.heads)

    def metrics(self) -> dict[str, tuple[float, float]]:
        """Return (sum, count) of each metric of the last pass, by name.

        With several heads each one's name stands in front: ``head.accuracy``.
        """
        found: dict[str, tuple[float, float]] = {}
        for node_id, node in self.nodes.items():
            if isinstance(node, HeadNode):
                prefix = f"{node_id}." if len(self.heads) > 1 else ""
                found |= {f"{prefix}{name}": value for name, value in node.metrics().items()}
        return found

    @property
    def is_stepwise(self) -> bool:
        """Whether each step's output depends only on that step and what came before.

        A vector or a carried state of the main clock is known only where its sequence ends, and some
        nodes look ahead; a design that uses either is run over the whole sequence again for each
        further step.
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
    """Return a node's own clock: that of its first sequence, or else of the first thing it takes or gives."""
    if spec.family == "head":
        return MAIN_CLOCK  # that of the targets
    taken = [inputs[p.name] for p in spec.inputs if p.name in inputs and not p.other_clock]
    shapes = [*taken, *outputs.values()]
    sequences = [shape for shape in shapes if shape.signal is Signal.SEQUENCE]
    return next((shape.clock for shape in (*sequences, *shapes)), MAIN_CLOCK)
