"""Every topology learns a small task to a level that no broken network reaches."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design import codec
from rnnstudio.design.assign import assign
from rnnstudio.design.model import Design
from rnnstudio.engine import datasets
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.program.batches import make_batch
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.training.trainer import EpochDone, Trainer
from rnnstudio.resources import templates

pytestmark = pytest.mark.usefixtures("each_kernel")

OWN = Path(__file__).parents[1] / "designs"
FILES = {**templates(), **{file.stem: file for file in sorted(OWN.glob("*.rnnd"))}}


@dataclass(frozen=True)
class Lesson:
    """How a design is made small, and what it must reach on the validation set.

    ``settings`` are of the task, unless they name ``nodes`` or the ``plan``.
    ``at_least`` and ``at_most`` are bars of the metric or, as ``loss``, of the validation loss.
    """

    settings: str
    at_least: Mapping[str, float] | None = None
    at_most: Mapping[str, float] | None = None


# What is left without memory, feedback or the encoder stands behind each bar.
LESSONS = {
    "spirals-dense": Lesson("turns=1 count=600 plan.epochs=12", {"accuracy": 0.95}),  # 0.5
    "waves-gru": Lesson(
        "length=12 count=600 nodes.gru.units=16 plan.epochs=4", at_most={"mse": 0.02}
    ),  # 0.22: a flat line
    "names-start": Lesson("nodes.gru.units=48 plan.epochs=3", at_most={"loss": 2.3}),  # 2.53: the place alone
    "names-deep": Lesson(
        "nodes.embedding.features=32 nodes.gru1.units=32 nodes.gru2.units=32 plan.epochs=3",
        at_most={"loss": 2.3},
    ),
    "adding-gru": Lesson(
        "length=10 count=2000 nodes.gru.units=16 plan.epochs=5", at_most={"mse": 0.01}
    ),  # 0.167: always 1
    "temporal-order-lstm": Lesson(
        "length=10 count=1000 nodes.lstm.units=16 plan.epochs=5 plan.optimizer.params.learning_rate=0.02",
        {"accuracy": 0.95},
    ),  # 0.25
    "parity-rnn": Lesson("length=10 count=1500 plan.epochs=6", {"accuracy": 0.95}),  # 0.5
    "copy-memory-gru": Lesson(
        "delay=3 symbols=3 counted=recalled count=2000 nodes.gru.units=32 plan.epochs=8 "
        "plan.optimizer.params.learning_rate=0.01",
        {"accuracy": 0.9},
    ),  # 0.125
    "dates-encoder-decoder": Lesson(
        "formats=1 count=2000 plan.batch_size=32 plan.epochs=6", {"accuracy": 0.75}
    ),  # 0.56: the decoder alone
    "dates-attention": Lesson("formats=1 count=1500 plan.batch_size=32 plan.epochs=4", {"accuracy": 0.9}),
    "two-sided-bidirectional": Lesson("length=20 back=3 ahead=3 count=400 nodes.gru.units=12 plan.epochs=6"),
    "parity-loop": Lesson("length=10 count=1500 plan.epochs=5", {"accuracy": 0.95}),
    "bidirectional": Lesson("plan.epochs=6"),
    "bidirectional-by-hand": Lesson("plan.epochs=6"),
    "deep": Lesson("plan.epochs=6", {"accuracy": 0.95}),
    "stacked": Lesson("plan.epochs=6", {"accuracy": 0.95}),
    "loop-of-cells": Lesson("plan.epochs=6", {"accuracy": 0.95}),
    "loop-nested": Lesson("plan.epochs=8", {"accuracy": 0.95}),
    "loop-overlapping": Lesson("plan.epochs=6", {"accuracy": 0.95}),
}
BOTH_WAYS = ("two-sided-bidirectional", "bidirectional", "bidirectional-by-hand")
MEASURED = ("names-gru", "sonnets-lstm")  # by `make bench`, and in the journeys


def lesson(name: str) -> Design:
    design = codec.load(FILES[name])
    for setting in LESSONS[name].settings.split():
        path = setting if setting.startswith(("nodes.", "plan.")) else f"task.params.{setting}"
        design = assign(design, catalogue(), path)
    return design


def by_itself(trainer: Trainer) -> dict[str, float]:
    """Return the metrics on the validation set where the network hears only what it said itself."""
    program = trainer.program
    program.sampling_probability = 1.0
    program.feed(make_batch(trainer.data, trainer.validation))
    program.forward(0, trainer.data.facts.steps["T"], training=False)
    return {name: total / count for name, (total, count) in program.metrics().items()}


def trained(design: Design) -> dict[str, float]:
    """Train; return the metrics at the end, and the validation loss as ``loss``."""
    epochs = [event for event in Trainer(design).run() if isinstance(event, EpochDone)]
    assert epochs[-1].validation_loss is not None
    return {**epochs[-1].metrics, "loss": epochs[-1].validation_loss}


def without_the_future(data: TaskData) -> float:
    """Return the mean squared error of the best answer that does not look ahead: that of the mean."""
    values, average = (np.array(data.streams[name], np.float64)[..., 0] for name in ("values", "average"))
    steps = values.shape[1]
    middle = range(3, steps - 3)
    # The average is linear in independent numbers, so least squares on those up to now is the best.
    error = 0.0
    for at in middle:
        seen = np.column_stack([values[:, : at + 1], np.ones(len(values))])
        left = average[:, at] - seen @ np.linalg.lstsq(seen, average[:, at], rcond=None)[0]
        error += float(np.mean(left**2))
    return error / steps  # as if nothing were wrong near the ends


def test_every_design_file_has_a_lesson() -> None:
    assert set(FILES) == {*LESSONS, *MEASURED}


@pytest.mark.parametrize("name", [name for name in LESSONS if name not in BOTH_WAYS])
def test_the_design_learns(name: str) -> None:
    reached, bars = trained(lesson(name)), LESSONS[name]
    for metric, bar in (bars.at_least or {}).items():
        assert reached[metric] >= bar
    for metric, bar in (bars.at_most or {}).items():
        assert reached[metric] <= bar


@pytest.mark.parametrize(
    ("name", "metric", "bar"), [("waves-gru", "mse", 0.1), ("dates-attention", "accuracy", 0.8)]
)
def test_what_was_learnt_holds_without_the_targets(name: str, metric: str, bar: float) -> None:
    trainer = Trainer(lesson(name))
    for _ in trainer.run():
        pass
    alone = by_itself(trainer)[metric]
    assert alone > bar if metric == "accuracy" else alone < bar


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_what_reads_both_ways_sees_what_lies_ahead(name: str) -> None:
    design = lesson(name)
    assert trained(design)["mse"] < without_the_future(datasets.open_task(design.task)) / 2


def test_one_direction_alone_does_not_see_what_lies_ahead() -> None:
    design = assign(lesson("bidirectional"), catalogue(), "nodes.rnn.direction=forward")
    assert trained(design)["mse"] > without_the_future(datasets.open_task(design.task))


@pytest.mark.parametrize("name", ["parity-loop", "loop-nested", "loop-overlapping"])
def test_without_its_loops_nothing_is_remembered(name: str) -> None:
    design = lesson(name)
    cut = [link for link in design.links if link.delay]
    assert cut
    by_itself = {link.target for link in cut}
    # What is left of each concat has one input: the wire goes round it.
    links = []
    for link in design.links:
        if link.delay or link.source in by_itself:
            continue
        if link.target in by_itself:
            through = next(out for out in design.links if out.source == link.target and not out.delay)
            link = type(link)(link.id, link.source, link.source_port, through.target, through.target_port)
        links.append(link)
    nodes = tuple(node for node in design.nodes if node.id not in by_itself)
    forgetful = type(design)(nodes=nodes, links=tuple(links), task=design.task, plan=design.plan)
    assert trained(forgetful)["accuracy"] < 0.75
