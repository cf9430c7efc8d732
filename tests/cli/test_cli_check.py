"""`rnnstudio check`: shapes, weights, memory, and every problem."""

import math
from pathlib import Path

from rnnstudio.design import codec
from rnnstudio.design.model import Design
from rnnstudio.engine.weights.base import expected_shapes
from tests.cli.command_kit import Run


def test_check_prints_shapes_weights_and_memory(run: Run, design_file: Path) -> None:
    status, out, err = run("check", design_file)
    assert (status, err) == (0, "")
    assert "sequence: T × 6" in out
    count = sum(math.prod(shape) for shape in expected_shapes(codec.load(design_file)).values())
    assert f"Weights: {count:,}\n" in out
    assert "Memory of training: " in out


def test_check_tells_every_problem_and_fails(run: Run, design_file: Path) -> None:
    broken = codec.load(design_file)
    codec.save(Design(nodes=broken.nodes, links=broken.links[:-1], task=broken.task), design_file)
    status, out, _ = run("check", design_file)
    assert status == 1
    assert "Error: Next letter needs a" in out
    assert out.endswith("The design cannot be trained.\n")


def test_check_tells_what_is_wrong_with_the_data(run: Run, design_file: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("")
    status, out, _ = run("check", design_file)
    assert status == 1
    assert "Error: “own.txt” is empty. Choose a file with some text." in out
