"""Binary head: sigmoid cross-entropy of yes/no features, at each step or once for a sequence.

One feature is binary classification, several are multi-label classification: each is independent.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnstudio.design.constraints import Numbers, StreamName, read_numbers
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import NodeSpec, ParamProblem, ParamSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine.compiler.runtime.elementwise import sigmoid
from rnnstudio.engine.nodes.base import Array, register_node
from rnnstudio.engine.nodes.data import PER, WEIGHT, Metrics, head_output, head_stream, prediction
from rnnstudio.engine.nodes.features import FeatureHead
from rnnstudio.engine.program.packed_sequence import PackedSequence


def _infer(params: Params, inputs: PortShapes, facts: Facts) -> PortShapes:
    logits = inputs["logits"]
    stream = head_stream(params, logits, "logits", facts, Content.REAL, binary=True)
    count = len(read_numbers(str(params["positive_weights"])))
    if logits.size and count not in (0, 1, logits.size):
        raise ParamProblem(
            "positive_weights",
            message(
                "There are {features} features and {count} positive weights; give one number, one for "
                "each feature, or none.",
                features=logits.size,
                count=count,
            ),
            "",
        )
    return head_output(logits, stream, Content.REAL)


SPEC = NodeSpec(
    kind="binary",
    title="Binary",
    family="head",
    description="Sigmoid of each feature, and its cross-entropy against the task's yes/no targets; "
    "several features may be yes at once.",
    reference="loss = −y log σ(x) − (1 − y) log(1 − σ(x))",
    inputs=(PortSpec("logits", "Logits", (Signal.SEQUENCE, Signal.VECTOR)),),
    outputs=(prediction(Content.REAL),),
    params=(
        PER,
        ParamSpec(
            "target",
            "Target",
            StreamName("target", Content.REAL, binary=True),
            "",
            "Which of the task's targets is predicted; empty for the first of yes/no features.",
        ),
        ParamSpec(
            "positive_weights",
            "Positive weights",
            Numbers(),
            "",
            "What a target that is yes counts for beside one that is no: one number, or one for each "
            "feature; empty for 1.",
        ),
        WEIGHT,
    ),
    infer=_infer,
    tape_width=lambda params, inputs: (4 if params["positive_weights"] else 2) * inputs["logits"].size,
    summary=lambda params: "yes/no · " + ("each step" if params["per"] == "step" else "once"),
    hue="accent",
)


@register_node(SPEC)
class Binary(FeatureHead):
    """``loss = weight · mean of -p y log σ(x) - (1 - y) log(1 - σ(x))`` over predictions and features.

    ``p`` is the feature's positive weight, as in PyTorch's BCEWithLogitsLoss.
    """

    can_assign_gradients = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        logits = self.input_shapes["logits"]
        self.stream = head_stream(self.params, logits, "logits", self.facts, Content.REAL, binary=True)

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; also allocates the probabilities."""
        super().allocate(packing, dtype)
        self.sigmoid = self.array("sigmoid", self.targets.shape, dtype)
        self.positive = np.array(read_numbers(str(self.params["positive_weights"])), dtype)

    def feed(self, streams: Mapping[str, Array]) -> None:
        """See `HeadNode`."""
        super().feed(streams)
        self.weighted_targets, self.slope = self.targets, None  # p y, and 1 + (p - 1) y if there is a p
        if len(self.positive):
            self.weighted_targets = self.targets * self.positive
            self.slope = self.weighted_targets + 1 - self.targets

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """``σ(x) = 1 / (1 + exp(-x))``; the prediction is yes if it is above 0.5."""
        rows = self.rows(t0, t1, "logits")
        logits, probabilities = self.inputs["logits"][rows], self.sigmoid[rows]
        with np.errstate(over="ignore"):
            sigmoid(logits, probabilities)
        if self.needs_prediction:
            self.writable_output("prediction")[rows] = logits > 0
        if t1 == self.packing.steps and self.fed:
            self.compute_loss()

    def cost(self) -> Array:
        """Return ``p y log(1 + exp(-x)) + (1 - y) log(1 + exp(x))``, which never overflows.

        ``log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))``. No term is negative, so the sum is not negative.
        """
        logits = self.inputs["logits"]
        # log(1 + e) is several times as fast as log1p, and exact enough for a sum of losses.
        cost = np.log(1 + np.exp(-np.abs(logits)))
        if self.slope is not None:
            cost *= self.slope
        cost += self.weighted_targets * np.maximum(-logits, 0)
        cost += (1 - self.targets) * np.maximum(logits, 0)
        return np.asarray(cost)

    def backward(self, t0: int, t1: int) -> None:
        """``d_logits += weight · (σ(x) (1 + (p - 1) y) - p y) / count``, if the target counts."""
        rows = self.rows(t0, t1, "logits")
        yes = self.sigmoid[rows]
        d_logits = (yes if self.slope is None else yes * self.slope[rows]) - self.weighted_targets[rows]
        d_logits *= self.loss_scale
        self.add_input_gradient("logits", rows, self.masked(d_logits, rows))

    def probabilities(self, t0: int, t1: int) -> Array:
        """Return the predicted probability of yes at the range's rows, ``(rows, features)``."""
        return self.sigmoid[self.rows(t0, t1, "logits")]

    def metrics(self) -> Metrics:
        """See `HeadNode`: the fraction of features that are predicted correctly with a threshold of 0.5."""
        right = (self.inputs["logits"] > 0) == (self.targets > 0.5)
        return {"accuracy": (float(self.masked(right).sum()), float(self.total))}
