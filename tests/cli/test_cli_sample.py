"""`rnnstudio sample` for networks that answer a source or predict of an example."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnstudio.cli import main
from rnnstudio.design.model import Choice, Design
from rnnstudio.engine import datasets
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.weights.files import save_weights
from rnnstudio.engine.weights.format import Weights
from tests.data_kit import load_check
from tests.engine.network_kit import DATES, NAMES, READER, TRANSLATOR, network

SPIRALS = network(
    {
        "in": ("vector_input", {}),
        "out": ("dense", {"units": 2}),
        "head": ("classification", {"per": "sequence"}),
    },
    [("in", "vector", "out", "input", 0), ("out", "output", "head", "logits", 0)],
)


@pytest.fixture
def run(capsys, tmp_path: Path):
    def command(design: Design, task: Choice, *arguments: object) -> tuple[int, str, str]:
        design = Design(nodes=design.nodes, links=design.links, task=task)
        program = Program(design, load_check(design), datasets.facts(task))
        program.initialise(1)
        file = tmp_path / "w.safetensors"
        save_weights(file, Weights(program.named_weights(), design, {}))
        status = main(["sample", str(file), *map(str, arguments)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return command


def test_a_source_is_answered(run) -> None:
    status, out, err = run(TRANSLATOR, DATES, "--prompt", "3.5.1979")
    assert (status, err) == (0, "")
    assert set(out) <= set("0123456789- …\n")


def test_a_beam_prints_its_candidates_with_their_scores_best_first(run) -> None:
    status, out, _ = run(TRANSLATOR, DATES, "--prompt", "3.5.1979", "--beam", 3, "--length", 4)
    scores = [float(line.split()[0]) for line in out.splitlines()]
    assert (status, len(scores)) == (0, 3)
    assert scores == sorted(scores, reverse=True)
    assert all(line.split()[0] == line.split()[1] for line in out.splitlines())


def test_a_length_penalty_divides_the_log_probabilities(run) -> None:
    arguments = ("--prompt", "3.5.1979", "--beam", 3, "--length", 4, "--length-penalty", 1)
    lines = run(TRANSLATOR, DATES, *arguments)[1].splitlines()
    assert len(lines) == 3
    for line in lines:
        score, log_p, *text = line.split()
        cut = line.endswith("…")
        length = len("".join(text).rstrip("…")) + (not cut)
        assert float(score) == pytest.approx(float(log_p) / ((5 + length) / 6), abs=2e-3)


def test_an_example_is_predicted_where_there_is_no_text(run) -> None:
    status, out, _ = run(SPIRALS, Choice("spirals", {"count": 40}), "--example", 2)
    lines = out.splitlines()
    assert status == 0
    assert lines[0] == "Example 2 of 4, held out"
    assert [line.split()[0] for line in lines[1:4]] == ["input", "target", "predicted"]
    assert "accuracy" in lines[4]


@pytest.mark.parametrize(
    ("design", "task", "arguments", "sentence"),
    [
        (READER, NAMES, ("--beam", 2), "Only a network with an encoder"),
        (SPIRALS, Choice("spirals", {"count": 40}), ("--example", 5), "There are 4 examples; got 5."),
        (SPIRALS, Choice("spirals"), ("--prompt", "a"), "This network does not read a text that you type."),
        (TRANSLATOR, DATES, (), "There is nothing to read."),
    ],
)
def test_what_a_network_cannot_do_is_reported(run, design, task, arguments, sentence) -> None:
    status, out, err = run(design, task, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith(sentence)
