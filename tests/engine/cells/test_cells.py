"""The registered cells: specifications, initial values, and nodes."""

import numpy as np
import pytest

from rnnstudio.design.channel import Channel
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import ShapeProblem
from rnnstudio.design.streams import Facts
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.cells import lstm
from rnnstudio.engine.compiler.compile import compile_cell
from tests.engine.cell_kit import FEATURES, SEQUENCE, UNITS, prepared, worst_error

VARIANTS = [
    ("rnn", {"activation": "tanh"}),
    ("rnn", {"activation": "relu"}),
    ("rnn", {"activation": "sigmoid"}),
    ("gru", {"reset": "after"}),
    ("gru", {"reset": "before"}),
    ("lstm", {}),
    ("lstm_peephole", {}),
    ("lstm_coupled", {}),
    ("mgu", {}),
    ("ugrnn", {}),
    ("indrnn", {"activation": "relu"}),
    ("indrnn", {"activation": "tanh"}),
    ("cs230_gru", {}),
    ("cs230_lstm", {}),
    ("equation_cell", {}),
    ("equation_cell", {"equations": lstm.EQUATIONS}),
]


@pytest.mark.parametrize(("kind", "params"), VARIANTS)
def test_every_name_in_the_equations_has_a_title_and_a_hue(kind, params):
    spec = catalogue().nodes.get(kind)
    complete = spec.complete(params)
    cell, titles = compile_cell(spec.equations(complete)), spec.gate_titles(complete)
    assert {*cell.states, *cell.gates} <= set(titles)
    hues = {"input", "forget", "output", "candidate", "reset", "accent", "quiet"}
    assert {hue for _, hue in titles.values()} | {spec.hue} <= hues


@pytest.mark.parametrize(("kind", "params"), VARIANTS)
def test_weights_have_textbook_shapes_as_the_spec_says(kind, params):
    node = prepared(kind, params)
    spec = catalogue().nodes.get(kind)
    shapes = spec.weights(node.params, {"sequence": SEQUENCE}, Facts())
    assert {name: p.shape for name, p in node.parameters().items()} == dict(shapes)
    assert {name: view.shape for name, view in node.weights.items()} == dict(shapes)
    assert node.size == sum(int(np.prod(shape)) for shape in shapes.values())


def test_recurrent_matrices_start_orthogonal_input_matrices_within_glorots_limit_vectors_at_zero():
    rng = np.random.default_rng(1)
    node = prepared("gru", {})
    start = {name: p.initialise(rng, p.shape) for name, p in node.parameters().items()}
    np.testing.assert_allclose(start["U_z"] @ start["U_z"].T, np.eye(UNITS), atol=1e-12)
    assert np.abs(start["W_z"]).max() <= np.sqrt(6 / (FEATURES + UNITS))
    assert not start["b_z"].any()


def test_the_forget_gate_of_the_lstm_starts_at_its_bias():
    rng = np.random.default_rng(1)
    start = {
        n: p.initialise(rng, p.shape) for n, p in prepared("lstm", {"forget_bias": 2.5}).parameters().items()
    }
    assert (start["b_f"] == 2.5).all()
    assert not start["b_i"].any()


def test_the_lstm_carries_two_states_and_refuses_one():
    spec = catalogue().nodes.get("lstm")
    params = spec.complete({"units": UNITS})
    assert spec.infer(params, {"sequence": SEQUENCE}, Facts())["state"].size == 2 * UNITS
    one = Shape(Signal.STATE, Content.REAL, UNITS)
    with pytest.raises(ShapeProblem) as caught:
        spec.infer(params, {"sequence": SEQUENCE, "state": one}, Facts())
    assert caught.value.port == "state"
    assert caught.value.sentence.startswith(f"it carries a state of {2 * UNITS} numbers")
    assert caught.value.size is None  # no parameter is that size: there is nothing to set it to


@pytest.mark.parametrize("by_step", [False, True], ids=["whole", "step by step"])
@pytest.mark.parametrize("lengths", [(3, 3), (4, 2, 1)], ids=["fixed", "ragged"])
@pytest.mark.parametrize(("kind", "params"), VARIANTS)
def test_a_cell_node_holds_the_gradient_law(kind, params, lengths, by_step):
    assert worst_error(prepared(kind, params, lengths), by_step=by_step) < 1e-6


def test_a_cell_without_an_initial_state_starts_at_zero():
    node = prepared("lstm", {}, with_state=False)
    node.forward(0, 4, training=True)
    first = node.directions[0].kernel.tape["c"][:2].copy()
    zeros = prepared("lstm", {})
    zeros.inputs["state"][:] = 0
    zeros.inputs["sequence"][:] = node.inputs["sequence"]
    zeros.forward(0, 4, training=True)
    assert np.array_equal(first, zeros.directions[0].kernel.tape["c"][:2])


def test_a_watched_cell_shows_its_gates_states_and_the_gradient_through_time():
    node = prepared("lstm", {})
    node.record_gradient_flow()
    node.forward(0, 4, training=True)
    node.backward(0, 4)
    seen = node.traces()
    gates, states = (("gate", name) for name in "ifog"), (("state", name) for name in "hc")
    assert {(c.kind, c.name) for c in seen} == {*gates, *states, ("gradient_flow", "")}
    flow = seen[Channel("gradient_flow", node.node.id)]
    assert flow.shape == (4,)
    assert (flow > 0).all()


def test_weights_run_the_same_in_float32():
    single, double = prepared("gru", {}, dtype=np.float32), prepared("gru", {})
    for node in (single, double):
        node.forward(0, 4, training=True)
    assert single.outputs["sequence"].dtype == np.float32
    np.testing.assert_allclose(single.outputs["sequence"], double.outputs["sequence"], atol=1e-6)
