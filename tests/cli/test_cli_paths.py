"""Designs, texts and weights in other folders and with unusual names."""

import os
import shutil
from pathlib import Path

import pytest

from rnnstudio.design import codec
from rnnstudio.design.edits import set_task_params
from rnnstudio.engine.weights.files import load_weights
from tests.cli.command_kit import TEXT, Run, events

ODD = os.fsdecode(b"caf\xe9")


@pytest.fixture
def pair(design_file: Path, tmp_path: Path) -> Path:
    """A folder with a design and, beside it, the text that it reads."""
    folder = tmp_path / "pair"
    folder.mkdir()
    codec.save(set_task_params(codec.load(design_file), {"path": "text.txt"}), folder / "design.rnnd")
    (folder / "text.txt").write_text(TEXT, "utf-8")
    return folder


def test_a_design_and_its_text_can_be_sent_together(run: Run, pair: Path, tmp_path: Path) -> None:
    assert run("train", pair / "design.rnnd")[0] == 0
    sent = pair.rename(tmp_path / "sent")
    assert run("check", sent / "design.rnnd")[0] == 0
    assert run("sample", sent / "design.safetensors", "--length", 5)[0] == 0
    resumed = ("train", sent / "design.rnnd", "--epochs", 3, "--resume", sent / "design.safetensors")
    status, out, _ = run(*resumed, "--json")
    assert (status, events(out)[-1]["epochs"]) == (0, 3)
    assert "as if it had never stopped" in str(events(out)[0]["start"])


def test_weights_in_another_folder_find_the_text(
    run: Run, pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    assert run("train", pair / "design.rnnd", "--out", "out/w.safetensors")[0] == 0
    design = load_weights(Path("out/w.safetensors")).design
    assert design is not None
    assert design.task.params["path"] == os.path.join("..", "pair", "text.txt")
    monkeypatch.chdir(pair.parent.parent)
    assert run("sample", tmp_path / "out" / "w.safetensors", "--length", 5)[0] == 0


def test_the_text_beside_the_design_is_taken_before_one_in_the_working_folder(
    run: Run, pair: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.txt").write_text("", "utf-8")
    assert run("check", pair / "design.rnnd")[0] == 0
    (pair / "text.txt").unlink()
    status, out, _ = run("check", pair / "design.rnnd")
    assert (status, "“text.txt” is empty" in out) == (1, True)


@pytest.mark.parametrize("name", [ODD, "new\nline", "it's “two words”", "😀", "dots...", "n" * 200])
def test_every_name_works_for_design_text_and_weights(run: Run, pair: Path, name: str) -> None:
    folder = pair.rename(pair.with_name(name))
    for suffix, old in ((".rnnd", "design.rnnd"), (".txt", "text.txt")):
        (folder / old).rename(folder / f"{name}{suffix}")
    design = folder / f"{name}.rnnd"
    text = ("--set", f"task.params.path={name}.txt")
    status, out, err = run("train", design, *text)
    assert (status, err) == (0, "")
    assert out.splitlines()[-1].startswith("Done after ")
    assert run("sample", design.with_suffix(".safetensors"), "--length", 5)[::2] == (0, "")


def test_a_text_that_is_gone_is_reported_with_its_name(run: Run, pair: Path) -> None:
    shutil.move(pair, pair.with_name(ODD))
    status, out, _ = run("check", pair.with_name(ODD) / "design.rnnd", "--set", "task.params.path=gone.txt")
    assert status == 1
    assert "\\udce9" in out
    assert "gone.txt" in out
