"""ONNX's test cases for RNN, GRU and LSTM with our cells.

The cases come from the ``onnx`` package, each one a node with inputs and the outputs that the
specification's authors worked out for them. Gates stand in ONNX's order: ``z r h`` and ``i o f c``.
"""

import numpy as np
import onnx
import pytest
from onnx.backend.test.case import node as node_cases
from onnx.backend.test.case.node import gru, lstm, rnn  # noqa: F401 - importing a module registers its cases

from tests.engine.cell_kit import prepared

# The public function imports the cases of every operator.
CASES = {case.name: case for case in node_cases._NodeTestCases}  # noqa: SLF001
DIRECTIONS = {"forward": "forward", "reverse": "reverse", "bidirectional": "both"}
# (operator, its inputs) -> kind and parameters; gates as (W, U, bias, second bias or None, peephole)
GATES = {
    "rnn": [("W", "U", "b", None, None)],
    "gru": [("W_z", "U_z", "b_z", None, None), ("W_r", "U_r", "b_r", None, None)],
    "lstm": [(f"W_{g}", f"U_{g}", f"b_{g}", None, f"p_{g}") for g in "iofg"],
}
UNDERSTOOD = {"hidden_size", "layout", "direction", "linear_before_reset"}


def options(case):
    (node,) = case.model.graph.node
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def missing(case):
    """Return what a case asks for that does not exist here."""
    return sorted(options(case).keys() - UNDERSTOOD)


def prepare(case):
    """Return our node with the case's weights and inputs, and the case's input by name."""
    (node,) = case.model.graph.node
    (given, _outputs) = case.data_sets[0]
    named = dict(zip((name for name in node.input if name), given, strict=True))
    asked, operator = options(case), node.op_type.lower()
    swap = bool(asked.get("layout", 0))
    x = np.swapaxes(named["X"], 0, 1) if swap else named["X"]
    direction = DIRECTIONS[asked.get("direction", b"forward").decode()]
    kind, params, gates = operator, {"direction": direction}, list(GATES[operator])
    if operator == "gru":
        after = bool(asked.get("linear_before_reset", 0))
        params["reset"] = "after" if after else "before"
        gates.append(("W_n", "U_n", "b_n", "c_n" if after else None, None))
    if "P" in named:
        kind = "lstm_peephole"
    units, batch = asked["hidden_size"], x.shape[1]
    lengths = named.get("sequence_lens", np.full(batch, len(x)))
    ours = prepared(kind, params, lengths, features=x.shape[2], units=units)
    for strand, place in enumerate(ours.stack.directions):
        bias = named["B"][strand] if "B" in named else np.zeros(2 * len(gates) * units)
        inner, outer = np.split(bias, 2)
        for k, (w, u, b, c, p) in enumerate(gates):
            rows = slice(k * units, (k + 1) * units)
            weights = {w: named["W"][strand][rows], u: named["R"][strand][rows]}
            weights[b] = inner[rows] + (0 if c else outer[rows])
            if c:
                weights[c] = outer[rows]
            if "P" in named and k < 3:  # ONNX has them in the order i o f, and none for the candidate
                weights[p] = named["P"][strand][rows]
            for name, values in weights.items():
                ours.weights[f"{place.prefix}{name}"][...] = values
    ours.inputs["sequence"][...] = ours.packing.pack(x)
    initial = [named.get(f"initial_{s}") for s in ours.cell.states]
    ours.inputs["state"][...] = 0
    for k, state in enumerate(initial):
        for strand in range(len(ours.directions)):
            if state is not None:
                values = np.swapaxes(state, 0, 1) if swap else state
                ours.inputs["state"][:, ours.stack.state_columns(k, strand)] = values[strand]
    return ours, swap


def test_the_package_has_cases_for_all_three():
    kinds = [case.model.graph.node[0].op_type for case in CASES.values()]
    assert {*kinds} == {"RNN", "GRU", "LSTM"}
    assert len(kinds) >= 18


def test_no_case_asks_for_what_does_not_exist_here():
    """Were there one, it would have to be named here with what it lacks."""
    assert {name: lacks for name, case in CASES.items() if (lacks := missing(case))} == {}


@pytest.mark.parametrize("name", CASES)
def test_a_cell_gives_what_onnx_says(name):
    case = CASES[name]
    (node,), (_given, outputs) = case.model.graph.node, case.data_sets[0]
    ours, swap = prepare(case)
    ours.forward(0, ours.packing.steps, training=False)
    units, directions = ours.stack.units, len(ours.directions)
    y = ours.packing.unpack(ours.outputs["sequence"])
    y = y.reshape(*y.shape[:2], directions, units).transpose(0, 2, 1, 3)
    found = {"Y": y.transpose(2, 0, 1, 3) if swap else y}
    for k, state in enumerate(ours.cell.states):
        last = np.stack([ours.outputs["state"][:, ours.stack.state_columns(k, s)] for s in range(directions)])
        found[f"Y_{state}"] = last.swapaxes(0, 1) if swap else last
    expected = dict(zip((out for out in node.output if out), outputs, strict=True))
    assert expected
    for out, values in expected.items():
        np.testing.assert_allclose(found[out], values, rtol=1e-5, atol=1e-6, err_msg=out)
