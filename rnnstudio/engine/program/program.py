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
from rnnstudio.engine.program.edges import Delay, Feedback, Passing, Reorder
from rnnstudio.engine.program.execution_order import Group, groups_in_order
from rnnstudio.engine.program.packed_sequence import Timeline

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
    own_share : float
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
        self.timelines: dict[str, Timeline] = {}
        self.nodes = {node.id: self._running(node.id) for node in design.nodes}
        self.heads = [n for n in self.nodes.values() if isinstance(n, HeadNode)]
        self.passings: dict[NodeId, list[Passing]] = {node_id: [] for node_id in self.nodes}
        self._links = [(link, self._passing(link)) for link in design.links]
        self._ahead = self._find_ahead()
        self._settle_gradients()
        self._readers = [n for n in self.nodes.values() if isinstance(n, InputNode | HeadNode)]
        self._feedbacks = [passing for _, passing in self._links if isinstance(passing, Feedback)]
        self._orders: dict[bool, list[Group]] = {}
        self.own_share = 0.0

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

    def _running(self, node_id: NodeId) -> RunningNode:
        node = self.design.node(node_id)
        spec = catalogue().nodes.get(node.kind)
        linked = {link.target_port: link for link in self.design.links if link.target == node_id}
        shapes = self.report.shapes
        inputs = {port: shapes[link.source, link.source_port] for port, link in linked.items()}
        outputs = {port.name: shapes[node_id, port.name] for port in spec.outputs}
        running = RUNNING[node.kind](node, spec.complete(node.params), inputs, outputs, self.facts)
        running.clock = _clock(spec, inputs, outputs)
        running.timelines = self.timelines
        return running

    def _passing(self, link: Link) -> Passing | None:
        """Return what stands between the ends of a link, if anything does."""
        source, target = self.nodes[link.source], self.nodes[link.target]
        shape = self.report.shapes[link.source, link.source_port]
        passing: Passing | None = None
        if link.delay and isinstance(source, HeadNode):
            passing = Feedback(source, link.source_port)
        elif link.delay:
            passing = Delay(source, link.source_port)
        elif shape.signal is not Signal.SEQUENCE and shape.clock != target.clock:
            passing = Reorder(source, link.source_port)
        if passing is not None:
            self.passings[link.target].append(passing)
        return passing

    def _settle_gradients(self) -> None:
        """Find out which outputs' gradients anybody needs, and which ones one node alone passes back."""
        needed = {node_id for node_id, node in self.nodes.items() if node.size}
        before = -1
        while len(needed) > before:  # what comes behind weights needs its gradient too
            before = len(needed)
            needed |= {link.target for link, _ in self._links if link.source in needed}
        self._spared: set[tuple[NodeId, str]] = set()
        wanted: set[tuple[NodeId, str]] = set()  # outputs whose gradient somebody adds to or reads
        readers = Counter((link.source, link.source_port) for link, _ in self._links)
        for link, passing in self._links:
            target = self.nodes[link.target]
            if passing is None and target.spares and link.source not in needed:
                self._spared.add((link.target, link.target_port))
                continue
            wanted.add((link.source, link.source_port))
            if passing is None and target.assigns and readers[link.source, link.source_port] == 1:
                target.alone |= {link.target_port}
        for node_id, node in self.nodes.items():
            node.linked = frozenset(port for source, port in readers if source == node_id)
            if node.lazy:
                node.unneeded = frozenset(p for p in node.output_shapes if (node_id, p) not in wanted)

    def _find_sums(self) -> list[Array]:
        """Return the gradients of outputs that must be zero before anything is added to them.

        Those that nothing is linked to are zero from here on.
        """
        sums: dict[tuple[NodeId, str], Array] = {}
        for link, _ in self._links:
            source, target = self.nodes[link.source], self.nodes[link.target]
            gradient = source.d_outputs.get(link.source_port)
            spared = (link.target, link.target_port) in self._spared
            if gradient is not None and link.target_port not in target.alone and not spared:
                sums[link.source, link.source_port] = gradient
        for node in self.nodes.values():
            for port in node.d_outputs.keys() - node.linked:
                node.d_outputs[port][...] = 0
        return list(sums.values())

    def _find_ahead(self) -> set[NodeId]:
        """Return the nodes that are done before the main clock's first step: encoders, given vectors."""
        ahead: set[NodeId] = set()
        for group in groups_in_order(list(self.nodes), self.design.links):
            shapes = [
                shape
                for node_id in group.nodes
                for node in [self.nodes[node_id]]
                for shape in (*node.input_shapes.values(), *node.output_shapes.values())
            ]
            stepping = any(s.signal is Signal.SEQUENCE and s.clock == MAIN_CLOCK for s in shapes)
            heads = any(isinstance(self.nodes[node_id], HeadNode) for node_id in group.nodes)
            sources = {link.source for link in self.design.links if link.target in group.nodes}
            if not stepping and not heads and sources <= ahead.union(group.nodes):
                ahead.update(group.nodes)
        return ahead

    def groups(self, *, own: bool) -> list[Group]:
        """Return the groups in the order in which they run; ``own`` predictions fed back close loops."""
        if own not in self._orders:
            links = [link for link, passing in self._links if own or not isinstance(passing, Feedback)]
            self._orders[own] = groups_in_order(list(self.nodes), links)
        return self._orders[own]

    def twin(self) -> Program:
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

    def allocate(self, timelines: Mapping[str, Timeline]) -> None:
        """Make the buffers for a batch's timelines, unless the last ones had the same lengths."""
        known = self.timelines.keys() == timelines.keys() and all(
            self.timelines[clock].is_like(timeline) for clock, timeline in timelines.items()
        )
        self.timelines.update(timelines)
        try:
            for node in self.nodes.values():
                node.timeline = self.timelines[node.clock]
                if not known:
                    node.allocate(node.timeline, self.dtype)
            for link, passing in self._links:
                self._connect(link, passing, known)
        except MemoryError:
            self.timelines.clear()  # nothing is allocated for them
            raise
        if not known:
            self._sums = self._find_sums()

    def _connect(self, link: Link, passing: Passing | None, known: bool) -> None:
        source, target = self.nodes[link.source], self.nodes[link.target]
        if passing is not None:
            if not known or isinstance(passing, Reorder):  # the order changes with each batch
                clock = self.report.shapes[link.source, link.source_port].clock
                passing.allocate(self.timelines[clock], target.timeline)
            target.inputs[link.target_port] = passing.values
            if passing.d_values is not None:
                target.d_inputs[link.target_port] = passing.d_values
        elif not known:
            target.inputs[link.target_port] = source.outputs[link.source_port]
            wanted = (link.target, link.target_port) not in self._spared
            if wanted and link.source_port in source.d_outputs:
                target.d_inputs[link.target_port] = source.d_outputs[link.source_port]

    def feed(self, batch: Batch, *, carry: bool = False) -> None:
        """Take a batch: allocate for its timelines, and hand its streams to inputs and heads.

        With ``carry`` its sequences go on where those ended that `keep` was asked for.
        """
        if not carry:
            for part in self._parts.values():
                part.carried = None
        self.allocate(batch.timelines)
        for node in self._readers:
            node.feed(batch.streams)
        for link, passing in self._links:
            source = self.nodes[link.source]
            if source.lazy and passing is None:  # it may have taken another array
                self.nodes[link.target].inputs[link.target_port] = source.outputs[link.source_port]

    def keep(self, count: int) -> None:
        """Keep the states in which the first ``count`` sequences of the batch ended, if any."""
        if count:
            for part in self._parts.values():
                part.keep(count)

    def carried(self) -> dict[str, Array]:
        """Return the states that are kept, by name."""
        named: dict[str, Array] = {}
        for name, part in self._parts.items():
            named.update(zip(_places(name), part.carried or (), strict=False))
        return named

    def set_carried(self, arrays: Mapping[str, Array]) -> None:
        """Take the states that `carried` returned."""
        for name, part in self._parts.items():
            places = itertools.takewhile(lambda place: place in arrays, _places(name))
            part.carried = [arrays[place] for place in places] or None

    @cached_property
    def _parts(self) -> dict[str, RunningNode | Passing]:
        """Return all that can keep states, by names that the design fixes."""
        parts: dict[str, RunningNode | Passing] = {str(i): node for i, node in self.nodes.items()}
        for link, passing in self._links:
            if passing is not None:
                parts[f"{link.target}<{link.target_port}"] = passing
        return parts

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Run every node over ``t0 <= t < t1`` of the main clock; the members of a loop together.

        What does not run on the main clock runs over all of its own before the first step.
        """
        own = self.own_share > 0
        for feedback in self._feedbacks:
            feedback.share = self.own_share
            feedback.head.predicting = own
        for group in self.groups(own=own):
            start, stop = t0, t1
            if group.nodes[0] in self._ahead or self.nodes[group.nodes[0]].clock != MAIN_CLOCK:
                if t0 > 0:
                    continue
                start, stop = 0, self.nodes[group.nodes[0]].timeline.steps
            for first, last in group.ranges(start, stop):
                for node_id in group.nodes:
                    for passing in self.passings[node_id]:
                        passing.forward(first, last)
                    self.nodes[node_id].forward(first, last, training=training)

    def backward(self) -> None:
        """Fill ``gradients`` with those of `loss`, after `forward` over all steps."""
        assert self.timelines, "backward needs a forward pass before it"
        self.gradients[...] = 0
        for gradient in self._sums:
            gradient[...] = 0
        for passings in self.passings.values():
            for passing in passings:
                passing.clear()
        for group in reversed(self.groups(own=self.own_share > 0)):
            steps = self.nodes[group.nodes[0]].timeline.steps
            for start, stop in reversed(group.ranges(0, steps)):
                for node_id in reversed(group.nodes):
                    self.nodes[node_id].backward(start, stop)
                    for passing in self.passings[node_id]:
                        passing.backward(start, stop)
        for node in self.nodes.values():
            node.gather()

    def loss(self, batch: Batch, *, training: bool, carry: bool = False) -> float:
        """Return the loss of a batch: the sum over heads of each one's weighted mean.

        In training what heads feed back is their own prediction as often as the plan says; `carry` as
        in `feed`.
        """
        self.own_share = float(self.design.plan.sampling_probability) if training else 0.0
        self.feed(batch, carry=carry)
        self.forward(0, batch.timeline.steps, training=training)
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
    def stepwise(self) -> bool:
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
            if whole and link.source not in self._ahead:
                return False
        return all(
            kinds.get(node.node.kind).causal(node.params)
            for node_id, node in self.nodes.items()
            if node_id not in self._ahead
        )


def _places(part: str) -> Iterator[str]:
    return (f"{part}/{number}" for number in itertools.count())


def _clock(spec: NodeSpec, inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> str:
    """Return a node's own clock: that of its first sequence, or else of the first thing it takes or gives."""
    if spec.family == "head":
        return MAIN_CLOCK  # that of the targets
    taken = [inputs[p.name] for p in spec.inputs if p.name in inputs and not p.other_clock]
    shapes = [*taken, *outputs.values()]
    sequences = [shape for shape in shapes if shape.signal is Signal.SEQUENCE]
    return next((shape.clock for shape in (*sequences, *shapes)), MAIN_CLOCK)
