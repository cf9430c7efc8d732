"""The choice of kernel, and the equality of compiled and NumPy kernels."""

import numpy as np
import pytest

from rnnstudio.design.errors import StudioError
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program.packed_sequence import PackedSequence

numba_only = pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")

ALL_FUNCTIONS = """\
a = W @ x + b
m = maximum(V @ tanh(x * x), R @ (h_prev * 0.1))
q = exp(-a * a) + log(1 + a ** 2) + abs(a) + sqrt(a * a + 1) + softplus(a) + logsigmoid(a) + relu(a - 0.3)
r = minimum(q, h_prev * 2) + maximum(a, U @ h_prev) - where(h_prev < a, q, 3) + where(a > 0.1, 1, a) ** 3
h = tanh(r / (1 + q * q) + 0.1 * h_prev ** 3 - 2 ** -1 / (2 + a ** 2) - (1 + c ** 2) ** -1.5 + m)"""


def cells():
    """Return the equations of every built-in cell, one that uses every function, and a tangled one."""
    texts = {"all functions": ALL_FUNCTIONS, "tangled": "f = tanh(W @ x)\nh = tanh(U @ (f_prev - W @ x))"}
    for spec in catalogue().nodes:
        if spec.family == "cell" and spec.equations is not None:
            texts[spec.kind] = spec.equations(spec.complete({}))
    gru = catalogue().nodes.get("gru")
    texts["gru before"] = gru.equations(gru.complete({"reset": "before"}))
    return texts


CELLS = cells()


def results(text, dtype, kernel, monkeypatch, lengths=(9, 7, 7, 2, 1), features=7, units=19):
    """Run a cell forward and back in uneven ranges; return all that it gives."""
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    rng = np.random.default_rng(3)
    running = compile_cell(text).kernel(features, units, dtype)
    weights = rng.normal(scale=0.3, size=running.size).astype(dtype)
    gradients = np.zeros_like(weights)
    running.bind(weights, gradients)
    running.record_flow = True
    packing = PackedSequence(np.array(lengths))
    running.allocate(packing)
    x = rng.normal(size=(packing.rows, features)).astype(dtype)
    dx, dh = np.zeros_like(x), rng.normal(size=(packing.rows, units)).astype(dtype)
    states = [rng.normal(size=(packing.batch, units)).astype(dtype) for _ in running.states]
    cuts = [0, min(2, packing.steps - 1), packing.steps]
    ranges = [(t0, t1) for t0, t1 in zip(cuts, cuts[1:], strict=False) if t0 < t1]
    for t0, t1 in ranges:
        running.forward(x, states, t0, t1)
    for t0, t1 in reversed(ranges):
        running.backward(dh, states[::-1], dx, t0, t1)
    running.gather(x)
    return {
        **{name: values.copy() for name, values in running.tape.items()},
        **{f"final {k}": values.copy() for k, values in enumerate(running.final)},
        **{f"d_initial {k}": values.copy() for k, values in enumerate(running.d_initial)},
        "d x": dx,
        "d weights": gradients,
        "flow": running.flow,
    }


# ---------------------------------------------------------------------------------------- choice


def test_the_variable_decides_the_kernel(monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, "numpy")
    assert kernels.chosen() is kernels.Kernel.NUMPY


def test_without_a_variable_numba_runs_where_it_is_installed(monkeypatch):
    monkeypatch.delenv(kernels.VARIABLE)
    monkeypatch.setattr(kernels, "is_compiler_available", lambda: True)
    assert kernels.chosen() is kernels.Kernel.COMPILED
    monkeypatch.setattr(kernels, "is_compiler_available", lambda: False)
    assert kernels.chosen() is kernels.Kernel.NUMPY


@pytest.mark.parametrize(("asked", "there"), [("cuda", True), ("numba", False)])
def test_a_kernel_that_cannot_be_had_is_refused(asked, there, monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, asked)
    monkeypatch.setattr(kernels, "is_compiler_available", lambda: there)
    with pytest.raises(StudioError, match=kernels.VARIABLE):
        kernels.chosen()


# -------------------------------------------------------------------------------------- equality


@numba_only
@pytest.mark.parametrize("lengths", [(6, 6, 6), (9, 7, 7, 2, 1), (1, 1)], ids=["equal", "ragged", "one step"])
@pytest.mark.parametrize("cell", CELLS)
def test_numba_gives_what_numpy_gives(cell, lengths, monkeypatch):
    theirs = results(CELLS[cell], np.float64, "numpy", monkeypatch, lengths)
    mine = results(CELLS[cell], np.float64, "numba", monkeypatch, lengths)
    for name, values in theirs.items():
        np.testing.assert_allclose(
            mine[name], values, rtol=1e-9, atol=1e-12 * (1 + np.abs(values).max()), err_msg=name
        )


@numba_only
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_single_precision_agrees_to_a_millionth(cell, monkeypatch):
    theirs = results(CELLS[cell], np.float32, "numpy", monkeypatch)
    mine = results(CELLS[cell], np.float32, "numba", monkeypatch)
    for name, values in theirs.items():
        assert np.linalg.norm(mine[name] - values) < 1e-6 * (1 + np.linalg.norm(values)), name


@numba_only
@pytest.mark.parametrize(("features", "units"), [(1, 1), (5, 16), (33, 40)])
def test_sizes_that_fill_no_tile_give_the_same(features, units, monkeypatch):
    sizes = {"features": features, "units": units, "lengths": (3,) * 23}
    theirs = results(CELLS["lstm"], np.float64, "numpy", monkeypatch, **sizes)
    mine = results(CELLS["lstm"], np.float64, "numba", monkeypatch, **sizes)
    for name, values in theirs.items():
        np.testing.assert_allclose(mine[name], values, rtol=1e-9, atol=1e-12, err_msg=name)


@numba_only
def test_the_same_run_gives_the_same_bits(monkeypatch):
    once, again = (results(CELLS["lstm"], np.float64, "numba", monkeypatch) for _ in range(2))
    for name, values in once.items():
        assert np.array_equal(values, again[name]), name


@numba_only
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cell", CELLS)
def test_a_kernel_gives_the_same_bits_compiled_and_read_from_disk(cell, dtype, monkeypatch, tmp_path):
    from rnnstudio.engine.native.library import cell_library

    monkeypatch.setenv("RNNSTUDIO_KERNELS", str(tmp_path))
    told = []
    kernels.on_wait(told.append)
    runs = []
    for _ in range(2):
        cell_library.cache_clear()
        runs.append(results(CELLS[cell], dtype, "numba", monkeypatch))
    kernels.on_wait(None)
    cell_library.cache_clear()
    assert len(told) == 1
    for name, values in runs[0].items():
        assert np.array_equal(values, runs[1][name], equal_nan=True), name


@numba_only
def test_what_is_not_a_number_stays_so(monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, "numba")
    running = compile_cell(CELLS["lstm"]).kernel(2, 3, np.float64)
    running.bind(np.full(running.size, np.nan), np.zeros(running.size))
    running.allocate(PackedSequence(np.array([2, 2])))
    running.forward(np.ones((4, 2)), None, 0, 2)
    assert np.isnan(running.tape["h"]).all()


@numba_only
def test_the_compiled_source_can_be_read():
    source = compile_cell(CELLS["lstm"]).loop_source
    assert "#     c = f * c_prev + i * g" in source
    assert "c = t9 + t10" in source
