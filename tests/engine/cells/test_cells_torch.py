"""The built-in cells equal PyTorch, forward and backward, on stored vectors."""

from pathlib import Path

import numpy as np
import pytest

from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program.packed_sequence import PackedSequence
from tests.engine.cell_kit import prepared

ORACLES = Path(__file__).parents[2] / "oracles"
VECTORS = np.load(ORACLES / "torch_cells.npz", allow_pickle=False)
STACKS = np.load(ORACLES / "torch_stacks.npz", allow_pickle=False)
STACKED = {
    "both": {"direction": "both"},
    "two": {"layers": 2},
    "two_both": {"layers": 2, "direction": "both"},
}

# kind, parameters, PyTorch's order of gates as (input matrix, recurrent matrix, bias, bias) by our names
CELLS = {
    "rnn_tanh": ("rnn", {"activation": "tanh"}, [("W", "U", "b", None)]),
    "rnn_relu": ("rnn", {"activation": "relu"}, [("W", "U", "b", None)]),
    "gru": (
        "gru",
        {"reset": "after"},
        [("W_r", "U_r", "b_r", None), ("W_z", "U_z", "b_z", None), ("W_n", "U_n", "b_n", "c_n")],
    ),
    "lstm": ("lstm", {}, [(f"W_{g}", f"U_{g}", f"b_{g}", None) for g in "ifgo"]),
}


every_kernel = pytest.mark.parametrize(
    "kernel",
    [
        "numpy",
        pytest.param(
            "numba",
            marks=pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed"),
        ),
    ],
)


def same(mine, theirs):
    np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-9)


def test_the_vectors_were_made_with_the_version_we_name():
    for vectors in (VECTORS, STACKS):
        assert str(vectors["torch_version"]).startswith("2.13")


@every_kernel
@pytest.mark.parametrize("batch", ["fixed", "ragged"])
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_equals_pytorch_in_values_and_in_all_gradients(name, batch, kernel, monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    kind, params, gates = CELLS[name]

    def torch(what):
        return VECTORS[f"{name}_{batch}/{what}"]

    spec = catalogue().nodes.get(kind)
    cell = compile_cell(spec.equations(spec.complete(params)))
    packing = PackedSequence(torch("lengths"))
    features, units = torch("x").shape[2], torch("output").shape[2]
    running = cell.kernel(features, units, np.float64)
    weights, gradients = np.zeros(running.size), np.zeros(running.size)
    running.bind(weights, gradients)
    running.allocate(packing)
    ours, d_ours = running.views(weights), running.views(gradients)
    for k, (w, u, b, c) in enumerate(gates):
        rows = slice(k * units, (k + 1) * units)
        ours[w][:], ours[u][:] = torch("weight_ih_l0")[rows], torch("weight_hh_l0")[rows]
        ours[b][:] = torch("bias_ih_l0")[rows]
        if c is None:
            ours[b][:] += torch("bias_hh_l0")[rows]
        else:
            ours[c][:] = torch("bias_hh_l0")[rows]

    x = packing.pack(torch("x"))
    d_x = np.zeros_like(x)
    running.forward(x, [torch(f"initial_{s}") for s in cell.states], 0, packing.steps)
    d_final = [torch(f"d_final_{s}") for s in cell.states]
    running.backward(packing.pack(torch("d_output")), d_final, d_x, 0, packing.steps)
    running.gather(x)

    same(packing.unpack(running.tape["h"]), torch("output"))
    same(packing.unpack(d_x), torch("d_x"))
    for k, state in enumerate(cell.states):
        same(running.final[k], torch(f"final_{state}"))
        same(running.d_initial[k], torch(f"d_initial_{state}"))
    for k, (w, u, b, c) in enumerate(gates):
        rows = slice(k * units, (k + 1) * units)
        same(d_ours[w], torch("d_weight_ih_l0")[rows])
        same(d_ours[u], torch("d_weight_hh_l0")[rows])
        same(d_ours[b], torch("d_bias_ih_l0")[rows])
        same(d_ours[c or b], torch("d_bias_hh_l0")[rows])


@every_kernel
@pytest.mark.parametrize("case", STACKED)
@pytest.mark.parametrize("name", ["rnn_tanh", "gru", "lstm"])
def test_layers_and_directions_equal_pytorch_in_values_and_in_all_gradients(name, case, kernel, monkeypatch):
    """Ragged, with initial states, and gradients of every output and of the final states."""
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    kind, params, gates = CELLS[name]

    def torch(what):
        return STACKS[f"{name}_{case}/{what}"]

    units = torch("weight_hh_l0").shape[1]
    features = torch("x").shape[2]
    node = prepared(kind, {**params, **STACKED[case]}, torch("lengths"), features=features, units=units)
    packing, states = node.packing, node.cell.states

    def block(what):
        """``(directions, B, n)`` of each state, laid side by side state by state."""
        return np.hstack([strand for state in states for strand in torch(f"{what}_{state}")])

    for ours, theirs, rows in _weights(node, gates, units):
        node.weights[ours][...] = sum(torch(their)[rows] for their in theirs)
    node.inputs["sequence"][...] = packing.pack(torch("x"))
    node.inputs["state"][...] = block("initial")
    node.d_outputs["sequence"][...] = packing.pack(torch("d_output"))
    node.d_outputs["state"][...] = block("d_final")
    node.forward(0, packing.steps, training=True)
    node.backward(0, packing.steps)
    node.gather()
    same(packing.unpack(node.outputs["sequence"]), torch("output"))
    same(node.outputs["state"], block("final"))
    same(packing.unpack(node.d_inputs["sequence"]), torch("d_x"))
    same(node.d_inputs["state"], block("d_initial"))
    for ours, theirs, rows in _weights(node, gates, units):
        for their in theirs:
            same(node.gradients[ours], torch(f"d_{their}")[rows])


def _weights(node, gates, units):
    """Yield our name, PyTorch's names whose sum it is, and the rows of the gate in them."""
    for place in node.stack.directions:
        theirs = f"l{place.layer}" + ("_reverse" if place.reverse else "")
        for k, (w, u, b, c) in enumerate(gates):
            rows = slice(k * units, (k + 1) * units)
            yield f"{place.prefix}{w}", [f"weight_ih_{theirs}"], rows
            yield f"{place.prefix}{u}", [f"weight_hh_{theirs}"], rows
            biases = [f"bias_ih_{theirs}", f"bias_hh_{theirs}"]
            yield f"{place.prefix}{b}", biases if c is None else biases[:1], rows
            if c is not None:
                yield f"{place.prefix}{c}", biases[1:], rows
