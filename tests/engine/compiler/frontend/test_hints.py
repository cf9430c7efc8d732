"""Hints on valid but probably unintended equations, and on steps at which a direction has hardly begun."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from rnnstudio.design import codec
from rnnstudio.design.edits import set_params
from rnnstudio.design.model import NodeId
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.cells import gru
from rnnstudio.engine.compiler.frontend.hints import hints
from rnnstudio.resources import templates
from tests.data_kit import load_check
from tests.engine.network_kit import network, report

GUIDE = Path(__file__).parents[4] / "docs" / "guide.md"


def told(text):
    return " ".join(hint.sentence for hint in hints(text))


MISSPELT = [
    ("h = tanh(W @ x + U @ h_prv + b)", "h_prv is a vector of weights, used once; did you mean h_prev?"),
    ("h = tanh(W @ x + U @ h_perv)", "did you mean h_prev?"),
    ("h = tanh(W @ x + U @ hprev)", "did you mean h_prev?"),
    ("h = tanh(W @ x + U @ h_last)", "did you mean h_prev?"),
    ("h = tanh(W @ x + U @ prev_h)", "did you mean h_prev?"),
    ("f = tanh(W @ x + U @ h_prv)\nh = f * (V @ x + A @ h_prv)", "h_prv is a vector of weights, not a value"),
    ("c = 0.5 * c_prv + W @ x\nh = tanh(c) + U @ h_prev", "did you mean c_prev?"),
    ("gate = sigmoid(W @ x)\nh = gaet * h_prev", "did you mean gate?"),
    ("forget = sigmoid(W @ x)\nh = forgt * h_prev + V @ x", "did you mean forget?"),
    ("c_tilde = tanh(W @ x)\nh = h_prev + c_tlide", "did you mean c_tilde?"),
    ("f = sigmoid(W @ x)\nh = F * h_prev", "did you mean f?"),
    ("h = h_prev + W @ X", "did you mean x?"),
    ("h = h_prev + W @ x + tahn", "did you mean tanh(…)?"),
    ("h = h_prev + sigmiod * (W @ x)", "did you mean sigmoid(…)?"),
    ("h = max * h_prev + W @ x", "did you mean maximum(…)?"),
    ("f = sigmoid(W_i @ x)\nh = f * h_prev + Wi @ x", "Wi and W_i are two weights; did you mean one?"),
    ("h = tanh(W @ x + U @ h_prev + b_h) * bh", "bh and b_h are two weights"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), MISSPELT)
def test_a_misspelt_name_is_reported_with_what_may_be_meant(text, sentence):
    assert sentence in told(text)


def test_a_doubled_name_is_reported_once():
    text = "f = sigmoid(W_i @ x)\nh = f * h_prev + Wi @ x + W_i @ x - Wi @ x"
    assert told(text).count("two weights") == 1


def test_a_hint_points_at_the_name():
    text = "f = sigmoid(W @ x)\nh = tanh(V @ x + U @ h_prv) * f"
    hint = next(hint for hint in hints(text) if "h_prv" in hint.sentence)
    assert text.split("\n")[hint.line - 1][hint.column - 1 :].startswith("h_prv")


NO_EFFECT = [
    ("g = tanh(W @ x)\nh = tanh(V @ x + h_prev)", ["reads g; it is computed for nothing"]),
    ("g = tanh(W @ x)\nk = g * 2\nh = tanh(V @ x + h_prev)", ["reads g;", "reads k;"]),
    ("c = c_prev + W @ x\nh = tanh(V @ x + h_prev)", ["reads c;"]),
    ("h = tanh(W @ x + b)", ["the cell has no recurrence"]),
    ("c = c_prev + W @ x\nh = tanh(V @ x)", ["reads c;", "the cell has no recurrence"]),
    ("h = tanh(U @ h_prev + b)", ["does not depend on the input"]),
    ("h = tanh(W @ x + U @ h_prv + b)", ["no state is left"]),
]


@pytest.mark.parametrize(("text", "sentences"), NO_EFFECT)
def test_what_has_no_effect_is_reported(text, sentences):
    for sentence in sentences:
        assert sentence in told(text)


@pytest.mark.parametrize("text", [
    "f = sigmoid(W_f @ x + U_f @ h_prev + b_f)\ni = sigmoid(W_i @ x + b_i)\nh = f * h_prev + i",
    "h_tilde = tanh(W @ x + b_tilde)\nh = h_prev + h_tilde",
    "scaled = scale * (W @ x)\nh = scaled + h_prev",
    "c = W_c @ x + w_c * c_prev\nh = c",
    "gate1 = sigmoid(W @ x + gate2 * h_prev)\nh = gate1",
    "h_f = W @ x + h_b\nh = h_f * h_prev",
    "d = W @ x\nh = tanh(d + d_prev)",
    "f = sigmoid(W @ x)\nh = f * h_prev + V @ x  # h_prv",
])  # fmt: skip
def test_what_is_usual_in_equations_is_no_misspelling(text):
    assert hints(text) == ()


def test_no_cell_and_no_example_of_the_guide_has_a_hint():
    texts = [s.equations(s.complete({})) for s in catalogue().nodes if s.family == "cell" and s.equations]
    blocks = re.findall(r"```\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    texts += [gru.AFTER, gru.BEFORE, *(block for block in blocks if "@ [h_prev, x]" in block)]
    assert len(texts) > 13
    for text in texts:
        assert hints(text) == (), text


@pytest.mark.parametrize("name", sorted(templates()))
def test_no_template_has_a_hint(name):
    found = load_check(codec.load(templates()[name]))
    assert not [problem.sentence for problem in found.problems if problem.code in ("hint", "one-step")]


def test_hints_are_in_the_report_every_time_and_keep_nothing_from_training():
    design = codec.load(templates()["names-gru"])
    cell = next(node for node in design.nodes if node.kind == "gru")
    misspelt = {"units": 8, "equations": "h = tanh(W @ x + U @ h_prv)"}
    nodes = [replace(n, kind="equation_cell", params=misspelt) if n is cell else n for n in design.nodes]
    design = replace(design, nodes=tuple(nodes))
    for _ in range(2):  # the second time the parameters are known to be sound
        found = load_check(design)
        told = [problem for problem in found.problems if problem.code == "hint"]
        assert found.trainable
        assert {problem.severity for problem in told} == {"warning"}
        assert {problem.node for problem in told} == {cell.id}
        assert any("line 1, column 22: h_prv is a vector of weights" in problem.sentence for problem in told)
    mended = set_params(design, [cell.id], {"equations": "h = tanh(W @ x + U @ h_prev)"})
    assert not [problem for problem in load_check(mended).problems if problem.code == "hint"]


# ------------------------------------------------------------------------------ both directions


def reading(direction, step, between=()):
    """Return the hints on a design of a cell, layers that treat each step by itself, and a step of it."""
    chain = ["in", "read", "cell", *(f"l{k}" for k in range(len(between))), "step", "out", "head"]
    nodes = {
        "in": ("tokens", {}),
        "read": ("embedding", {"features": 3}),
        "cell": ("lstm", {"units": 4, "direction": direction}),
        **{f"l{k}": layer for k, layer in enumerate(between)},
        "step": (step, {}),
        "out": ("dense", {"units": 12}),
        "head": ("classification", {}),
    }
    ports = {"in": "tokens", "read": "sequence", "cell": "sequence", "out": "output", "step": "vector"}
    taken = {"read": "tokens", "cell": "sequence", "step": "sequence", "out": "input", "head": "logits"}
    specs = {name: catalogue().nodes.get(kind) for name, (kind, _) in nodes.items()}
    wires = [
        (a, ports.get(a, specs[a].outputs[0].name), b, taken.get(b, specs[b].inputs[0].name), 0)
        for a, b in zip(chain, chain[1:], strict=False)
    ]
    found = report(network(nodes, wires)).problems
    return [
        (problem.node, problem.severity, problem.sentence) for problem in found if problem.code == "one-step"
    ]


@pytest.mark.parametrize(("direction", "step", "half"), [
    ("both", "last_step", "reverse"),
    ("reverse", "last_step", "reverse"),
    ("both", "first_step", "forward"),
])  # fmt: skip
def test_a_step_at_which_one_direction_has_hardly_begun_is_reported(direction, step, half):
    ((node, severity, sentence),) = reading(direction, step)
    assert (node, severity) == (NodeId("step"), "warning")
    assert f"its {half} direction has read a single step" in sentence
    assert "the mean over all steps" in sentence


def test_layers_between_the_cell_and_the_step_change_nothing():
    assert reading("both", "last_step", [("dropout", {}), ("layer_norm", {})])


@pytest.mark.parametrize(("direction", "step", "between"), [
    ("forward", "last_step", ()),
    ("forward", "first_step", ()),
    ("reverse", "first_step", ()),
    ("both", "mean_steps", ()),
    ("both", "last_step", [("slice", {"start": 0, "stop": 4})]),
    ("both", "last_step", [("gru", {"units": 4})]),
])  # fmt: skip
def test_a_step_at_which_all_has_been_read_or_a_half_was_chosen_is_not_told(direction, step, between):
    assert reading(direction, step, between) == []
