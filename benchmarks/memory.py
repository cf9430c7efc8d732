"""The classic long-memory problems, each with five seeds for weights, order and data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from benchmarks.figures import Figure
from rnnstudio.design.assign import assign
from rnnstudio.design.model import Design
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.datasets import open_task
from rnnstudio.engine.training.baseline import find_baseline
from rnnstudio.engine.training.trainer import EpochDone, Trainer
from tools.examples import template

SEEDS = (1, 2, 3, 4, 5)
SECONDS = 60.0  # limit of the adding problem
NEAR_CHANCE = 40.0  # per cent; chance is one class of four


@dataclass(frozen=True)
class Reached:
    """The best result of a run on its validation set: metric, loss, and time."""

    metric: float
    loss: float
    seconds: float


def figures() -> Iterator[Figure]:
    """Train each problem with each seed; yield the worst result, and all five as a note."""
    adding = [best(seeded("adding-gru", seed), "mse", SECONDS, enough=0.01) for seed in SEEDS]
    yield Figure(
        f"adding, T = 50: GRU, worst of {len(SEEDS)} seeds in {SECONDS:.0f} s",
        max(run.metric for run in adding),
        "MSE",
        limit=0.01,
        note=", ".join(f"{run.metric:.4f} after {run.seconds:.0f} s" for run in adding),
    )
    order = [best(seeded("temporal-order-lstm", seed), "accuracy", enough=0.001) for seed in SEEDS]
    yield accuracy("temporal order, T = 100 to 110: LSTM, worst", order, 99.0)
    # An orthogonal initializer is a remedy itself, so the network with the limit starts as in PyTorch.
    for start, limit in (("uniform", NEAR_CHANCE), ("orthogonal", None)):
        simple = [best(with_rnn(seeded("temporal-order-lstm", seed), start), "accuracy") for seed in SEEDS]
        yield Figure(
            f"temporal order, the same plan: tanh RNN, {start} start, best",
            max(100 * run.metric for run in simple),
            "%",
            limit=limit,
            note=each(simple) + "; guessing is right in 25",
        )
    copied = [best(seeded("copy-memory-gru", seed), "accuracy") for seed in SEEDS]
    copying = template("copy-memory-gru")
    without = find_baseline(copying, open_task(copying.task))
    assert without is not None
    yield Figure(
        "copy memory, T = 20: GRU, worst",
        max(run.loss for run in copied),
        "nats",
        limit=without.value / 2,
        note=", ".join(f"{run.loss:.3f}" for run in copied) + f"; without memory {without.value:.3f}",
    )
    parity = [best(seeded("parity-rnn", seed), "accuracy", enough=0.001) for seed in SEEDS]
    yield accuracy("running parity, up to 40 bits: tanh RNN, worst", parity, 99.0)


def accuracy(name: str, runs: list[Reached], limit: float) -> Figure:
    """Return the worst accuracy of several runs, in per cent."""
    worst = min(100 * run.metric for run in runs)
    return Figure(name, worst, "%", limit=limit, larger_is_better=True, note=each(runs))


def each(runs: list[Reached]) -> str:
    """Return the accuracy of each run, and how long it took to reach it."""
    return ", ".join(f"{100 * run.metric:.1f} after {run.seconds:.0f} s" for run in runs)


def seeded(name: str, seed: int) -> Design:
    """Return a template with one seed for weights, order and data."""
    design = template(name)
    for setting in (f"plan.seed={seed}", f"task.params.seed={seed}"):
        design = assign(design, catalogue(), setting)
    return design


def with_rnn(design: Design, start: str) -> Design:
    """Return the design with a simple RNN of as many units, and the given initializer, for its LSTM."""
    nodes = tuple(
        msgspec.structs.replace(node, kind="rnn", params={"units": node.params["units"], "start.U": start})
        if node.kind == "lstm"
        else node
        for node in design.nodes
    )
    return msgspec.structs.replace(design, nodes=nodes)


def best(design: Design, metric: str, seconds: float = float("inf"), enough: float | None = None) -> Reached:
    """Train to the end, for some seconds, or until an error is low enough; setup time is included."""
    started = time.perf_counter()
    error, reached = float("inf"), Reached(float("nan"), float("nan"), 0.0)
    for event in Trainer(design).run():
        elapsed = time.perf_counter() - started
        if elapsed > seconds:
            break
        if isinstance(event, EpochDone) and event.validation_loss is not None:
            value = event.metrics[metric]
            assert value is not None, "all that these tasks ask for counts"
            now = value if metric == "mse" else 1 - value
            if now < error or (now == error and event.validation_loss < reached.loss):
                later = reached.seconds if now == error else elapsed
                error, reached = now, Reached(value, event.validation_loss, later)
            if enough is not None and error < enough:
                break
    return reached
