"""The baseline of a design: the loss of a simple answer to its task, for comparison."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice

import numpy as np

from rnnstudio.design.model import Design, Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import NodeSpec
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.tasks.base import TASKS, Baseline, TaskData

CROSS_ENTROPY, MSE = "cross-entropy", "mse"
LOOKED_AT = 1000  # examples used for a mean
Head = tuple[NodeSpec, Params]


def heads(design: Design) -> list[Head]:
    """Return the kind and the complete parameters of each head."""
    kinds = catalogue().nodes
    known = [(kinds.get(node.kind), node.params) for node in design.nodes if node.kind in kinds]
    return [(spec, spec.complete(params)) for spec, params in known if spec.family == "head"]


def counted_by(head: Head) -> str:
    """Return the kind of a head's loss: its parameter ``loss``, or cross-entropy in nats if it has none."""
    return str(head[1].get("loss", CROSS_ENTROPY))


def in_nats(design: Design) -> bool:
    """Return whether the loss is a cross-entropy, so that it can be shown in nats and bits."""
    return all(counted_by(head) == CROSS_ENTROPY for head in heads(design))


def find_baseline(design: Design, data: TaskData) -> Baseline | None:
    """Return the baseline for the loss of a design's only head, or None if none is known.

    A baseline of the task for the head's target takes precedence. Otherwise the baseline is guessing among
    the classes, or always predicting the mean.

    Raises
    ------
    StudioError
        If the task's data has no target for the head.
    """
    found = heads(design)
    if len(found) != 1:
        return None
    (head,) = found
    params, loss = head[1], counted_by(head)
    content = Content.TOKENS if Content.TOKENS in head[0].outputs[0].contents else Content.REAL
    signals = (Signal.SEQUENCE,) if params.get("per") == "step" else (Signal.VECTOR, Signal.SEQUENCE)
    stream = data.facts.stream("target", str(params.get("target", "")), signals, content)
    if stream is None or stream.binary:
        return None
    told = TASKS.get(design.task.kind).baselines(data)
    simple = next((b for b in told if (b.stream, b.loss) == (stream.name, loss)), None)
    if simple is None and content is Content.TOKENS and stream.size > 1:
        simple = Baseline(stream.name, loss, math.log(stream.size), "guessing")
    if simple is None and loss == MSE:
        simple = Baseline(stream.name, loss, _variance(data, stream.name), "the mean")
    return None if simple is None else replace(simple, value=simple.value * float(params.get("weight") or 0))


def _variance(data: TaskData, stream: str) -> float:
    """Return the variance of each feature, averaged over the features."""
    rows = [np.atleast_2d(row) for row in islice(data.streams[stream], LOOKED_AT)]
    return float(np.concatenate(rows).var(axis=0, dtype=np.float64).mean())
