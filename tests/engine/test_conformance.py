"""One battery for every registered node: what its specification promises is what it does.

Nothing here names a kind. For each kind, the choices of its parameters (see ``choices``), each signal
that its inputs take and each use of its optional inputs, a small network is built around it; then it is
checked, saved, opened, trained by one gradient, and held against finite differences.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design import codec
from rnnstudio.design.edits import set_params, set_plan
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId, Params, Value
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.rules import Report, check
from rnnstudio.design.signals import MAIN_CLOCK, Content, Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortSpec
from rnnstudio.engine import gradcheck, kernels, registries
from rnnstudio.engine.batches import pack
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.gradcheck import FACTS, LIMIT, random_batch, random_columns
from rnnstudio.engine.program import Program
from rnnstudio.engine.reading import windows
from rnnstudio.engine.weights.base import Weights, load_weights, save_weights
from tests.engine.choices import pairwise, param_choices

CATALOGUE = catalogue()
NODES = list(CATALOGUE.nodes)
UNITS, FEATURES = 2, 3
OTHER_CLOCK = next(s.clock for s in FACTS.streams if s.clock != MAIN_CLOCK)
IT = NodeId("it")
RAGGED = (4, 3, 3, 1)
FAMILIES = {"input", "cell", "layer", "structure", "head"}
HUES = {"input", "forget", "output", "candidate", "reset", "accent", "quiet"}


# --------------------------------------------------------------------- building networks around a kind


@dataclass
class Around:
    """A network under construction around the node that is examined."""

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
        """Add a node behind a port; return its first output."""
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
        """Return something that gives what an input of the examined kind takes."""
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
        """Make a loss depend on an output of the examined node."""
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


# -------------------------------------------------------------------------------- the specification


@every_kind
def test_a_kind_has_a_line_whatever_a_file_says_its_parameters_are(spec: NodeSpec) -> None:
    anything: tuple[Value, ...] = ("", "a word", None, True, -1, 0, 0.5, 10**299)
    for param in spec.params:
        for value in (*anything, *param.constraint.invalid()):
            assert isinstance(spec.summary(spec.complete({param.name: value})), str)


@every_kind
def test_a_kind_says_all_that_a_person_needs(spec: NodeSpec) -> None:
    assert spec.kind.isidentifier() and spec.kind == spec.kind.lower()
    assert spec.title and spec.description.endswith(".")
    assert spec.family in FAMILIES
    assert spec.hue in HUES
    assert isinstance(spec.summary(spec.complete({})), str)
    assert spec.kind in registries.RUNNING
    ports = [*spec.inputs, *spec.outputs]
    assert ports and all(port.title and port.signals and port.contents for port in ports)
    for group in (spec.inputs, spec.outputs, spec.params):
        names = [part.name for part in group]
        assert len(names) == len(set(names))


@every_kind
def test_each_parameter_explains_itself_and_its_default_is_valid(spec: NodeSpec) -> None:
    for param in spec.params:
        assert param.title and param.help.endswith("."), param.name
        assert param.constraint.problem(param.default) is None, param.name
    assert spec.size_param is None or spec.size_param in {param.name for param in spec.params}


@every_kind
def test_each_cell_has_equations_a_reference_and_a_title_for_each_gate(spec: NodeSpec) -> None:
    if spec.family != "cell":
        assert spec.equations is None
        return
    assert spec.reference
    assert spec.equations is not None
    for params in param_choices(spec, UNITS, NODES):
        text = spec.equations(spec.complete(params))
        assigned = {line.split("=")[0].strip() for line in text.splitlines() if "=" in line}
        titles = spec.gate_titles(spec.complete(params))
        assert set(titles) >= assigned - {"h", "c"}
        for title, hue in titles.values():
            assert title and hue in HUES
        assert {name for name, _ in spec.formulas(spec.complete(params))} == assigned


@every_kind
def test_every_choice_of_its_parameters_can_be_used(spec: NodeSpec) -> None:
    for params in param_choices(spec, UNITS, NODES):
        mine = [design for _, other, design in USABLE if other is spec and design.node(IT).params == params]
        assert mine, f"no network around {spec.kind} with {params} can be trained"


# ------------------------------------------------------------------------------------------- rules


def refused(design: Design, node: NodeId | None, param: ParamSpec) -> None:
    report = report_of(design)
    assert not report.trainable
    sentences = [p.sentence for p in report.problems if p.node == node and p.severity == "error"]
    assert any(param.title.lower() in sentence.lower() for sentence in sentences), (param.name, sentences)


@pytest.mark.parametrize(
    ("spec", "param"), [pytest.param(s, p, id=f"{s.kind}.{p.name}") for s in NODES for p in s.params]
)
def test_invalid_values_of_a_node_are_refused_by_name(spec: NodeSpec, param: ParamSpec) -> None:
    design = next(design for _, other, design in USABLE if other is spec)
    for value in param.constraint.invalid():
        refused(set_params(design, [IT], {param.name: value}), IT, param)


@pytest.mark.parametrize("param", [pytest.param(p, id=p.name) for p in PLAN_PARAMS])
def test_invalid_values_of_the_training_plan_are_refused_by_name(param: ParamSpec) -> None:
    for value in param.constraint.invalid():
        refused(set_plan(USABLE[0][2], **{param.name: value}), None, param)


@pytest.mark.parametrize(
    ("what", "kind", "param"),
    [
        pytest.param(what, kind.kind, p, id=f"{kind.kind}.{p.name}")
        for what, registry in (("optimizer", CATALOGUE.optimizers), ("schedule", CATALOGUE.schedules))
        for kind in registry
        for p in kind.params
    ],
)
def test_invalid_values_of_an_optimizer_or_schedule_are_refused_by_name(
    what: str, kind: str, param: ParamSpec
) -> None:
    for value in param.constraint.invalid():
        refused(set_plan(USABLE[0][2], **{what: Choice(kind, {param.name: value})}), None, param)


@pytest.mark.parametrize("kind", WITH_WEIGHTS)
def test_a_wrong_start_of_any_weight_is_refused_by_its_name(kind: str) -> None:
    design = WITH_WEIGHTS[kind]
    starts = CATALOGUE.nodes.get(kind).start_params(design.node(IT).params)
    for start in {start.constraint: start for start in starts}.values():  # a matrix and a vector
        for value in start.constraint.invalid():
            refused(set_params(design, [IT], {start.name: value}), IT, start)


@every_kind
def test_each_choice_of_parameters_names_the_weights_whose_start_can_be_chosen(spec: NodeSpec) -> None:
    for design in [design for _, other, design in USABLE if other is spec]:
        shapes = {name: p.shape for name, p in program_of(design).nodes[IT].parameters().items()}
        names = spec.weight_names(spec.complete(design.node(IT).params))
        assert names == {name: len(shape) == 2 for name, shape in shapes.items()}


@every_network
def test_the_rules_know_the_weights_that_the_program_has(spec: NodeSpec, design: Design) -> None:
    report = report_of(design)
    program = Program(design, report, FACTS)
    for node_id, node in program.nodes.items():
        promised = CATALOGUE.nodes.get(node.node.kind).weights(node.params, node.input_shapes, FACTS)
        assert {name: p.shape for name, p in node.parameters().items()} == dict(promised)
        assert report.weights.get(node_id, 0) == node.size
    assert report.memory > 0


# ------------------------------------------------------------------------------------------- files


@every_network
def test_a_design_is_the_same_after_saving_and_opening(
    spec: NodeSpec, design: Design, tmp_path: Path
) -> None:
    codec.save(design, tmp_path / "design.rnnd")
    again = codec.load(tmp_path / "design.rnnd")
    assert again == design
    assert codec.encode(again) == codec.encode(design)


@pytest.mark.parametrize("suffix", [form.suffix for form in registries.WEIGHT_FORMATS if form.load])
@every_network
def test_weights_are_the_same_to_the_bit_after_saving_and_opening(
    spec: NodeSpec, design: Design, suffix: str, tmp_path: Path
) -> None:
    arrays = program_of(design).named_weights()
    save_weights(tmp_path / f"weights{suffix}", Weights(arrays, design, {"steps": 1}))
    loaded = load_weights(tmp_path / f"weights{suffix}").arrays
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)


# ---------------------------------------------------------------------------------------- the engine


def on_every_kernel(networks: list[tuple[str, Design]]) -> pytest.MarkDecorator:
    """Parametrise over networks; those of cells, which alone differ, come once for each kernel."""
    cases = [pytest.param(design, "numpy", id=name) for name, design in networks]
    skip = pytest.mark.skipif(not kernels.numba_is_there(), reason="Numba is not installed")
    for name, design in networks:
        if CATALOGUE.nodes.get(design.node(IT).kind).family == "cell":
            cases.append(pytest.param(design, "numba", id=f"{name} by numba", marks=skip))
    return pytest.mark.parametrize(("design", "kernel"), cases)


@on_every_kernel([(name, design) for name, _, design in USABLE])
def test_the_gradient_law_holds(design: Design, kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    assert gradcheck.check(design, lengths=RAGGED, of=IT) < LIMIT


def looks_ahead(spec: NodeSpec, design: Design) -> bool:
    return not spec.causal(spec.complete(design.node(IT).params))


def entry(spec: NodeSpec, design: Design) -> Link | None:
    """Return the link that brings the node what can be brought a step later too: a sequence of features."""
    if any(Signal.STATE in port.signals and _link_into(design, port.name) for port in spec.inputs):
        return None
    shapes = report_of(design).shapes
    if not any(shapes[IT, out.name].signal is Signal.SEQUENCE for out in spec.outputs if not out.delayed):
        return None
    for port in spec.inputs:
        link = _link_into(design, port.name)
        if link is not None and not port.other_clock and Content.REAL in port.contents:
            shape = shapes[link.source, link.source_port]
            if shape.signal is Signal.SEQUENCE and shape.content is Content.REAL:
                return link
    return None


def _link_into(design: Design, port: str) -> Link | None:
    return next((k for k in design.links if (k.target, k.target_port) == (IT, port)), None)


LOOPED = [(name, spec, design) for name, spec, design in USABLE if entry(spec, design) is not None]


def looped(spec: NodeSpec, design: Design) -> Design:
    """Add to a node's input, through a dense layer, its own output of the step before."""
    first = entry(spec, design)
    assert first is not None
    out = next(port.name for port in spec.outputs if Signal.SEQUENCE in port.signals)
    add, dense = NodeId("loop's sum"), NodeId("feedback")
    return Design(
        nodes=(*design.nodes, Node(add, "add"), Node(dense, "dense", params={"units": FEATURES})),
        links=(
            *(link for link in design.links if link is not first),
            Link(first.id, first.source, first.source_port, add, "a"),
            Link(LinkId("around"), dense, "output", add, "b", 1),
            Link(LinkId("into"), add, "output", IT, first.target_port),
            Link(LinkId("out"), IT, out, dense, "input"),
        ),
        plan=design.plan,
    )


@on_every_kernel([(name, design) for name, spec, design in LOOPED if not looks_ahead(spec, design)])
def test_the_gradient_law_holds_inside_a_loop(
    design: Design, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    turning = looped(CATALOGUE.nodes.get(design.node(IT).kind), design)
    groups = Program(turning, report_of(turning), FACTS).groups(own=False)
    assert [len(group.nodes) for group in groups if group.loop] == [3]
    assert gradcheck.check(turning, lengths=RAGGED, of=IT) < LIMIT


@pytest.mark.parametrize(
    ("spec", "design"), [pytest.param(s, d, id=name) for name, s, d in LOOPED if looks_ahead(s, d)]
)
def test_what_looks_ahead_runs_over_whole_sequences_only(spec: NodeSpec, design: Design) -> None:
    assert not program_of(design).stepwise
    problems = report_of(looped(spec, design)).problems
    assert [problem.code for problem in problems if problem.severity == "error"] == ["not-causal"]


@every_network
def test_a_sequence_in_a_ragged_batch_gives_what_it_gives_alone(spec: NodeSpec, design: Design) -> None:
    columns = random_columns(FACTS, RAGGED, np.random.default_rng(5))
    together, alone = program_of(design), program_of(design)
    together.loss(pack(FACTS, columns, len(RAGGED)), training=False)
    for example in range(len(RAGGED)):
        alone.loss(pack(FACTS, {name: [rows[example]] for name, rows in columns.items()}, 1), training=False)
        for node_id, node in alone.nodes.items():
            for port, values in node.outputs.items():
                shape = node.output_shapes[port]
                timeline = together.timelines[shape.clock]
                (place,) = np.flatnonzero(timeline.order == example)
                batch = together.nodes[node_id].outputs[port]
                if shape.signal is Signal.SEQUENCE:
                    mine = timeline.unpack(batch)[: len(values), place]
                else:
                    mine, values = batch[place], values[0]
                np.testing.assert_allclose(mine, values, rtol=1e-12, atol=1e-14)


def needs_an_end(design: Design) -> bool:
    """Whether some step needs a vector or a carried state, known only where its sequence has ended."""
    shapes = report_of(design).shapes
    giving = {node for (node, _), shape in shapes.items() if shape.signal is Signal.SEQUENCE}
    return any(
        shapes[link.source, link.source_port].signal is not Signal.SEQUENCE and link.target in giving
        for link in design.links
    )


@pytest.mark.parametrize(
    ("spec", "design"),
    [
        pytest.param(spec, design, id=name)
        for name, spec, design in USABLE
        if not needs_an_end(design) and not looks_ahead(spec, design)
    ],
)
def test_running_step_by_step_equals_running_the_whole_range(spec: NodeSpec, design: Design) -> None:
    rng = np.random.default_rng(6)
    batch = random_batch(FACTS, RAGGED, rng)
    whole, steps = program_of(design), program_of(design)
    loss = whole.loss(batch, training=False)
    steps.feed(batch)
    for t in range(batch.timeline.steps):
        steps.forward(t, t + 1, training=False)
    assert sum(head.loss for head in steps.heads) == pytest.approx(loss, rel=1e-12)


@every_network
def test_the_same_seed_gives_the_same_gradients_to_the_bit(spec: NodeSpec, design: Design) -> None:
    rng = np.random.default_rng(7)
    batch = random_batch(FACTS, RAGGED, rng)
    gradients = []
    for _ in range(2):
        program = program_of(design)
        program.initialise(4)
        program.seed(4)
        program.loss(batch, training=True)
        program.backward()
        gradients.append(program.gradients.copy())
    np.testing.assert_array_equal(*gradients)


@pytest.mark.parametrize("kind", WITH_WEIGHTS)
def test_a_planted_sign_error_in_any_weight_is_caught(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The law would be worth nothing if a wrong gradient could pass it."""
    design = WITH_WEIGHTS[kind]
    running = type(program_of(design).nodes[IT])
    right = running.gather

    def wrong(self: object) -> None:
        right(self)  # type: ignore[arg-type]
        for gradient in self.gradients.values():  # type: ignore[attr-defined]
            gradient *= -1

    monkeypatch.setattr(running, "gather", wrong)
    assert gradcheck.check(design, lengths=RAGGED, of=IT) > 0.1


# ------------------------------------------------------------------------------- window by window

WINDOWED = [(name, design) for name, _, design in USABLE if report_of(set_plan(design, truncate=2)).trainable]


@pytest.mark.parametrize("design", [pytest.param(design, id=name) for name, design in WINDOWED])
def test_a_network_that_may_be_cut_gives_in_windows_what_it_gives_as_a_whole(design: Design) -> None:
    batch = random_batch(FACTS, (6, 5, 2, 1), np.random.default_rng(8))
    whole, cut = program_of(design), program_of(design)
    whole.loss(batch, training=False)
    expected = [float(head.loss_by_row().sum()) for head in whole.heads]
    found = np.zeros(len(expected))
    for window in windows(batch, 2):
        cut.loss(window.batch, training=False, carry=window.carries)
        found += [head.loss_by_row().sum() for head in cut.heads]
        cut.keep(window.following)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_every_family_of_nodes_may_be_cut() -> None:
    families = {CATALOGUE.nodes.get(design.node(IT).kind).family for _, design in WINDOWED}
    assert families == FAMILIES
