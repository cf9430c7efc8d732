"""Files that an earlier version wrote open unchanged, and what they hold is used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design import codec
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.inference.sampler import Sampler
from rnnstudio.engine.training.trainer import EpochDone, Trainer
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.symbols import symbols_digest
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.palette import user_cells
from tests.data_kit import load_check

FILES = Path(__file__).parent / "files"
WEIGHTS = [FILES / "parity.safetensors", FILES / "parity.npz"]


def test_a_design_opens_without_a_problem_and_is_saved_as_it_was(tmp_path: Path) -> None:
    design = codec.load(FILES / "parity.rnnd")
    assert load_check(design).problems == ()
    assert [design.groups[0].title, design.frames[0].title] == ["Memory", "Data"]
    codec.save(design, tmp_path / "again.rnnd")
    assert (tmp_path / "again.rnnd").read_bytes() == (FILES / "parity.rnnd").read_bytes()


@pytest.mark.parametrize("path", WEIGHTS, ids=lambda path: path.suffix)
def test_weights_open_with_their_design_and_record_and_are_used(path: Path) -> None:
    weights = load_weights(path)
    design = codec.load(FILES / "parity.rnnd")
    assert weights.design == (design if path.suffix == ".safetensors" else None)
    if path.suffix == ".safetensors":  # a .npz has the symbols alone
        assert [weights.record[name] for name in ("version", "kernel", "epochs")] == ["0.1.0", "numpy", 2]
    sampler = Sampler(design, weights.arrays, symbols_digest(weights.record))
    assert sampler.example(0).loss is not None


@pytest.mark.parametrize("path", WEIGHTS, ids=lambda path: path.suffix)
def test_weights_are_saved_as_they_were(path: Path, tmp_path: Path) -> None:
    before = load_weights(path)
    save_weights(tmp_path / path.name, before)
    again = load_weights(tmp_path / path.name)
    assert (again.design, again.record) == (before.design, before.record)
    assert {name: array.tobytes() for name, array in again.arrays.items()} == {
        name: array.tobytes() for name, array in before.arrays.items()
    }


def test_a_checkpoint_continues_as_if_training_had_never_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, "numpy")
    weights = load_weights(FILES / "parity.safetensors")
    assert weights.design is not None
    trainer = Trainer(
        weights.design,
        weights=weights.arrays,
        checkpoint=weights.checkpoint,
        symbols=symbols_digest(weights.record),
    )
    assert trainer.is_resumed
    done = [event for event in trainer.run() if isinstance(event, EpochDone)]
    expected = json.loads((FILES / "continued.json").read_text("utf-8"))
    losses = [(event.training_loss, event.validation_loss) for event in done]
    # Another processor may compute other last digits.
    np.testing.assert_allclose(losses, expected["epochs"], rtol=1e-9)
    for name, values in expected["weights"].items():
        np.testing.assert_allclose(trainer.weights[name], values, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_the_environment_names_kernels_as_before(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kernel == "numba" and not kernels.is_compiler_available():
        pytest.skip("llvmlite or SciPy is not installed")
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    assert kernels.chosen().value == kernel


def test_a_cell_of_the_palette_opens() -> None:
    cell = user_cells.read(FILES / "own-gate-347dcd2a.rnncell")
    assert cell.title == "Own gate"
    assert "z = sigmoid(W_z @ [h_prev, x] + b_z)  # update gate" in cell.equations


def test_settings_keep_what_was_chosen(tmp_path: Path) -> None:
    file = Path(shutil.copy(FILES / "settings.ini", tmp_path))
    settings = Settings(file)
    assert (settings.scheme, settings.motion, settings.grid, settings.snaps) == ("dark", "reduced", 16, False)
    assert (settings.threads, settings.recovery, settings.trace_rate) == (2, 5, 10)
    assert settings.unrolled and settings.minimap
    assert settings.folder == "/home/somebody/networks"
    assert settings.shortcuts() == {"file.save": "Ctrl+Alt+S"}
