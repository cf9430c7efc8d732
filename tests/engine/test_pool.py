"""Threads: parts of a step run on them, and nothing depends on which of them runs what."""

import _thread
import signal
import threading
import time

import numpy as np
import pytest

from rnnstudio.design.errors import StudioError
from rnnstudio.engine import pool
from rnnstudio.engine.cells import lstm
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program.packed_sequence import PackedSequence

numba_only = pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")


@pytest.fixture
def threads(monkeypatch):
    """Return a function that sets how many threads take part; they end with the test."""
    made = []

    def set_to(number):
        monkeypatch.setenv(pool.VARIABLE, str(number))
        made.append(pool.shared_pool(number))

    pool.shared_pool.cache_clear()
    yield set_to
    pool.shared_pool.cache_clear()
    for each in made:
        each.close()


def test_tasks_run_at_the_same_time(threads):
    threads(2)
    both = threading.Barrier(2, timeout=10)
    pool.run_all([both.wait, both.wait])


def test_an_error_of_a_task_is_raised_when_all_have_ended(threads):
    threads(2)
    ended = threading.Event()

    def fail():
        raise ValueError("of a task")

    with pytest.raises(ValueError, match="of a task"):
        pool.run_all([ended.set, fail])
    assert ended.is_set()


def test_an_interrupt_is_raised_when_all_have_ended(threads, monkeypatch):
    threads(2)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    ended = threading.Event()

    def work():
        if threading.current_thread() is not threading.main_thread():
            _thread.interrupt_main()
            time.sleep(0.2)
            ended.set()

    try:
        with pytest.raises(KeyboardInterrupt):
            pool.run_all([work, work])
        assert ended.is_set()
    finally:
        signal.signal(signal.SIGINT, before)


def test_tasks_of_a_task_run_in_its_own_thread(threads):
    threads(2)
    both = threading.Barrier(2, timeout=10)
    seen = []

    def outer():
        both.wait()  # one of the two is in the other thread
        mine = threading.current_thread()
        pool.run_all([lambda: seen.append((mine, threading.current_thread()))] * 2)

    pool.run_all([outer, outer])
    assert len(seen) == 4
    assert len({inner for inner, _ in seen}) == 2
    assert all(inner is outer for inner, outer in seen)


@pytest.mark.parametrize("text", ["0", "two", "-1", "100000"])
def test_a_count_that_is_none_is_refused(text, monkeypatch):
    monkeypatch.setenv(pool.VARIABLE, text)
    with pytest.raises(StudioError, match=pool.VARIABLE):
        pool.count()


def results(equations, lengths):
    """Run a cell forward and back; return what it gives."""
    rng = np.random.default_rng(0)
    kernel = compile_cell(equations).kernel(5, 19, np.float64)
    weights, gradients = rng.normal(scale=0.3, size=kernel.size), np.zeros(kernel.size)
    kernel.bind(weights, gradients)
    kernel.record_flow = True
    packing = PackedSequence(np.array(lengths))
    kernel.allocate(packing)
    x, dh = rng.normal(size=(packing.rows, 5)), rng.normal(size=(packing.rows, 19))
    states = [rng.normal(size=(packing.batch, 19)) for _ in kernel.states]
    dx = np.zeros_like(x)
    kernel.forward(x, states, 0, packing.steps)
    kernel.backward(dh, states, dx, 0, packing.steps)
    kernel.gather(x)
    return [*kernel.tape.values(), *kernel.final, *kernel.d_initial, kernel.flow, dx, gradients]


@numba_only
@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize("lengths", [(6,) * 5, (9, 7, 7, 2, 1, 1)], ids=["equal", "ragged"])
@pytest.mark.parametrize(
    "equations", [lstm.EQUATIONS, "h = tanh(W @ x + U @ h_prev + b)"], ids=["lstm", "rnn"]
)
def test_a_batch_in_shards_gives_what_it_gives_whole(equations, lengths, number, threads, monkeypatch):
    from rnnstudio.engine.compiler.runtime import compiled_kernel

    monkeypatch.setenv(kernels.VARIABLE, "numba")
    whole = [values.copy() for values in results(equations, lengths)]
    monkeypatch.setattr(compiled_kernel, "LEAST_WORK", 0)
    monkeypatch.setattr(compiled_kernel, "LEAST_PACKED", 0)
    threads(number)
    shared, again = results(equations, lengths), results(equations, lengths)
    for mine, theirs, repeated in zip(shared, whole, again, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
        assert np.array_equal(mine, repeated)
