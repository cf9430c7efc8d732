"""Classification head: softmax cross-entropy, at each step or once for a sequence.

CS230 sheet on recurrent networks, "Loss function": the loss of all time steps is the sum of the
loss at each; here, as everywhere in this program, divided by the number of predictions.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnstudio.design.model import Params
from rnnstudio.design.spec import Facts, NodeSpec, OneOf, ParamSpec, PortSpec, ShapeProblem, Shapes, Signal
from rnnstudio.engine.nodes.base import Array, HeadNode
from rnnstudio.engine.registries import register_node
from rnnstudio.engine.timeline import Timeline


def _infer(params: Params, inputs: Shapes, facts: Facts) -> Shapes:
    logits = inputs["logits"]
    per_step = params["per"] == "step"
    if per_step and logits.signal is not Signal.SEQUENCE:
        raise ShapeProblem(
            "logits",
            "A head that predicts at each step needs a sequence on “logits”. "
            "Connect a node that gives a sequence, or predict once per sequence.",
        )
    if not per_step and logits.signal is not Signal.VECTOR:
        raise ShapeProblem(
            "logits",
            "A head that predicts once per sequence needs a vector on “logits”; “Last step” gives one. "
            "Put it before this head, or predict at each step.",
        )
    if facts.classes and logits.size != facts.classes:
        raise ShapeProblem(
            "logits",
            f"The task has {facts.classes} classes, so “logits” needs {facts.classes} features; "
            f"it has {logits.size}.",
            size=facts.classes,
        )
    return {}


SPEC = NodeSpec(
    kind="classification",
    title="Classification",
    family="head",
    description="Softmax over the classes, and its cross-entropy against the task's targets.",
    reference="loss = −log softmax(logits)[target]",
    inputs=(PortSpec("logits", "Logits", (Signal.SEQUENCE, Signal.VECTOR)),),
    params=(
        ParamSpec(
            "per",
            "Predict",
            OneOf(("step", "sequence"), ("at each step", "once per sequence")),
            "step",
            "Whether each step has a target, or only the whole sequence.",
        ),
    ),
    infer=_infer,
    tape_width=lambda _params, inputs: inputs["logits"].size,
    summary=lambda params: "cross-entropy · " + ("each step" if params["per"] == "step" else "once"),
    hue="accent",
)


@register_node(SPEC)
class Classification(HeadNode):
    """``loss = mean of -log softmax(logits)[target]`` over all predictions, in nats."""

    def allocate(self, timeline: Timeline, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; keeps the log-probabilities and the targets."""
        super().allocate(timeline, dtype)
        self.count = timeline.rows if self.params["per"] == "step" else timeline.batch
        self.log_probabilities = np.zeros((self.count, self.input_shapes["logits"].size), dtype)
        self.targets = np.full(self.count, -1, np.int32)

    def feed(self, streams: Mapping[str, Array]) -> None:
        """Take the stream ``next``: of every step, or of each sequence's last."""
        targets = streams["next"]
        self.targets[:] = targets if self.params["per"] == "step" else targets[self.timeline.last_rows]

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """``log p = logits - max - log sum exp(logits - max)``."""
        rows = self.rows(t0, t1, "logits")
        log_p = self.log_probabilities[rows]
        logits = self.inputs["logits"][rows]
        np.subtract(logits, logits.max(axis=1, keepdims=True), out=log_p)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        if t1 == self.timeline.steps and self.targets[0] >= 0:
            self.loss = float(self.loss_by_row().mean(dtype=np.float64))

    def loss_by_row(self) -> Array:
        """Return ``-log p[target]`` of each prediction, in nats."""
        return np.asarray(-self.log_probabilities[np.arange(self.count), self.targets])

    def backward(self, t0: int, t1: int) -> None:
        """``d_logits += (softmax - one_hot(target)) / count``."""
        rows = self.rows(t0, t1, "logits")
        d_logits = np.exp(self.log_probabilities[rows])
        d_logits[np.arange(len(d_logits)), self.targets[rows]] -= 1
        d_logits *= 1 / self.count
        self.d_inputs["logits"][rows] += d_logits

    def probabilities(self, t0: int, t1: int) -> Array:
        """See `HeadNode`."""
        return np.asarray(np.exp(self.log_probabilities[self.rows(t0, t1, "logits")]))
