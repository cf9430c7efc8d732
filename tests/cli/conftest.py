"""A small design, its trained weights, and the command line in this process."""

from pathlib import Path

import pytest

from rnnstudio.cli import main
from rnnstudio.design import codec
from rnnstudio.design.assign import assign
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.resources import templates
from tests.cli.command_kit import TEXT, Run

SMALL = (
    "task=text",
    "task.params.length=20",
    "nodes.gru.units=6",
    "nodes.embedding.features=4",
    "plan.epochs=2",
    "plan.batch_size=8",
)


@pytest.fixture
def design_file(tmp_path: Path) -> Path:
    (tmp_path / "own.txt").write_text(TEXT, "utf-8")
    vocabulary = len(set(TEXT))
    design = codec.load(templates()["names-gru"])
    paths = (f"task.params.path={tmp_path / 'own.txt'}", f"nodes.dense.units={vocabulary}")
    for setting in (*SMALL, *paths):
        design = assign(design, catalogue(), setting)
    codec.save(design, tmp_path / "small.rnnd")
    return tmp_path / "small.rnnd"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return status, told.out, told.err

    return command


@pytest.fixture
def trained(run: Run, design_file: Path, tmp_path: Path) -> Path:
    assert run("train", design_file, "--out", tmp_path / "w.safetensors")[0] == 0
    return tmp_path / "w.safetensors"
