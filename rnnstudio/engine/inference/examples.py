"""Examples: what the network reads, its targets and its predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.model import TrainingPlan
from rnnstudio.design.signals import MAIN_CLOCK, Content
from rnnstudio.design.streams import Stream
from rnnstudio.engine.inference.decoding import feedback_heads, input_streams
from rnnstudio.engine.nodes.binary import Binary
from rnnstudio.engine.nodes.classification import Classification
from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.program.batches import Batch, make_batch
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.training.metrics import Mean, MeanLoss

Array = NDArray[Any]
MOST_STEPS = 1024  # maximum number of steps shown
MOST_CLASSES = 5  # number of most likely classes shown for one prediction


@dataclass(frozen=True)
class Row:
    """One stream of an example, or the prediction of a head.

    Attributes
    ----------
    role : "input", "target" or "prediction"
    head : the head of a target or a prediction
    clock : the clock; rows of one clock have the same steps
    sequence : whether there is a value for each step
    texts : the token at each step; for the prediction of one class, the most likely classes
    shares : the probability of each of ``texts``, for predictions
    right : whether each of ``texts`` is the target, for predictions; None if the target does not count
    values : numbers (steps, features), with one step for a vector; for binary features the probability of yes
    """

    title: str
    role: str
    head: str = ""
    clock: str = MAIN_CLOCK
    sequence: bool = True
    texts: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    right: tuple[bool | None, ...] = ()
    values: Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))


@dataclass(frozen=True)
class Example:
    """An example with the predictions of the network.

    Attributes
    ----------
    number, count : the index of the example, from 0, and the number of examples
    held_out : whether it was held out of training
    own : whether the predictions of the network were fed back, instead of targets
    loss : the loss of the example; None if no target counts
    metrics : other metrics, such as accuracy; None if no target counts
    """

    number: int
    count: int
    held_out: bool
    own: bool
    loss: float | None
    metrics: Mapping[str, float | None]
    rows: tuple[Row, ...]


def held_out(data: TaskData, plan: TrainingPlan) -> tuple[Array, bool]:
    """Return the indices of the examples to show, and whether they were held out of training."""
    training, validation = data.split(plan.validation, plan.seed)
    return (validation, True) if len(validation) else (training, False)


def example_source(data: TaskData, plan: TrainingPlan, number: int) -> str:
    """Return the source text of one of those examples, or an empty string."""
    known, _ = held_out(data, plan)
    for stream in data.facts.streams:
        if stream.role == "input" and stream.clock != MAIN_CLOCK and stream.name in data.symbols:
            tokens = data.streams[stream.name][known[number % len(known)]]
            return data.decode([token for token in tokens if token != stream.end], stream.name)
    return ""


def show_example(program: Program, data: TaskData, number: int) -> Example:
    """Run one of the examples of `held_out`, feeding back predictions."""
    known, are_held_out = held_out(data, program.design.plan)
    number %= len(known)
    batch = make_batch(data, known[number : number + 1])
    own = bool(feedback_heads(program))
    for head in program.heads:
        head.needs_prediction = True
    program.sampling_probability = float(own)
    program.feed(batch)
    with np.errstate(all="ignore"):
        program.forward(0, batch.packing.steps, training=False)
    metrics = {name: Mean(*pair).value for name, pair in program.metrics().items()}
    loss = MeanLoss()
    loss.add(program.heads)
    rows = tuple(_rows(program, data, batch))
    return Example(number, len(known), are_held_out, own, loss.value, metrics, rows)


def _rows(program: Program, data: TaskData, batch: Batch) -> Iterator[Row]:
    for stream in input_streams(program):
        yield _given(stream, data, batch.streams[stream.name], "input")
    for node_id, node in program.nodes.items():
        if isinstance(node, HeadNode) and node.stream is not None:
            yield _given(node.stream, data, node.targets, "target", node_id, sequence=node.is_per_step)
            yield _predicted(node, node_id, data)


def _given(
    stream: Stream, data: TaskData, values: Array, role: str, head: str = "", *, sequence: bool | None = None
) -> Row:
    if sequence is None:
        sequence = stream.signal.value == "sequence"
    if stream.content is Content.TOKENS:
        texts = _up_to_end([_text(data, stream, int(token)) for token in values], stream, values)
        return Row(stream.title, role, head, stream.clock, sequence, texts[:MOST_STEPS])
    numbers = np.asarray(values[:MOST_STEPS], np.float32)
    return Row(stream.title, role, head, stream.clock, sequence, values=numbers)


def _predicted(head: HeadNode, node_id: str, data: TaskData) -> Row:
    stream = head.stream
    assert stream is not None
    if not isinstance(head, Classification):
        yes = head.probabilities(0, head.packing.steps) if isinstance(head, Binary) else None
        values = head.outputs["prediction"] if yes is None else yes
        values = np.asarray(values[:MOST_STEPS], np.float32)
        return Row(stream.title, "prediction", node_id, stream.clock, head.is_per_step, values=values)
    probabilities = head.probabilities(0, head.packing.steps)
    if not head.is_per_step:
        best = np.argsort(-probabilities[0], kind="stable")[:MOST_CLASSES]
        wanted = int(head.targets[0])
        return Row(
            stream.title,
            "prediction",
            node_id,
            stream.clock,
            False,
            tuple(_text(data, stream, int(token)) for token in best),
            tuple(float(share) for share in probabilities[0, best]),
            tuple(bool(token == wanted) if head.target_mask[0] else None for token in best),
        )
    predicted = head.outputs["prediction"][:MOST_STEPS]
    texts = _up_to_end([_text(data, stream, int(token)) for token in predicted], stream, predicted)
    shares = probabilities[np.arange(len(predicted)), predicted]
    judged = zip(head.target_mask[: len(predicted)], head.targets[: len(predicted)] == predicted, strict=True)
    right = [bool(is_right) if counts else None for counts, is_right in judged]
    count = len(texts)
    return Row(
        stream.title,
        "prediction",
        node_id,
        stream.clock,
        True,
        texts,
        tuple(float(share) for share in shares[:count]),
        tuple(right[:count]),
    )


def _up_to_end(texts: list[str], stream: Stream, tokens: Array) -> tuple[str, ...]:
    """Return the texts up to the first end token."""
    ends = np.flatnonzero(tokens == (-1 if stream.end is None else stream.end))
    return tuple(texts[: int(ends[0]) + 1] if stream.end is not None and len(ends) else texts)


def _text(data: TaskData, stream: Stream, token: int) -> str:
    if token < 0:
        return ""
    symbols = data.symbols.get(stream.name)
    return str(token) if symbols is None else symbols[token]
