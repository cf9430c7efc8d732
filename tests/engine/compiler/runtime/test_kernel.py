"""Kernels: ranges, ragged batches, tapes, memory, and generated source."""

import numpy as np
import pytest

from rnnstudio.engine import aligned
from rnnstudio.engine.cells import gru, lstm, rnn
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program.packed_sequence import PackedSequence

numba_only = pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
TEXTS = {
    "rnn": rnn.equations({"activation": "tanh"}),
    "gru": gru.AFTER,
    "gru before": gru.BEFORE,
    "lstm": lstm.EQUATIONS,
    "odd": "a = where(W @ x < 0.1, softplus(b), V @ tanh(W @ x) ** 2)\n"
    "h = minimum(a, relu(U @ (a * h_prev)) + abs(c_prev))\n"
    "c = maximum(h, sqrt(exp(-c_prev)) + log(1 + h * h)) ** 3 - sigmoid(b)",
}


def made(text, lengths, features=3, units=5, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    kernel = compile_cell(text).kernel(features, units, dtype)
    weights = rng.normal(scale=0.5, size=kernel.size).astype(dtype)
    kernel.bind(weights, np.zeros_like(weights))
    packing = PackedSequence(np.array(lengths))
    kernel.allocate(packing)
    x = rng.normal(size=(packing.rows, features)).astype(dtype)
    return kernel, packing, x, rng


@pytest.mark.parametrize("name", TEXTS)
def test_ranges_of_any_size_give_the_same_as_the_whole(name):
    kernel, packing, x, rng = made(TEXTS[name], (6, 4, 4, 1))
    initial = [rng.normal(size=(4, 5)) for _ in kernel.states]
    dh = rng.normal(size=(packing.rows, 5))
    results = []
    for cuts in ([0, 6], [0, 1, 2, 3, 4, 5, 6], [0, 2, 5, 6]):
        ranges = list(zip(cuts, cuts[1:], strict=False))
        for t0, t1 in ranges:
            kernel.forward(x, initial, t0, t1)
        dx = np.zeros_like(x)
        for t0, t1 in reversed(ranges):
            kernel.backward(dh, None, dx, t0, t1)
        results.append([kernel.tape["h"].copy(), dx, *(d.copy() for d in kernel.d_initial)])
    for other in results[1:]:
        for mine, theirs in zip(other, results[0], strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", TEXTS)
def test_a_ragged_batch_is_each_sequence_by_itself(name):
    lengths = (5, 3, 3, 1)
    kernel, packing, x, rng = made(TEXTS[name], lengths)
    initial = [rng.normal(size=(4, 5)) for _ in kernel.states]
    kernel.forward(x, initial, 0, 5)
    together, final = packing.unpack(kernel.tape["h"]), [f.copy() for f in kernel.final]
    by_time = packing.unpack(x)
    for b, length in enumerate(lengths):
        alone, _, _, _ = made(TEXTS[name], (length,))
        alone.forward(by_time[:length, b], [s[b : b + 1] for s in initial], 0, length)
        np.testing.assert_allclose(alone.tape["h"], together[:length, b], rtol=1e-12)
        for k in range(len(final)):
            np.testing.assert_allclose(alone.final[k][0], final[k][b], rtol=1e-12)


@pytest.mark.parametrize("name", TEXTS)
def test_every_assigned_name_is_on_the_tape_by_row(name):
    kernel, packing, x, _ = made(TEXTS[name], (4, 2))
    cell = compile_cell(TEXTS[name])
    kernel.forward(x, None, 0, 4)
    assert set(kernel.tape) == {*cell.gates, *cell.states}
    for values in kernel.tape.values():
        assert values.shape == (packing.rows, 5)
        assert np.abs(values).max() > 0


def test_the_tape_holds_what_the_equations_say():
    kernel, packing, x, _ = made(lstm.EQUATIONS, (4, 2, 2))
    kernel.forward(x, None, 0, 4)
    tape = kernel.tape
    np.testing.assert_allclose(tape["h"], tape["o"] * np.tanh(tape["c"]))
    first = packing.slice(0, 1)
    np.testing.assert_allclose(tape["c"][first], (tape["i"] * tape["g"])[first])


def test_generation_a_step_at_a_time_equals_the_whole_sequence():
    whole, _, x, _ = made(gru.AFTER, (6,))
    whole.forward(x, None, 0, 6)
    single, _, _, _ = made(gru.AFTER, (1,))
    state = [np.zeros((1, 5))]
    for t in range(6):
        single.forward(x[t : t + 1], state, 0, 1)
        state = [s.copy() for s in single.final]
        np.testing.assert_allclose(single.tape["h"][0], whole.tape["h"][t], rtol=1e-12)


def test_memory_is_kept_when_the_next_batch_has_the_same_lengths_or_fewer_rows():
    kernel, packing, x, _ = made(lstm.EQUATIONS, (6, 5, 2))
    tape = kernel.tape["h"]
    kernel.allocate(PackedSequence(packing.lengths.copy()))
    assert kernel.tape["h"] is tape
    kernel.allocate(PackedSequence(np.array([4, 3, 3])))
    assert np.shares_memory(kernel.tape["h"], tape)


@pytest.fixture(params=["numpy", pytest.param("numba", marks=numba_only)])
def kind(request, monkeypatch):
    """Run the cells of a test by each kind of kernel."""
    monkeypatch.setenv(kernels.VARIABLE, request.param)
    return request.param


@pytest.mark.parametrize("reached", [0, 1, 3])
def test_an_allocation_that_failed_on_the_way_is_made_again(kind, monkeypatch, reached):
    fresh, packing, x, _ = made(lstm.EQUATIONS, (9, 7, 7))
    fresh.forward(x, None, 0, 9)
    kernel, _, _, _ = made(lstm.EQUATIONS, (2,))
    given = []

    def zeros(*sizes):
        given.append(sizes)
        if len(given) > reached:
            raise MemoryError
        return enough(*sizes)

    enough = aligned.zeros
    with monkeypatch.context() as scarce:
        scarce.setattr(aligned, "zeros", zeros)
        with pytest.raises(MemoryError):
            kernel.allocate(packing)
    kernel.allocate(packing)
    kernel.forward(x, None, 0, 9)
    assert np.array_equal(kernel.tape["h"], fresh.tape["h"])


@numba_only
def test_a_gradient_of_another_type_is_refused_and_not_written_over(monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, "numba")
    kernel, packing, x, _ = made(lstm.EQUATIONS, (2, 2))
    kernel.forward(x, None, 0, 2)
    with pytest.raises(ValueError, match="float64"):
        kernel.backward(np.ones((4, 5)), None, np.zeros(x.shape, np.float32), 0, 2)


@pytest.mark.parametrize("name", TEXTS)
def test_a_kernel_that_went_through_other_batches_gives_the_same_bits(name):
    fresh, packing, x, _ = made(TEXTS[name], (3, 2))
    fresh.forward(x, None, 0, 3)
    used, _, other, rng = made(TEXTS[name], (7, 6, 6, 1))
    used.forward(other, None, 0, 7)
    used.backward(rng.normal(size=(20, 5)), None, None, 0, 7)
    used.allocate(packing)
    used.forward(x, None, 0, 3)
    assert np.array_equal(used.tape["h"], fresh.tape["h"])


def test_gather_adds_and_views_are_textbook_shaped_views_of_the_flat_slice():
    kernel, packing, x, rng = made(gru.AFTER, (4, 4))
    gradients = np.zeros(kernel.size)
    weights = rng.normal(size=kernel.size)
    kernel.bind(weights, gradients)
    kernel.forward(x, None, 0, 4)
    kernel.backward(rng.normal(size=(8, 5)), None, None, 0, 4)
    kernel.gather(x)
    once = gradients.copy()
    kernel.gather(x)
    np.testing.assert_allclose(gradients, 2 * once)
    views = kernel.views(weights)
    assert views["W_r"].shape == (5, 3)
    assert views["U_r"].shape == (5, 5)
    assert all(np.shares_memory(view, weights) for view in views.values())
    for view in views.values():
        view[:] = 0
    assert not weights.any()


def test_flow_is_the_norm_of_the_whole_gradient_of_h_at_each_step():
    kernel, packing, x, rng = made("h = h_prev + W @ x", (4, 4))
    kernel.record_flow = True
    dh = np.zeros((8, 5))
    dh[packing.slice(3, 4)] = rng.normal(size=(2, 5))
    kernel.forward(x, None, 0, 4)
    kernel.backward(dh, None, None, 0, 4)
    np.testing.assert_allclose(kernel.flow, np.linalg.norm(dh))


def test_float32_stays_float32_and_near_float64():
    double, _, x, _ = made(lstm.EQUATIONS, (6, 4))
    single, _, x32, _ = made(lstm.EQUATIONS, (6, 4), dtype=np.float32)
    double.forward(x, None, 0, 6)
    single.forward(x32, None, 0, 6)
    assert all(values.dtype == np.float32 for values in single.tape.values())
    np.testing.assert_allclose(single.tape["h"], double.tape["h"], atol=1e-6)


def test_numbers_out_of_range_give_no_warning_and_no_error():
    kernel, packing, x, _ = made("h = exp(W @ x) / (h_prev - h_prev) + log(0 - h_prev * h_prev)", (3,))
    with np.errstate(all="raise"):
        kernel.forward(x, None, 0, 3)
        kernel.backward(np.ones((3, 5)), None, np.zeros_like(x), 0, 3)
        kernel.gather(x)
    assert not np.isfinite(kernel.tape["h"]).all()


def test_the_source_quotes_the_equations_and_works_on_neighbouring_gates_at_once():
    source = compile_cell(lstm.EQUATIONS).source
    for line in lstm.EQUATIONS.splitlines():
        assert f"#     {line}" in source
    assert "sigmoid(i_f_o, i_f_o)" in source
    assert "def forward_step_0(" in source
    assert "def backward_step_0(" in source


def test_a_product_is_where_the_state_made_of_it_will():
    slots = compile_cell(TEXTS["rnn"]).assignment.slots
    assert "product.g0" not in slots  # W @ x
    assert "tape" not in slots
    slots = compile_cell("c = tanh(W @ x + c_prev)\nh = relu(V @ x + U @ c)").assignment.slots
    assert "product.g0" not in slots  # W @ x with c, V @ x with h


@pytest.mark.parametrize(
    "text",
    [
        "c = tanh(U @ c_prev)\nh = c * (W @ x)",  # part of the gradient of c
        "c = tanh(c_prev) * h_prev\nh = exp(c)\nd = d_prev + h * (W @ x)",  # the same of h
        "h = where(h_prev > 0, W @ x, h_prev)",  # which is not written in place of what it reads
    ],
)
def test_a_product_that_is_needed_when_states_are_written_keeps_its_place(text):
    assert compile_cell(text).assignment.slots["product.g0"] == 1


def test_what_is_cheap_is_worked_out_again_and_not_kept():
    assert compile_cell(gru.AFTER).assignment.slots["tape"] == 1  # U_n @ h_prev + c_n, but not 1 - z
    assert compile_cell(lstm.EQUATIONS).assignment.slots["tape"] == 1  # tanh(c)


@pytest.mark.parametrize(("batch", "dtype"), [(4, np.float32), (8, np.float64), (3, np.float64)])
def test_slots_of_one_number_each_are_negated_rightly(batch, dtype):
    # In two of these batches the numbers lie 16 or 64 bytes apart; see `elementwise.negative`.
    text = "m = sigmoid(minimum(n_prev, 0.25)) * m_prev\nn = 1.5 + sigmoid(-m_prev)\nh = b"
    kernel, packing, x, _ = made(text, (3, *[1] * (batch - 1)), features=1, units=1, dtype=dtype)
    kernel.forward(x, [np.full((batch, 1), 0.5, dtype)] * 3, 0, 3)
    before, after = (kernel.tape[name][[0, batch, batch + 1]] for name in ("m", "n"))
    np.testing.assert_allclose(after[1:], 1.5 + 1 / (1 + np.exp(before[:-1])), rtol=1e-6)
