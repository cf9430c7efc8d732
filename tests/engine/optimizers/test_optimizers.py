"""Optimizers equal PyTorch's at every step, and can be saved and restored."""

import json
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design.model import Choice
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.optimizers.base import CHUNK, OPTIMIZERS, make_optimizer

VECTORS = np.load(Path(__file__).parents[2] / "oracles" / "torch_optimizers.npz")
CASES = {
    name: Choice(kind, params) for name, (kind, params) in json.loads(str(VECTORS["parameters"])).items()
}
KINDS = [spec.kind for spec in catalogue().optimizers]


@pytest.mark.parametrize("case", CASES)
def test_an_optimizer_follows_pytorch_for_100_steps(case: str) -> None:
    weights = VECTORS["start"].copy()
    optimizer = make_optimizer(CASES[case], weights)
    followed = []
    for gradients in VECTORS["gradients"]:
        optimizer.step(weights, gradients)
        followed.append(weights.copy())
    np.testing.assert_allclose(followed, VECTORS[f"weights/{case}"], rtol=1e-12, atol=1e-13)


@pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
@pytest.mark.parametrize("case", [case for case in CASES if CASES[case].kind in ("adam", "adamw")])
def test_compiled_adam_follows_pytorch_too(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, "numba")
    test_an_optimizer_follows_pytorch_for_100_steps(case)


@pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
def test_compiled_adam_is_that_of_numpy_in_single_precision(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    start = rng.normal(size=CHUNK + 7).astype(np.float32)
    moved = []
    for kernel in ("numpy", "numba"):
        monkeypatch.setenv(kernels.VARIABLE, kernel)
        weights = start.copy()
        optimizer = make_optimizer(Choice("adam"), weights)
        for k in range(5):
            optimizer.step(weights, np.sin(weights * (k + 1)))
        moved.append(weights)
    np.testing.assert_allclose(moved[0], moved[1], atol=1e-6)


def test_every_optimizer_has_vectors_of_pytorch() -> None:
    assert {choice.kind for choice in CASES.values()} == set(KINDS)


@pytest.mark.parametrize("case", CASES)
def test_an_optimizer_saved_and_restored_continues_to_the_bit(case: str) -> None:
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=(12, 7)).astype(np.float32)
    whole = np.ones(7, np.float32)
    steady = make_optimizer(CASES[case], whole)
    for gradient in gradients:
        steady.step(whole, gradient)
    weights = np.ones(7, np.float32)
    state = make_optimizer(CASES[case], weights).state()
    for gradient in gradients:
        optimizer = make_optimizer(CASES[case], weights)
        optimizer.load_state(state)
        optimizer.step(weights, gradient)
        state = {name: array.copy() for name, array in optimizer.state().items()}
    np.testing.assert_array_equal(weights, whole)


@pytest.mark.parametrize("case", CASES)
def test_weights_in_several_chunks_move_as_they_would_alone(case: str) -> None:
    rng = np.random.default_rng(4)
    size = 2 * CHUNK + 5
    weights, gradients = rng.normal(size=size), rng.normal(size=(3, size))
    some = [0, CHUNK - 1, CHUNK, 2 * CHUNK + 4]
    alone = weights[some]
    together, apart = make_optimizer(CASES[case], weights), make_optimizer(CASES[case], alone)
    for gradient in gradients:
        together.step(weights, gradient)
        apart.step(alone, gradient[some])
    np.testing.assert_array_equal(weights[some], alone)


@pytest.mark.parametrize("case", CASES)
def test_a_step_changes_neither_the_gradient_nor_the_type_of_the_weights(case: str) -> None:
    weights, gradients = np.ones(5, np.float32), np.linspace(-1, 1, 5, dtype=np.float32)
    given = gradients.copy()
    optimizer = make_optimizer(CASES[case], weights)
    optimizer.step(weights, gradients)
    np.testing.assert_array_equal(gradients, given)
    assert all(slot.dtype == np.float32 for slot in optimizer.slots.values())


@pytest.mark.parametrize("case", CASES)
def test_the_plan_of_memory_counts_what_an_optimizer_keeps(case: str) -> None:
    choice, weights = CASES[case], np.ones(5)
    spec = OPTIMIZERS.get(choice.kind)
    params = {p.name: choice.params.get(p.name, p.default) for p in spec.params}
    assert spec.slots(params) == len(make_optimizer(choice, weights).slots)


@pytest.mark.parametrize("kind", KINDS)
def test_the_learning_rate_of_the_next_step_can_be_set(kind: str) -> None:
    moved = []
    for rate in (0.0, 0.1, 0.2):
        weights = np.ones(1)
        optimizer = make_optimizer(Choice(kind), weights)
        optimizer.learning_rate = rate
        optimizer.step(weights, np.ones(1))
        moved.append(1 - weights[0])
    assert moved[0] == 0
    assert moved[2] == pytest.approx(2 * moved[1])
