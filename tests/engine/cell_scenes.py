"""Equations in every way in which a network may run them, compared with `reference_kit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import pytest

from rnnstudio.engine.compiler.runtime import kernels
from tests.engine import torch_kit
from tests.engine.cell_kit import prepared
from tests.engine.random_cells import smallest
from tests.engine.reference_kit import Run, evaluate


@dataclass(frozen=True)
class Scene:
    """A batch, and how the cell runs over it."""

    name: str
    lengths: tuple[int, ...]
    layers: int = 1
    direction: str = "forward"
    by_step: bool = False


SCENES = (
    Scene("ragged", (4, 2, 2, 1)),
    Scene("equal lengths", (3, 3)),
    Scene("step by step", (3, 2), by_step=True),
    Scene("in reverse", (3, 1), direction="reverse"),
    Scene("two layers, both directions", (3, 2), layers=2, direction="both"),
    Scene("one sequence", (3,)),
    Scene("one step", (1, 1)),
)


def differences(
    text: str,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
    *,
    run_by: Sequence[str] = ("numpy", "numba"),
    scenes: Sequence[Scene] = SCENES,
    dtype: type = np.float64,
    relative: float = 1e-9,
) -> list[str]:
    """Return which kernel differs from the reference, in which scene and in what."""
    found = []
    for scene in scenes:
        run = make_run(text, seed, scene)
        expected = evaluate(run)
        assert all(np.isfinite(values).all() for values in expected.values()), text
        given = {kernel: results(text, seed, scene, kernel, dtype, monkeypatch) for kernel in run_by}
        if torch_kit.is_installed():
            given["torch"] = torch_kit.evaluate(run)
        for who, values in given.items():
            assert values.keys() == expected.keys()
            wrong = [name for name in expected if not _is_close(values[name], expected[name], relative)]
            found += [f"{who}, {scene.name}: {name}" for name in wrong]
    return found


def assert_holds(
    text: str, seed: int, monkeypatch: pytest.MonkeyPatch, scenes: Sequence[Scene] = SCENES, **kind: Any
) -> None:
    """Fail if `differences` finds any, and report the smallest text in which it does."""

    def wrong(some: str) -> list[str]:
        try:
            return differences(some, seed, monkeypatch, scenes=scenes, **kind)
        except Exception as error:  # noqa: BLE001  whatever it is, it is what is wrong
            return [f"{type(error).__name__}: {error}"]

    found = wrong(text)
    if found:
        small = smallest(text, lambda some: bool(wrong(some)))
        lines = [
            f"Seed {seed}:",
            text,
            "",
            *found[:8],
            "",
            "The smallest that differs:",
            small,
            *wrong(small)[:8],
        ]
        pytest.fail("\n".join(lines), pytrace=False)


def _is_close(found: np.ndarray, expected: np.ndarray, relative: float) -> bool:
    size = np.abs(expected).max(initial=1.0)
    return found.shape == expected.shape and bool(np.all(np.abs(found - expected) <= relative * size))


def make_node(text: str, seed: int, scene: Scene, dtype: type = np.float64):
    """Return a cell's node with random weights and inputs; the same for the same seed and scene."""
    random = Random(seed)
    sizes = {"features": random.choice((1, 2, 3)), "units": random.choice((1, 2, 3))}
    params = {"equations": text, "layers": scene.layers, "direction": scene.direction}
    return prepared("equation_cell", params, scene.lengths, dtype=dtype, seed=seed, **sizes)


def make_run(text: str, seed: int, scene: Scene) -> Run:
    """Return the same for the reference."""
    node = make_node(text, seed, scene)
    return Run(
        text=text,
        weights={name: weight.copy() for name, weight in node.weights.items()},
        x=node.inputs["sequence"],
        state=node.inputs["state"],
        on_sequence=node.d_outputs["sequence"].copy(),
        on_state=node.d_outputs["state"].copy(),
        lengths=scene.lengths,
        units=node.stack.units,
        layers=scene.layers,
        directions=("forward", "reverse") if scene.direction == "both" else (scene.direction,),
    )


def results(
    text: str, seed: int, scene: Scene, kernel: str, dtype: type, monkeypatch: pytest.MonkeyPatch
) -> dict[str, np.ndarray]:
    """Run the node forward and back; return what `evaluate` returns."""
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    node = make_node(text, seed, scene, dtype)
    steps = node.packing.steps
    ranges = [(t, t + 1) for t in range(steps)] if scene.by_step else [(0, steps)]
    for t0, t1 in ranges:
        node.forward(t0, t1, training=True)
    found = {port: values.copy() for port, values in node.outputs.items()}
    found["loss"] = sum(np.vdot(values, node.d_outputs[port]) for port, values in found.items())
    found |= {f"{c.part}{c.name}": values.copy() for c, values in node.traces().items()}
    for t0, t1 in reversed(ranges):
        node.backward(t0, t1)
    node.gather()
    found |= {f"d {port}": values for port, values in node.d_inputs.items()}
    return found | {f"d {name}": values for name, values in node.gradients.items()}
