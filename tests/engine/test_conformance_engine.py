"""One battery for every registered node: it trains as its specification promises.

Each is held against finite differences, alone and in a loop, ragged, step by step and window by window.
"""

import numpy as np
import pytest

from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import NodeSpec
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.program.batches import pack
from rnnstudio.engine.program.gradcheck import FACTS, LIMIT, random_batch, random_columns
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.training.data_loader import windows
from tests.engine.conformance_kit import (
    CATALOGUE,
    FAMILIES,
    FEATURES,
    IT,
    RAGGED,
    USABLE,
    WITH_WEIGHTS,
    every_network,
    program_of,
    report_of,
)


def on_every_kernel(networks: list[tuple[str, Design]]) -> pytest.MarkDecorator:
    """Parametrise over networks; those of cells, which alone differ, come once for each kernel."""
    cases = [pytest.param(design, "numpy", id=name) for name, design in networks]
    skip = pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
    for name, design in networks:
        if CATALOGUE.nodes.get(design.node(IT).kind).family == "cell":
            cases.append(pytest.param(design, "numba", id=f"{name} by numba", marks=skip))
    return pytest.mark.parametrize(("design", "kernel"), cases)


@on_every_kernel([(name, design) for name, _, design in USABLE])
def test_the_gradient_law_holds(design: Design, kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    assert gradcheck.check(design, lengths=RAGGED, of=IT) < LIMIT


def looks_ahead(spec: NodeSpec, design: Design) -> bool:
    return not spec.is_causal(spec.complete(design.node(IT).params))


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
    groups = Program(turning, report_of(turning), FACTS).execution_order(with_feedback=False)
    assert [len(group.nodes) for group in groups if group.is_loop] == [3]
    assert gradcheck.check(turning, lengths=RAGGED, of=IT) < LIMIT


@pytest.mark.parametrize(
    ("spec", "design"), [pytest.param(s, d, id=name) for name, s, d in LOOPED if looks_ahead(s, d)]
)
def test_what_looks_ahead_runs_over_whole_sequences_only(spec: NodeSpec, design: Design) -> None:
    assert not program_of(design).is_stepwise
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
                packing = together.packings[shape.clock]
                (place,) = np.flatnonzero(packing.order == example)
                batch = together.nodes[node_id].outputs[port]
                if shape.signal is Signal.SEQUENCE:
                    mine = packing.unpack(batch)[: len(values), place]
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
    for t in range(batch.packing.steps):
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


WINDOWED = [(name, design) for name, _, design in USABLE if report_of(set_plan(design, truncate=2)).trainable]


@pytest.mark.parametrize("design", [pytest.param(design, id=name) for name, design in WINDOWED])
def test_a_network_that_may_be_cut_gives_in_windows_what_it_gives_as_a_whole(design: Design) -> None:
    batch = random_batch(FACTS, (6, 5, 2, 1), np.random.default_rng(8))
    whole, cut = program_of(design), program_of(design)
    whole.loss(batch, training=False)
    expected = [float(head.loss_by_row().sum()) for head in whole.heads]
    found = np.zeros(len(expected))
    for window in windows(batch, 2):
        cut.loss(window.batch, training=False, carry=window.is_continuation)
        found += [head.loss_by_row().sum() for head in cut.heads]
        cut.carry_states(window.continuing)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_every_family_of_nodes_may_be_cut() -> None:
    families = {CATALOGUE.nodes.get(design.node(IT).kind).family for _, design in WINDOWED}
    assert families == FAMILIES
