"""Classification head: softmax cross-entropy, at each step or once for a sequence.

CS230 sheet on recurrent networks, "Loss function": the loss of all time steps is the sum of the
loss at each; here, as everywhere in this program, divided by the number of predictions.
"""

from typing import Any

import numpy as np

from rnnstudio.design.model import Params
from rnnstudio.design.spec import (
    Content,
    Facts,
    NodeSpec,
    ParamSpec,
    PortSpec,
    Shapes,
    Signal,
    StreamName,
)
from rnnstudio.engine.nodes.base import Array
from rnnstudio.engine.nodes.data import PER, WEIGHT, HeadNode, Metrics, head_output, head_stream, prediction
from rnnstudio.engine.registries import register_node
from rnnstudio.engine.timeline import Timeline


def _infer(params: Params, inputs: Shapes, facts: Facts) -> Shapes:
    logits = inputs["logits"]
    stream = head_stream(params, logits, "logits", facts, Content.TOKENS)
    return head_output(logits, stream, Content.TOKENS)


SPEC = NodeSpec(
    kind="classification",
    title="Classification",
    family="head",
    description="Softmax over the classes, and its cross-entropy against the task's targets.",
    reference="loss = −log softmax(logits)[target]",
    inputs=(PortSpec("logits", "Logits", (Signal.SEQUENCE, Signal.VECTOR)),),
    outputs=(prediction(Content.TOKENS),),
    params=(
        PER,
        ParamSpec(
            "target",
            "Target",
            StreamName("target", Content.TOKENS),
            "",
            "Which of the task's targets is predicted; empty for the first of classes.",
        ),
        WEIGHT,
    ),
    infer=_infer,
    tape_width=lambda _params, inputs: inputs["logits"].size,
    summary=lambda params: "cross-entropy · " + ("each step" if params["per"] == "step" else "once"),
    hue="accent",
)


@register_node(SPEC)
class Classification(HeadNode):
    """``loss = weight · mean of -log softmax(logits)[target]`` over all predictions, in nats."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        logits = self.input_shapes["logits"]
        self.stream = head_stream(self.params, logits, "logits", self.facts, Content.TOKENS)

    def allocate(self, timeline: Timeline, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; keeps the log-probabilities."""
        super().allocate(timeline, dtype)
        self.log_probabilities = self.array("log p", (self.count, self.input_shapes["logits"].size), dtype)

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """``log p = logits - max - log sum exp(logits - max)``."""
        rows = self.rows(t0, t1, "logits")
        log_p = self.log_probabilities[rows]
        logits = self.inputs["logits"][rows]
        np.subtract(logits, logits.max(axis=1, keepdims=True), out=log_p)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        if self.predicting and len(log_p):
            chosen = log_p.argmax(axis=1) if self.choose is None else self.choose(np.exp(log_p))
            self.outputs["prediction"][rows] = chosen
        if t1 == self.timeline.steps and self.fed:
            self.counted = np.flatnonzero(self.targets >= 0)
            total = self.loss_by_row().sum(dtype=np.float64)
            self.loss = self.weight * float(total) / max(len(self.counted), 1)

    @property
    def predictions(self) -> int:
        """See `HeadNode`."""
        return len(self.counted)

    def loss_by_row(self) -> Array:
        """Return ``-log p[target]`` of each prediction in nats, 0 where it is not counted."""
        losses = -self.log_probabilities[np.arange(self.count), self.targets]
        return np.where(self.targets >= 0, losses, 0)

    def backward(self, t0: int, t1: int) -> None:
        """``d_logits += weight · (softmax - one_hot(target)) / count``, where it is counted."""
        rows = self.rows(t0, t1, "logits")
        targets = self.targets[rows]
        d_logits = np.exp(self.log_probabilities[rows])
        d_logits[np.arange(len(d_logits)), targets] -= 1
        if len(self.counted) < self.count:
            d_logits[targets < 0] = 0
        d_logits *= self.weight / max(len(self.counted), 1)
        self.d_inputs["logits"][rows] += d_logits

    def probabilities(self, t0: int, t1: int) -> Array:
        """Return the predicted distribution of the range's rows, ``(rows, classes)``."""
        return np.asarray(np.exp(self.log_probabilities[self.rows(t0, t1, "logits")]))

    def metrics(self) -> Metrics:
        """See `HeadNode`: the share of predictions whose likeliest class is the target."""
        right = self.log_probabilities.argmax(axis=1) == self.targets
        return {"accuracy": (float(right.sum()), float(len(self.counted)))}
