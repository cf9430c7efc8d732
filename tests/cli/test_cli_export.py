"""`rnnstudio sample` and `rnnstudio export` for trained weights of a text."""

from pathlib import Path

import numpy as np
import pytest

from rnnstudio.engine.weights.files import load_weights
from tests.cli.command_kit import TEXT, Run


def test_sample_continues_the_prompt_and_repeats_with_its_seed(run: Run, trained: Path) -> None:
    wish = ("sample", trained, "--prompt", "to be ", "--length", 30, "--temperature", 0.7)
    status, out, err = run(*wish, "--seed", 2)
    assert (status, err) == (0, "")
    assert out.startswith("to be ")
    assert len(out) == len("to be ") + 30 + 1
    assert set(out) <= set(TEXT)
    assert run(*wish, "--seed", 2)[1] == out
    assert run(*wish, "--seed", 3)[1] != out


def test_sample_takes_the_design_of_plain_arrays_from_another_file(
    run: Run, trained: Path, design_file: Path
) -> None:
    assert run("export", trained, "--to", "npz", "--out", "w.npz")[0] == 0
    status, _, err = run("sample", "w.npz")
    assert (status, "Name it with --design." in err) == (1, True)
    wish = ("--length", 20, "--seed", 1)
    assert run("sample", "w.npz", "--design", design_file, *wish)[1] == run("sample", trained, *wish)[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--prompt", "né"), "The character “é” at place 2 does not occur"),
        (("--temperature", "nan"), "The temperature must be a number from 0 to 100; got nan."),
        (("--temperature", "-1"), "The temperature must be a number from 0 to 100; got -1."),
    ],
)
def test_sample_refuses_in_a_sentence(
    run: Run, trained: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    status, out, err = run("sample", trained, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith(sentence)


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
def test_export_keeps_every_array(run: Run, trained: Path, kind: str) -> None:
    status, out, _ = run("export", trained, "--to", kind, "--out", f"copy.{kind}")
    assert status == 0
    first, second = load_weights(trained), load_weights(Path(f"copy.{kind}"))
    assert out == f"Wrote {len(first.arrays)} arrays to copy.{kind}.\n"
    assert all(np.array_equal(first.arrays[name], second.arrays[name]) for name in first.arrays)
    assert second.design == (first.design if kind == "safetensors" else None)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "pt", "--out", "w.pt"), "There is no weight format of kind “pt”."),
        (("--to", "npz", "--out", "w.bin"), "A file of npz must end in .npz"),
        (("--to", "npz", "--out", "nowhere/w.npz"), "“w.npz” cannot be saved"),
    ],
)
def test_export_refuses_in_a_sentence(
    run: Run, trained: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    status, _, err = run("export", trained, *arguments)
    assert status == 1
    assert err.startswith(sentence)
    assert err.count("\n") == 1


def test_weights_of_another_text_are_refused_and_not_misread(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "own.txt"
    text.write_text("abcd" * 200, "utf-8")
    assert run("templates", "names-gru", "--out", "own.rnnd")[0] == 0
    own = ["--set", "task.kind=text", "--set", f"task.params.path={text}", "--set", "task.params.length=20"]
    small = ["--set", "nodes.dense.units=4", "--epochs", "1", "--out", "own.safetensors"]
    assert run("train", "own.rnnd", *own, *small)[0] == 0
    assert run("sample", "own.safetensors", "--prompt", "ab", "--length", "5")[0] == 0
    text.write_text("wxyz" * 200, "utf-8")  # as many characters, and others
    status, out, err = run("sample", "own.safetensors", "--length", "5")
    assert (status, out) == (1, "")
    assert "trained on other symbols" in err
    again = run("train", "own.rnnd", *own, "--set", "nodes.dense.units=4", "--resume", "own.safetensors")
    assert again[0] == 1
    assert "trained on other symbols" in again[2]


def test_npz_files_know_the_symbols_too(run: Run, trained: Path, design_file: Path, tmp_path: Path) -> None:
    assert run("export", trained, "--to", "npz", "--out", "w.npz")[0] == 0
    assert run("sample", "w.npz", "--design", design_file, "--length", "5")[0] == 0
    text = tmp_path / "own.txt"
    text.write_text(text.read_text("utf-8").replace("t", "T"), "utf-8")
    sample = run("sample", "w.npz", "--design", design_file, "--length", "5")
    resume = run("train", design_file, "--resume", "w.npz", "--out", "v.safetensors")
    for status, _, err in (sample, resume):
        assert status == 1
        assert "trained on other symbols" in err
    assert not Path("v.safetensors").exists()


@pytest.mark.parametrize("value", [1e39, -1e300])
def test_a_value_that_single_precision_cannot_hold_is_refused(
    run: Run, trained: Path, design_file: Path, value: float
) -> None:
    run("export", trained, "--to", "npz", "--out", "w.npz")
    with np.load("w.npz") as held:
        arrays = {name: array.astype(np.float64) for name, array in held.items()}
    arrays["dense.b"][1] = value
    np.savez("big.npz", **arrays)
    sample = run("sample", "big.npz", "--design", design_file, "--length", "5")
    resume = run("train", design_file, "--resume", "big.npz", "--out", "v.safetensors")
    for status, _, err in (sample, resume):
        assert status == 1
        assert "dense.b holds a value that float32 cannot hold" in err
        assert "Warning" not in err
    assert not Path("v.safetensors").exists()


@pytest.mark.parametrize("dtype", ["complex128", "longdouble"])
def test_values_that_the_format_cannot_hold_are_refused_by_name(run: Run, dtype: str) -> None:
    np.savez("odd.npz", **{"dense.W": np.zeros((2, 2)), "dense.b": np.zeros(2, dtype)})
    status, _, err = run("export", "odd.npz", "--to", "safetensors", "--out", "w.safetensors")
    assert status == 1
    assert err.startswith("A safetensors file cannot hold dense.b")
    assert not Path("w.safetensors").exists()
