"""The design, data and batches of a point, the same for all contestants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio import resources
from rnnstudio.bench.points import Point
from rnnstudio.design import codec
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId, TrainingPlan
from rnnstudio.design.rules import Report, check
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine import datasets
from rnnstudio.engine.catalogue import catalogue

Array = NDArray[Any]
Columns = Mapping[str, Sequence[Array]]
RAGGED_BATCHES = 4  # of different lengths, so that the packing changes from step to step
TEMPLATE_BATCHES = 8
SEED = 1


@dataclass(frozen=True)
class Workload:
    """The design and the batches of consecutive training steps.

    Attributes
    ----------
    batches : the examples of each batch, stream by stream; they are taken in turn
    made_ahead : whether the batches are packed before the clock starts, or in each step as in training
    """

    point: Point
    design: Design
    report: Report
    facts: Facts
    batches: tuple[Columns, ...]
    made_ahead: bool

    @property
    def rows(self) -> float:
        """The mean number of valid time steps in a batch."""
        name = next(s.name for s in self.facts.streams if s.signal is Signal.SEQUENCE)
        return float(np.mean([sum(len(row) for row in batch[name]) for batch in self.batches]))


def workload(point: Point) -> Workload:
    """Return the design and data of a point, the same on each call."""
    return _template(point) if point.template else _plain(point)


def _template(point: Point) -> Workload:
    design = codec.load(resources.templates()[point.template])
    data = datasets.open_task(design.task)
    size = design.plan.batch_size
    training, _ = data.split(design.plan.validation, design.plan.seed)
    order = np.random.default_rng(SEED).permutation(training)[: TEMPLATE_BATCHES * size]
    batches = tuple(
        {name: [rows[i] for i in order[start : start + size]] for name, rows in data.streams.items()}
        for start in range(0, len(order), size)
    )
    return Workload(point, design, check(design, catalogue(), data.facts), data.facts, batches, False)


def _plain(point: Point) -> Workload:
    """Return a sequence of numbers, a cell, and the squared error of its output at each step."""
    design = _design(point)
    outputs = point.units * (2 if point.both else 1)
    facts = Facts(
        (
            Stream("x", "Input", "input", Signal.SEQUENCE, Content.REAL, point.input),
            Stream("y", "Target", "target", Signal.SEQUENCE, Content.REAL, outputs),
        ),
        {"T": point.T},
    )
    rng = np.random.default_rng(SEED)
    batches = []
    for _ in range(RAGGED_BATCHES if point.ragged else 1):
        lengths = rng.integers(1, point.T + 1, point.B) if point.ragged else np.full(point.B, point.T)
        x = [rng.standard_normal((steps, point.input)).astype(np.float32) for steps in lengths]
        y = [rng.uniform(-0.9, 0.9, (steps, outputs)).astype(np.float32) for steps in lengths]
        batches.append({"x": x, "y": y})
    return Workload(point, design, check(design, catalogue(), facts), facts, tuple(batches), True)


def _design(point: Point) -> Design:
    params: dict[str, Any] = {"units": point.units}
    if point.both:
        params |= {"layers": 2, "direction": "both"}
    source, cell, head = NodeId("input"), NodeId("cell"), NodeId("head")
    nodes = (Node(source, "sequence_input"), Node(cell, point.cell, params=params), Node(head, "regression"))
    links = (
        Link(LinkId("l1"), source, "sequence", cell, "sequence"),
        Link(LinkId("l2"), cell, "sequence", head, "values"),
    )
    plan = TrainingPlan(batch_size=point.B, optimizer=Choice("adam"), clip_norm=1.0, dtype="float32")
    return Design(name=point.title, nodes=nodes, links=links, plan=plan)


def number(node: Node, name: str) -> int:
    """Return an integer parameter of a node."""
    value = node.params[name]
    assert isinstance(value, int)
    return value
