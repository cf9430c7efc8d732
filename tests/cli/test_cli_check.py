"""`rnnstudio check`: shapes, weights, memory, and every problem."""

import math
from pathlib import Path

from msgspec.structs import replace

from rnnstudio.design import codec
from rnnstudio.design.model import Design
from tests.cli.command_kit import Run
from tests.data_kit import expected_shapes


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


def test_check_tells_hints_and_a_design_with_hints_can_be_trained(run: Run, design_file: Path) -> None:
    design = codec.load(design_file)
    cell = next(node for node in design.nodes if "units" in node.params and node.kind != "dense")
    params = {"units": 6, "equations": "h = tanh(W @ x + U @ h_prv + b)"}
    nodes = [replace(n, kind="equation_cell", params=params) if n is cell else n for n in design.nodes]
    codec.save(replace(design, nodes=tuple(nodes)), design_file)
    status, out, err = run("check", design_file)
    assert (status, err) == (0, "")
    assert "line 1, column 22: h_prv is a vector of weights, used once; did you mean h_prev?" in out
    assert "the cell has no recurrence" in out
    assert "Error" not in out
    assert out.endswith("The design can be trained.\n")
