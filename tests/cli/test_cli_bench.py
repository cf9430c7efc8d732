"""The command ``bench``: output and errors. No test measures speed."""

import importlib.util
import json
import os
from collections.abc import Callable

import pytest

from rnnstudio.bench import report
from rnnstudio.bench.memory import least_memory, peak_memory
from rnnstudio.bench.ours import Ours
from rnnstudio.bench.points import FAMILIES, POINTS, Point, chosen
from rnnstudio.bench.timing import best_seconds
from rnnstudio.bench.workload import workload
from rnnstudio.cli import main
from rnnstudio.engine.compiler.runtime import kernels

SMALL = Point("lstm", "lstm", T=5, B=3, input=4, units=6)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        status = main(["bench", *arguments])
        told = capfd.readouterr()
        assert "Traceback" not in told.err
        return status, told.out, told.err

    return command


def test_json_is_an_object_for_each_point_and_then_a_summary(run: Run) -> None:
    status, out, _ = run("--json", "--quick", "--threads", "1", "--family", "rnn")
    point, summary = (json.loads(line) for line in out.splitlines())
    assert status == 0
    assert {"family", "cell", "T", "B", "input", "units", "threads", "ours_ms", "torch_ms", "ratio"} <= set(
        point
    )
    assert [point[key] for key in ("family", "cell", "T", "B", "input", "units", "threads")] == [
        "rnn", "rnn", 50, 16, 32, 32, 1,
    ]  # fmt: skip
    assert point["ours_ms"] > 0
    assert point["peak_share"] > 0  # above 1 where other work was in the way of the peak
    assert point["memory_share"] > 0
    assert point["torch_ms"] is None and point["ratio"] is None
    assert summary["event"] == "summary"
    assert summary["geomean"] == {}


def test_without_json_it_is_a_table(run: Run) -> None:
    status, out, _ = run("--quick", "--threads", "1", "--family", "gru-ragged")
    heading, line = out.splitlines()[:2]
    assert status == 0
    assert heading.split()[:6] == ["family", "T", "B", "input", "units", "threads"]
    assert line.split()[:6] == ["gru-ragged", "50", "16", "32", "32", "1"]


def test_pytorch_that_is_missing_is_reported_in_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "find_spec", lambda name: None if name == "torch" else name)
    status, out, err = run("--json", "--against", "torch")
    assert (status, out) == (1, "")
    assert err.startswith("PyTorch is not installed")
    assert "pip install torch" in err


@pytest.mark.parametrize("threads", ["0", "two", "1,", "1,999999", "-1"])
def test_threads_that_are_no_counts_are_refused(run: Run, threads: str) -> None:
    status, out, err = run("--json", f"--threads={threads}")
    assert (status, out) == (1, "")
    assert f"Threads must be counts from 1 to {os.cpu_count()}" in err


def test_an_unknown_family_is_refused_with_those_there_are(run: Run) -> None:
    status, out, err = run("--family", "transformer")
    assert status == 1 and not out
    assert "There is no family “transformer”" in err
    assert all(family in err for family in FAMILIES)


def test_only_pytorch_can_be_measured_against(run: Run) -> None:
    status, _, err = run("--against", "keras")
    assert status == 2
    assert "torch" in err


def test_every_size_of_the_published_table_is_there() -> None:
    sizes = {
        family: [(p.T, p.B, p.input, p.units) for p in POINTS if p.family == family] for family in FAMILIES
    }
    five = [(50, 16, 32, 32), (50, 32, 64, 64), (100, 32, 128, 128), (50, 64, 128, 256), (50, 64, 256, 512)]
    assert sizes["rnn"] == sizes["gru"] == sizes["lstm"] == five
    assert sizes["lstm-ragged"] == sizes["gru-ragged"] == five[:4]
    assert sizes["lstm-both-ragged"] == five[1:3]
    assert [p.template for p in POINTS if p.template] == ["names-gru", "sonnets-lstm"]


def test_a_hurried_run_takes_the_smallest_of_each_family() -> None:
    assert [p.family for p in chosen((), quick=True)] == list(FAMILIES)
    assert chosen(("lstm",), quick=True) == (Point("lstm", "lstm", 50, 16, 32, 32),)


def test_means_are_geometric_and_by_family() -> None:
    rows = [
        {"family": family, "threads": threads, "ratio": ratio}
        for family, threads, ratio in [("rnn", 1, 2.0), ("rnn", 2, 8.0), ("gru", 1, 3.0), ("lstm", 1, None)]
    ]
    summary = report.summary(rows)
    assert summary["geomean"] == {"rnn": 4.0, "gru": 3.0}
    assert summary["by_threads"] == {"1": {"rnn": 2.0, "gru": 3.0}, "2": {"rnn": 8.0}}


def test_a_step_of_the_benchmark_learns() -> None:
    ours = Ours(workload(SMALL))
    losses = [ours.step(k) for k in range(30)]
    assert losses[-1] < losses[0]


def test_the_operations_of_an_lstm_are_counted_by_its_matrices() -> None:
    # The input is multiplied once ahead and once for the gradient of its weights, the state three times.
    rows, gates = 5 * 3, 4 * 6
    assert Ours(workload(SMALL)).flops() == 2 * rows * gates * (2 * 4 + 3 * 6)


def test_the_tapes_of_an_lstm_are_counted_by_its_equations() -> None:
    # A row: input and target, i f o g, c h, tanh(c), the gradients of four products and of h. Four vectors.
    rows, weights = 5 * 3, 4 * 6 * (4 + 6 + 1)
    assert least_memory(Ours(workload(SMALL))) == 4 * (rows * (4 + 6 + 6 * (4 + 2 + 1 + 4 + 1)) + 4 * weights)


@pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
@pytest.mark.parametrize(
    "title", ["lstm-ragged (50, 16, 32, 32)", "gru-ragged (50, 16, 32, 32)", "names-gru"]
)
def test_a_step_takes_little_more_memory_than_its_tapes(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    """Of all that is measured, these three are nearest to the limit; two layers both ways are beyond it."""
    monkeypatch.setenv(kernels.VARIABLE, kernels.Kernel.COMPILED)
    ours = Ours(workload(next(point for point in POINTS if point.title == title)))
    least = least_memory(ours)
    assert peak_memory(ours) <= 1.3 * least


def test_a_time_is_the_mean_over_the_batches_of_the_best_on_each(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    taken = {0: iter([9.0, 9.0, 5.0, 1.0, 4.0]), 1: iter([9.0, 9.0, 3.0, 6.0, 2.0])}

    def step(k: int) -> None:
        nonlocal now
        now += next(taken[k])

    monkeypatch.setattr("rnnstudio.bench.timing.time.perf_counter", lambda: now)
    assert best_seconds([step], 2, 0.0, least_turns=3) == [(1.0 + 2.0) / 2]


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is never required")
@pytest.mark.parametrize("point", chosen((), quick=True), ids=lambda p: p.family)
def test_a_wrong_gradient_would_be_distinguished_from_that_of_pytorch(
    point: Point, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rnnstudio.bench.theirs import Theirs
    from rnnstudio.design.errors import StudioError

    work = workload(point)
    ours, theirs = Ours(work), Theirs(work, 1)
    theirs.require_agreement(ours)
    backward = ours.program.backward

    def wrong() -> None:
        backward()
        ours.program.gradients[-1] += 1.0

    monkeypatch.setattr(ours.program, "backward", wrong)
    with pytest.raises(StudioError, match="different things"):
        theirs.require_agreement(ours)
