"""Shape inference, from inputs to heads, iterated to a fixpoint for delayed loops."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from rnnstudio.design import edits, fixes
from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import Message, joined, message
from rnnstudio.design.model import Link, NodeId, Params, Value
from rnnstudio.design.network import Network
from rnnstudio.design.phrases import mismatch, shown, within
from rnnstudio.design.problems import Fix, Problem
from rnnstudio.design.signals import MAIN_CLOCK, Content, Shape, Signal
from rnnstudio.design.spec import NodeSpec, ParamProblem, PortSpec, ShapeProblem
from rnnstudio.design.spec_cache import Inference, spec_cache
from rnnstudio.design.streams import Facts

VISITS = 12  # the maximum number of visits of a node before its size is considered divergent
Port = tuple[NodeId, str]


@dataclass(frozen=True)
class _NodeVisit:
    """The arguments of `NodeSpec.infer` for a node."""

    node_id: NodeId
    spec: NodeSpec
    params: Mapping[str, Value]
    inputs: Mapping[str, Shape]
    facts: Facts

    def refuses(
        self, params: Mapping[str, Value] | None = None, inputs: Mapping[str, Shape] | None = None
    ) -> bool:
        """Return whether inference still fails with some parameters or inputs changed."""
        try:
            self.spec.infer({**self.params, **(params or {})}, {**self.inputs, **(inputs or {})}, self.facts)
        except StudioError:
            return True
        return False


class ShapeInference:
    """The inferred shapes of a network.

    Parameters
    ----------
    network
        The design.
    params
        Complete valid parameters of every node whose outputs can be known.
    facts
        What the task says.

    Attributes
    ----------
    outputs : the shape of each output that is known
    inputs : of each node whose outputs are known, the shape at each linked input
    cases : of each of them, what its kind says of them
    problems : by node
    """

    def __init__(self, network: Network, params: Mapping[NodeId, Mapping[str, Value]], facts: Facts) -> None:
        self.network, self.params, self.facts = network, params, facts
        self.outputs: dict[Port, Shape] = {}
        self.inputs: dict[NodeId, dict[str, Shape]] = {}
        self.inferences: dict[NodeId, Inference] = {}
        self.problems: dict[NodeId, list[Problem]] = {}
        self._supposed: dict[Port, Shape] = {}  # assumed shapes of delayed links, until they are known
        self._visits = dict.fromkeys(network.order, 0)
        self._position = {node_id: place for place, node_id in enumerate(network.order)}
        self._settle(list(range(len(network.order))))
        delayed = [link for links in network.outgoing.values() for link in links if link.delay]
        if delayed:
            self._settle(self._suppose(delayed))
            closing = self._without_clock(delayed)
            self._settle(self._set_clock(closing))
            self._report_unknown_sizes(delayed)
            self._report_missing_steps(closing)

    def _settle(self, queue: list[int]) -> None:
        """Visit nodes, sources first, until no shape changes."""
        waiting = set(queue)
        heapq.heapify(queue)
        order, place = self.network.order, self._position
        while queue:
            at = heapq.heappop(queue)
            waiting.discard(at)
            node_id = order[at]
            visits = self._visits[node_id] = self._visits[node_id] + 1
            if self._visit(node_id) if visits <= VISITS else self._give_up(node_id):
                for link in self.network.outgoing[node_id]:
                    next_at = place.get(link.target)
                    if next_at is not None and next_at not in waiting:
                        waiting.add(next_at)
                        heapq.heappush(queue, next_at)

    def _visit(self, node_id: NodeId) -> bool:
        """Infer one node; return whether its output shapes have changed."""
        spec = self.network.specs.get(node_id)
        if spec is None:
            return False
        found: list[Problem] = []
        inputs = self._arriving(node_id, spec, found)
        given: Mapping[str, Shape] = {}
        if self._visits[node_id] > 1:
            self.inputs.pop(node_id, None)
            self.inferences.pop(node_id, None)
        params = self.params.get(node_id)
        if inputs is not None and params is not None:
            try:
                case = spec_cache.infer(spec, params, inputs, self.facts)
                given = case.given
                self.inputs[node_id] = inputs
                self.inferences[node_id] = case
            except ShapeProblem as problem:
                visit = _NodeVisit(node_id, spec, params, inputs, self.facts)
                found.append(self._shape_problem(visit, problem))
            except ParamProblem as problem:
                found.append(self._param_problem(node_id, spec, problem))
            except StudioError as problem:
                found.append(Problem("shape", self._of(node_id, problem), node_id))
        if found:
            self.problems[node_id] = found
        else:
            self.problems.pop(node_id, None)
        return self._give(node_id, given)

    def _give(self, node_id: NodeId, given: Mapping[str, Shape]) -> bool:
        changed = False
        for port in self.network.specs[node_id].outputs:
            key, shape = (node_id, port.name), given.get(port.name)
            before = self.outputs.get(key)
            if shape is None:
                if before is not None:
                    changed = True
                    del self.outputs[key]
            elif before is None or before != shape:
                changed = True
                self.outputs[key] = shape
        return changed

    def _arriving(self, node_id: NodeId, spec: NodeSpec, found: list[Problem]) -> dict[str, Shape] | None:
        """Return the shape at each linked input, or None if a required one is unknown."""
        links, outputs, specs = self.network.incoming[node_id], self.outputs, self.network.specs
        inputs: dict[str, Shape] | None = {}
        for port in spec.inputs:
            link = links.get(port.name)
            if link is None:
                if port.required:
                    inputs = None  # reported by `check_inputs`
                continue
            key = (link.source, link.source_port)
            shape = outputs.get(key)
            if shape is None and link.delay:
                shape = self._supposed.get(key)
            source = specs.get(link.source)
            given = source.output(link.source_port) if source is not None else None
            if given is not None and given.delayed and not link.delay:
                found.append(self._undelayed(node_id, given, link))
                inputs = None
                continue
            if shape is None:
                inputs = None  # errors upstream are reported there, incompatible ports here
                if given is not None and not fixes.could_fit(given, port):
                    sentence = mismatch(self._name(node_id), port, self._name(link.source), given)
                    fix = fixes.remove_link(link)
                    found.append(Problem("signal", sentence, node_id, port.name, link.id, fix))
                continue
            if shape.signal not in port.signals or shape.content not in port.contents:
                fix, hint = fixes.for_mismatch(self.network, self.outputs, self.facts, link, shape, port)
                sentence = mismatch(self._name(node_id), port, self._name(link.source), shape, hint)
                found.append(Problem("signal", sentence, node_id, port.name, link.id, fix))
                inputs = None
                continue
            fed_back = given is not None and given.delayed
            real = shape.content is Content.REAL
            if link.delay and not (shape.signal is Signal.SEQUENCE and (real or fed_back)):
                found.append(
                    Problem(
                        "delay",
                        message(
                            "Only a sequence of features can come one step later; “{source}” gives {shape} "
                            "there. Take the delay away, or remove the link.",
                            source=self._name(link.source),
                            shape=shape,
                        ),
                        node_id,
                        port.name,
                        link.id,
                        fixes.remove_link(link),
                    )
                )
                inputs = None
            if inputs is not None:
                inputs[port.name] = shape
        if inputs is not None and len(inputs) > 1:
            other = self._other_clock(node_id, spec, inputs)
            if other is not None:
                found.append(other)
                inputs = None
        return inputs

    def _undelayed(self, node_id: NodeId, given: PortSpec, link: Link) -> Problem:
        """Report a link from a delayed output that is not delayed."""
        name = self._name(link.source)
        sentence = message(
            "“{port}” of {node} is known when its step is over, so it can be used one step later. "
            "Delay the link by one step.",
            port=given.title,
            node=name,
        )
        fix = Fix(message("Delay the link by one step"), fixes.delay(link))
        return Problem("delay", sentence, node_id, link.target_port, link.id, fix)

    def _other_clock(self, node_id: NodeId, spec: NodeSpec, inputs: Mapping[str, Shape]) -> Problem | None:
        """Report inputs with sequences of different lengths."""
        first: str | None = None
        for port in spec.inputs:
            shape = inputs.get(port.name)
            if shape is None or port.other_clock or shape.signal is not Signal.SEQUENCE or not shape.clock:
                continue
            if first is None:
                first, clock = port.title, shape.clock
            elif shape.clock != clock:
                sentence = message(
                    "{node} needs sequences of one length; “{first}” is {clock} steps long and “{port}” is "
                    "{other_clock}. Use attention between them, or hand over the last step or a cell's final "
                    "state.",
                    node=self._name(node_id),
                    first=first,
                    clock=clock,
                    port=port.title,
                    other_clock=shape.clock,
                )
                link = self.network.incoming[node_id][port.name]
                return Problem("clock", sentence, node_id, port.name, link.id, fixes.remove_link(link))
        return None

    def _shape_problem(self, visit: _NodeVisit, problem: ShapeProblem) -> Problem:
        port = problem.port
        link, shape = self.network.incoming[visit.node_id].get(port), visit.inputs.get(port)
        fix = None
        if link is not None and shape is not None:
            if problem.fit is not None:
                fix = self._fit(visit, link, problem.fit)
            elif problem.size is not None:
                fix = self._set_size(visit, port, problem.size)
            else:

                def fits(other: Shape) -> bool:
                    return not visit.refuses(inputs={port: other})

                fix = fixes.insert(self.network, self.facts, link, shape, fits)
        link_id = link.id if link is not None else None
        return Problem("shape", self._of(visit.node_id, problem), visit.node_id, port, link_id, fix)

    def _set_size(self, visit: _NodeVisit, port: str, size: int) -> Fix | None:
        """Return a fix that changes the size of an input, or of another input to match this one."""
        links, given = self.network.incoming[visit.node_id], visit.inputs[port].size
        fix = fixes.set_size(self.network, self.params, links[port], given, size)
        for name, shape in visit.inputs.items():
            if (
                fix is None
                and shape.size == size
                and not visit.refuses(inputs={name: shape.with_size(given)})
            ):
                fix = fixes.set_size(self.network, self.params, links[name], size, given)
        return fix

    def _fit(self, visit: _NodeVisit, link: Link, fit: Callable[[Params], Mapping[str, Value]]) -> Fix | None:
        """Return a fix that makes a node accept the state of a node of the same kind."""
        source = self.params.get(link.source)
        if source is None or self.network.specs.get(link.source) is not visit.spec:
            return None
        values = {name: value for name, value in fit(source).items() if value != visit.params[name]}
        if not values or visit.refuses(params=values):
            return None
        return fixes.set_values(self._name(visit.node_id), visit.node_id, visit.spec, values)

    def _param_problem(self, node_id: NodeId, spec: NodeSpec, problem: ParamProblem) -> Problem:
        """Report a parameter that does not match the inputs, with a fix that sets a matching value."""
        title = next(param.title for param in spec.params if param.name == problem.param)
        change = partial(edits.set_params, node_ids=(node_id,), values={problem.param: problem.value})
        value = message("off") if problem.value is None else shown(problem.value)
        words = (
            message("Empty {param}", param=within(title))
            if problem.value == ""
            else message("Set {param} to {value}", param=within(title), value=value)
        )
        fix = Fix(words, change)
        sentence = joined((self._of(node_id, problem), message("{fix}.", fix=fix.message)))
        return Problem("param", sentence, node_id, fix=fix, param=problem.param)

    # -------------------------------------------------------------------------------- loops

    def _suppose(self, delayed: list[Link]) -> list[int]:
        """Assume shapes for delayed links whose size a parameter sets; return the nodes to visit."""
        visit = []
        for link in delayed:
            key = (link.source, link.source_port)
            sized = self.network.sized_source(link.source) if key not in self.outputs else None
            spec = self.network.specs.get(link.source)
            port = spec.output(link.source_port) if spec is not None else None
            if sized is None or sized not in self.params or port is None or link.target not in self._position:
                continue
            size = self.params[sized][self.network.specs[sized].size_param or ""]
            if isinstance(size, int) and Signal.SEQUENCE in port.signals:
                self._supposed[key] = Shape(Signal.SEQUENCE, port.contents[0], size, clock="")
                visit.append(self._position[link.target])
        return sorted(set(visit))

    def _without_clock(self, delayed: list[Link]) -> list[Link]:
        """Return the links that close loops without an input sequence."""
        known = ((link, self.outputs.get((link.source, link.source_port))) for link in delayed)
        return [link for link, shape in known if shape is not None and not shape.clock]

    def _set_clock(self, closing: list[Link]) -> list[int]:
        """Use the clock of the targets for these loops; return the nodes to visit."""
        for link in closing:
            key = (link.source, link.source_port)
            self._supposed[key] = replace(self.outputs[key], clock=MAIN_CLOCK)
        self.outputs = {key: shape for key, shape in self.outputs.items() if shape.clock}
        return sorted({self._position[link.target] for link in closing})

    def _report_unknown_sizes(self, delayed: list[Link]) -> None:
        """Report loops whose sizes are unknown, if there is no other problem."""
        for link in delayed:
            known = (link.source, link.source_port) in self.outputs
            if known or self.problems or link.source not in self.params or link.source not in self._position:
                continue
            if self._waits_only_for_links(link.source):
                self.problems.setdefault(link.source, []).append(
                    Problem(
                        "loop-size",
                        message(
                            "The size of “{source}” depends on itself through a delayed link. Start that "
                            "link at a cell or a dense layer, whose size is its own.",
                            source=self._name(link.source),
                        ),
                        link.source,
                        link.source_port,
                        link.id,
                        fixes.remove_link(link),
                    )
                )

    def _report_missing_steps(self, closing: list[Link]) -> None:
        """Report loops without an input sequence when no target is a sequence."""
        targets = [stream for stream in self.facts.streams if stream.role == "target"]
        if not targets or any(stream.signal is Signal.SEQUENCE for stream in targets):
            return
        for link in closing:
            sentence = message(
                "The loop from “{source}” to “{target}” has no steps to run over: no sequence enters it, "
                "and no target of the task is a sequence. Connect a sequence to a node of the loop, or "
                "remove the link.",
                source=self._name(link.source),
                target=self._name(link.target),
            )
            fix = fixes.remove_link(link)
            problem = Problem("loop-steps", sentence, link.target, link.target_port, link.id, fix)
            self.problems.setdefault(link.target, []).append(problem)

    def _waits_only_for_links(self, node_id: NodeId) -> bool:
        spec, links = self.network.specs[node_id], self.network.incoming[node_id]
        return all(port.name in links for port in spec.inputs if port.required)

    def _give_up(self, node_id: NodeId) -> bool:
        """Report a size that diverges; return whether the node had output shapes before."""
        self.problems[node_id] = [
            Problem(
                "loop-size",
                message(
                    "The size of “{node}” depends on itself through a delayed link, and never settles. Put a "
                    "dense layer into the loop, whose size is its own.",
                    node=self._name(node_id),
                ),
                node_id,
            )
        ]
        self.inferences.pop(node_id, None)
        return self.inputs.pop(node_id, None) is not None and self._give(node_id, {})

    def _of(self, node_id: NodeId, problem: StudioError) -> Message:
        return message("{node}: {problem}", node=self._name(node_id), problem=problem.message)

    def _name(self, node_id: NodeId) -> str:
        return self.network.names[node_id]
