"""Classification head: softmax cross-entropy, at each step or once for a sequence.

CS230 sheet on recurrent networks, "Loss function": the loss of all time steps is the sum of the
loss at each; here, as everywhere in this program, divided by the number of predictions.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnstudio.design.constraints import Integer, Numbers, StreamName, read_numbers
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import NodeSpec, ParamProblem, ParamSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import Array, register_node
from rnnstudio.engine.nodes.data import PER, WEIGHT, HeadNode, Metrics, head_output, head_stream, prediction
from rnnstudio.engine.nodes.numeric import largest_if_close, row_sums
from rnnstudio.engine.program.packed_sequence import PackedSequence


def _infer(params: Params, inputs: PortShapes, facts: Facts) -> PortShapes:
    logits = inputs["logits"]
    stream = head_stream(params, logits, "logits", facts, Content.TOKENS)
    classes, count = logits.size, len(read_numbers(str(params["class_weights"])))
    if classes and count not in (0, classes):
        raise ParamProblem(
            "class_weights",
            message(
                "There are {classes} classes and {count} class weights; give one number for each, or none.",
                classes=classes,
                count=count,
            ),
            "",
        )
    ignored = params["ignore"]
    if classes and ignored is not None and int(ignored) >= classes:
        raise ParamProblem(
            "ignore",
            message(
                "The ignored class is {ignored}, and the classes are 0 to {last}.",
                ignored=ignored,
                last=classes - 1,
            ),
            None,
        )
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
        ParamSpec(
            "class_weights",
            "Class weights",
            Numbers(),
            "",
            "What a prediction counts for by its target's class: one number for each class; empty for 1.",
        ),
        ParamSpec(
            "ignore",
            "Ignored class",
            Integer(0, 1_000_000, optional=True),
            None,
            "A class that is not learned and not counted where it is the target, such as padding.",
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
    """``loss = weight · weighted mean of -log softmax(logits)[target]`` over all predictions, in nats.

    Each prediction has the weight of its target's class; see ``weight`` and ``ignore_index`` of PyTorch's
    cross_entropy.
    """

    can_assign_gradients = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        logits = self.input_shapes["logits"]
        self.stream = head_stream(self.params, logits, "logits", self.facts, Content.TOKENS)
        self.class_weights = np.array(read_numbers(str(self.params["class_weights"])))
        self.ignored = self.params["ignore"]

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; also allocates the probabilities and the loss of each prediction."""
        super().allocate(packing, dtype)
        self.softmax = self.array("softmax", (self.count, self.input_shapes["logits"].size), dtype)
        self.losses = self.array("losses", (self.count,), dtype)

    def feed(self, streams: Mapping[str, Array]) -> None:
        """See `HeadNode`; also computes the weight of each prediction."""
        super().feed(streams)
        target_mask = self.targets >= 0
        if self.ignored is not None:
            target_mask &= self.targets != self.ignored
        self.row_weights: Array | None = None  # all weights are equal
        if len(self.class_weights):
            self.row_weights = np.where(target_mask, self.class_weights[self.targets], 0)
            target_mask = self.row_weights != 0  # weight 0 does not count either
        self.target_mask = target_mask
        self.counted = int(np.count_nonzero(target_mask))
        self.total = float(self.counted if self.row_weights is None else self.row_weights.sum())
        if self.row_weights is None and self.counted < self.count:
            self.row_weights = target_mask.astype(np.float64)

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """``p = exp(logits - max) / sum``, and ``loss = log sum - (logits - max)[target]``."""
        rows = self.rows(t0, t1, "logits")
        softmax = self.softmax[rows]
        logits = self.inputs["logits"][rows]
        near = largest_if_close(logits)
        np.subtract(logits, logits.max(axis=1, keepdims=True) if near is None else near, out=softmax)
        if self.fed:
            np.negative(softmax[np.arange(len(softmax)), self.targets[rows]], out=self.losses[rows])
        np.exp(softmax, out=softmax)
        total = row_sums(softmax)
        softmax *= 1 / total
        if self.fed:
            losses = self.losses[rows]
            losses += np.log(total[:, 0])
            np.maximum(losses, 0, out=losses)  # -log p is negative only by rounding
        if self.needs_prediction and len(softmax):
            self.writable_output("prediction")[rows] = (
                logits.argmax(axis=1) if self.choose is None else self.choose(softmax)
            )
        if t1 == self.packing.steps and self.fed:
            self._compute_loss()

    def _compute_loss(self) -> None:
        """Set ``loss`` after all steps."""
        if self.row_weights is None:
            total = float(self.losses.sum(dtype=np.float64))
        else:
            total = float(np.dot(self.loss_by_row(), self.row_weights))
        self.loss = self.weight * total / (self.total or 1)

    @property
    def predictions(self) -> float:
        """See `HeadNode`; with class weights, the sum of the weights of the predictions."""
        return self.total

    def loss_by_row(self) -> Array:
        """Return ``-log p[target]`` of each prediction in nats, or 0 if it does not count."""
        return np.where(self.target_mask, self.losses, 0)

    def backward(self, t0: int, t1: int) -> None:
        """``d_logits += weight · w[target] (softmax - one_hot(target)) / sum of w[target]``."""
        rows = self.rows(t0, t1, "logits")
        loss_scale = self.weight / (self.total or 1)
        d_logits = self.softmax[rows] * loss_scale
        d_logits[np.arange(len(d_logits)), self.targets[rows]] -= loss_scale
        if self.row_weights is not None:
            d_logits *= self.row_weights[rows, None].astype(d_logits.dtype)
        self.add_input_gradient("logits", rows, d_logits)

    def probabilities(self, t0: int, t1: int) -> Array:
        """Return the predicted distribution of the range's rows, ``(rows, classes)``."""
        return self.softmax[self.rows(t0, t1, "logits")]

    def metrics(self) -> Metrics:
        """See `HeadNode`: the fraction of predictions whose most probable class is the target."""
        right = (self.inputs["logits"].argmax(axis=1) == self.targets) & self.target_mask
        return {"accuracy": (float(np.count_nonzero(right)), float(self.counted))}
