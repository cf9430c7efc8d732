"""A small network around each way to use each registered kind of node.

Nothing here names a kind: for each kind, the choices of its parameters (see ``choices``), each signal
that its inputs take and each use of its optional inputs give one network.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId, Params, Value
from rnnstudio.design.rules import Report, check
from rnnstudio.design.signals import MAIN_CLOCK, Content, Signal
from rnnstudio.design.spec import NodeSpec, PortSpec
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.program.gradcheck import FACTS
from rnnstudio.engine.program.program import Program
from tests.engine.choices import pairwise, param_choices

CATALOGUE = catalogue()
NODES = list(CATALOGUE.nodes)
UNITS, FEATURES = 2, 3
OTHER_CLOCK = next(s.clock for s in FACTS.streams if s.clock != MAIN_CLOCK)
IT = NodeId("it")
RAGGED = (4, 3, 3, 1)
FAMILIES = {"input", "cell", "layer", "structure", "head"}
HUES = {"input", "forget", "output", "candidate", "reset", "accent", "quiet"}


@dataclass
class Around:
    """A network under construction around the tested node."""

    spec: NodeSpec
    params: Params
    nodes: dict[str, Node] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def add(self, kind: str, name: str = "", **params: Value) -> NodeId:
        node_id = NodeId(name or f"{kind}{len(self.nodes)}")
        self.nodes[node_id] = Node(node_id, kind, params=dict(params))
        return node_id

    def link(self, source: tuple[NodeId, str], target: tuple[NodeId, str], delay: int = 0) -> None:
        self.links.append(Link(LinkId(f"l{len(self.links)}"), *source, *target, delay))

    def then(self, source: tuple[NodeId, str], kind: str, **params: Value) -> tuple[NodeId, str]:
        """Connect a new node to a port; return its first output."""
        spec = CATALOGUE.nodes.get(kind)
        node_id = self.add(kind, **params)
        self.link(source, (node_id, spec.inputs[0].name))
        return node_id, spec.outputs[0].name if spec.outputs else ""

    def tokens(self, clock: str = MAIN_CLOCK) -> tuple[NodeId, str]:
        name = f"in {clock}"
        if name not in self.nodes:
            streams = [s.name for s in FACTS.streams if s.clock == clock and s.content is Content.TOKENS]
            self.add("tokens", name, stream=streams[0])
        return NodeId(name), "tokens"

    def sequence(self, features: int = FEATURES, clock: str = MAIN_CLOCK) -> tuple[NodeId, str]:
        return self.then(self.tokens(clock), "embedding", features=features)

    def kin(self) -> NodeId:
        """Add a second node of the same kind and parameters, with a sequence to read."""
        node_id = self.add(self.spec.kind, **self.params)
        required = [port for port in self.spec.inputs if port.required]
        for port in required:
            self.link(self.source(port, port.signals[0]), (node_id, port.name))
        return node_id

    def source(self, port: PortSpec, signal: Signal) -> tuple[NodeId, str]:
        """Return a node that produces what an input of the tested kind accepts."""
        features = FACTS.classes if self.spec.family == "head" else FEATURES
        if Content.TOKENS in port.contents:
            return self.tokens()
        if signal is Signal.SEQUENCE:
            return self.sequence(features, OTHER_CLOCK if port.other_clock else MAIN_CLOCK)
        if signal is Signal.VECTOR:
            return self.then(self.sequence(features), "last_step")
        states = [out for out in self.spec.outputs if out.signals == (Signal.STATE,)]
        return self.kin(), states[0].name

    def use(self, port: PortSpec, signal: Signal) -> None:
        """Make a loss depend on an output of the tested node."""
        source = (IT, port.name)
        if signal is Signal.STATE:
            other = self.kin()
            states = [into for into in self.spec.inputs if into.signals == (Signal.STATE,)]
            self.link(source, (other, states[0].name))
            source, signal = (other, self.spec.outputs[0].name), self.spec.outputs[0].signals[0]
        if Content.TOKENS in port.contents:
            source = self.then(source, "embedding", features=FEATURES)
        per = "sequence" if signal is Signal.VECTOR else "step"
        self.then(self.then(source, "dense", units=FACTS.classes), "classification", per=per)

    def design(self) -> Design:
        plan = set_plan(Design(), dtype="float64").plan
        return Design(
            nodes=tuple(self.nodes.values()), links=tuple(self.links), task=Choice("names"), plan=plan
        )


def around(spec: NodeSpec, params: Params, signals: dict[str, Signal], *, optional: bool) -> Design:
    """Build a network around one node, of whose inputs those in ``signals`` are linked.

    ``optional`` uses its carried state.
    """
    network = Around(spec, params)
    network.add(spec.kind, IT, **params)
    for port in spec.inputs:
        if port.name in signals:
            network.link(network.source(port, signals[port.name]), (IT, port.name))
    shapes = report_of(network.design()).shapes
    for port in spec.outputs:
        if port.delayed or (port.signals == (Signal.STATE,) and not optional):
            continue
        if (IT, port.name) in shapes:
            network.use(port, shapes[IT, port.name].signal)
    return network.design()


def networks() -> Iterator[tuple[str, NodeSpec, Design]]:
    """Yield a name, the kind and a network for every way to use every registered kind."""
    for spec in NODES:
        has_optional = any(not port.required for port in spec.inputs)
        for params in param_choices(spec, UNITS, NODES):
            for optional in (False, True) if has_optional else (False,):
                linked = [port for port in spec.inputs if port.required or optional]
                for signals in pairwise([port.signals for port in linked]):
                    by_port = {port.name: signal for port, signal in zip(linked, signals, strict=True)}
                    design = around(spec, params, by_port, optional=optional)
                    words = [
                        spec.kind,
                        *(_word(name, v) for name, v in params.items() if name != spec.size_param),
                    ]
                    words += [by_port[port.name].value for port in linked if len(port.signals) > 1]
                    words += ["with all inputs"] if optional else []
                    yield " ".join(words), spec, design


def _word(name: str, value: Value) -> str:
    return f"{value} {name}" if isinstance(value, int) else str(value)


def report_of(design: Design) -> Report:
    return check(design, CATALOGUE, FACTS)


ALL = list(networks())
USABLE = [(name, spec, design) for name, spec, design in ALL if report_of(design).trainable]
every_kind = pytest.mark.parametrize("spec", [pytest.param(spec, id=spec.kind) for spec in NODES])
every_network = pytest.mark.parametrize(
    ("spec", "design"), [pytest.param(spec, design, id=name) for name, spec, design in USABLE]
)


def program_of(design: Design, seed: int = 1) -> Program:
    program = Program(design, report_of(design), FACTS)
    program.weights[:] = np.random.default_rng(seed).uniform(-0.8, 0.8, len(program.weights))
    return program


WITH_WEIGHTS = {
    spec.kind: design for _, spec, design in reversed(USABLE) if program_of(design).nodes[IT].parameters()
}
