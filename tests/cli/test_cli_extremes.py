"""Equations without a finite result: both kernels stop with the same sentence, or continue."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from rnnstudio.design import codec
from rnnstudio.engine.compiler.runtime import kernels
from tests.cli.command_kit import Run

both_kernels = pytest.mark.parametrize(
    "kernel", ["numpy", "numba"] if kernels.is_compiler_available() else ["numpy"]
)


def with_equations(design_file: Path, text: str) -> Path:
    """Put an equation cell of two units in place of the cell of a design."""
    design = codec.load(design_file)
    params = {"units": 2, "equations": text}
    nodes = [replace(n, kind="equation_cell", params=params) if n.kind == "gru" else n for n in design.nodes]
    plan = replace(design.plan, epochs=1)
    codec.save(replace(design, nodes=tuple(nodes), plan=plan), design_file)
    return design_file


@both_kernels
@pytest.mark.parametrize("term", ["(U @ h_prev) ** -2", "relu(V @ x - 99) ** -3"])
def test_a_power_that_is_infinite_stops_training_and_says_where(
    term: str, kernel: str, run: Run, design_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    _, out, err = run("train", with_equations(design_file, f"h = tanh(W @ x + {term})"))
    assert "Training stopped at step 1: a value was no longer finite" in err
    assert "Equation cell" in err or "“Embedding”" in err
    assert "Warning" not in out + err


@both_kernels
@pytest.mark.parametrize(
    "text",
    [
        "h = tanh(W @ x + (U @ h_prev) ** 0)",
        "s = sigmoid(W @ x - 200)\nh = 0.01 * log(s) + 0.1 * h_prev",
        "c = tanh(8.3 + 0.2 * tanh(W @ x))\nh = sqrt(1 - c * c) + 0.1 * h_prev",
    ],
)
def test_what_has_a_finite_value_and_gradient_trains(
    text: str, kernel: str, run: Run, design_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    status, out, err = run("train", with_equations(design_file, text))
    assert status == 0
    assert "Warning" not in out + err
