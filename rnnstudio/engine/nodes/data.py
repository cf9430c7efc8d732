"""The nodes that read the batch: inputs, and heads that turn predictions into a loss."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnnstudio.design.constraints import OneOf, Real, StreamName
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortShapes, PortSpec, ShapeProblem
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.nodes.base import Array, RunningNode, zeros_of
from rnnstudio.engine.program.packed_sequence import PackedSequence

Metrics = Mapping[str, tuple[float, float]]


class InputNode(RunningNode):
    """A node that outputs one of the task's streams at its only port."""

    has_lazy_outputs = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        (given,) = self.output_shapes.values()
        name = str(self.params["stream"])
        self.stream = self.facts.stream("input", name, (given.signal,), given.content)

    def feed(self, streams: Mapping[str, Array]) -> None:
        """Set the output from the batch, which may have fewer rows than allocated.

        The output is the array of the batch itself if shape and dtype match.
        """
        if self.stream is None or self.stream.name not in streams:
            return
        rows = streams[self.stream.name]
        ((port, output),) = self.outputs.items()
        if rows.shape == output.shape and rows.dtype == output.dtype:
            rows = rows.view()
            rows.flags.writeable = False  # it belongs to the batch
            self.outputs[port] = rows
        else:
            self.writable_output(port)[: len(rows)] = rows

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Do nothing: `feed` has set the output."""


def input_spec(kind: str, title: str, description: str, port: str, gives: Shape) -> NodeSpec:
    """Return the specification of an input for streams of one signal and content.

    ``gives`` is the shape of its output if the data is not known.
    """
    tokens = gives.content is Content.TOKENS
    what = "of tokens" if tokens else f"{gives.signal.value} of numbers"

    def infer(params: Params, _inputs: PortShapes, facts: Facts) -> PortShapes:
        stream = facts.stream("input", str(params["stream"]), (gives.signal,), gives.content)
        return {port: gives if stream is None else stream.shape}

    return NodeSpec(
        kind=kind,
        title=title,
        family="input",
        description=description,
        outputs=(PortSpec(port, title, (gives.signal,), (gives.content,)),),
        params=(
            ParamSpec(
                "stream",
                "From",
                StreamName("input", gives.content),
                "",
                f"Which of the task's inputs; empty for the first {what}.",
            ),
        ),
        infer=infer,
        summary=lambda params: str(params["stream"] or "from the task"),
    )


class HeadNode(RunningNode):
    """A node that turns predictions into a loss, over the rows of its one input.

    Attributes
    ----------
    loss : the mean over the predictions that count, times the weight of the head; `forward` computes it
        at the last step if there are targets
    targets : the target of each row: (N,) or (B,) classes, or features. Class -1 and features that are NaN
        do not count. May be the array of the batch itself
    predicting : whether ``prediction`` is to be filled in
    choose : draws classes from (rows, classes) probabilities, or returns features unchanged; None for the
        most probable
    """

    has_lazy_outputs = True
    stream: Stream | None = None
    loss: float = 0.0
    needs_prediction: bool = False
    choose: Callable[[Array], Array] | None = None

    @property
    def port(self) -> str:
        """The name of the head's input."""
        return next(iter(self.input_shapes))

    @property
    def is_per_step(self) -> bool:
        """Whether there is a prediction at each step."""
        return self.input_shapes[self.port].signal is Signal.SEQUENCE

    @property
    def predicts_classes(self) -> bool:
        """Whether it predicts classes, and not features."""
        return self.output_shapes["prediction"].content is Content.TOKENS

    @property
    def weight(self) -> float:
        """The factor of the loss."""
        return float(self.params.get("weight") or 0.0)

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; there are no targets yet."""
        super().allocate(packing, dtype)
        self.count = packing.rows if self.is_per_step else packing.batch
        if self.predicts_classes:
            self.targets = zeros_of((self.count,), np.dtype(np.int32), -1)
        else:
            self.targets = zeros_of((self.count, self.input_shapes[self.port].size), dtype)
        self.fed = False
        self.loss = 0.0

    def feed(self, streams: Mapping[str, Array]) -> None:
        """Set the targets from the batch: of every step, or of the last step of each sequence."""
        self.fed = self.stream is not None and self.stream.name in streams
        if self.stream is None or not self.fed:
            return
        rows = streams[self.stream.name]
        if self.stream.signal is Signal.SEQUENCE and not self.is_per_step:
            rows = rows[self.packing.last_rows]
        if rows.shape != self.targets.shape:
            raise ValueError(f"targets of shape {rows.shape} for predictions of {self.targets.shape}")
        self.targets = rows.astype(self.targets.dtype, copy=False)

    def feedback_values(self, rows: Array) -> Array:
        """Return the targets of some rows for feedback, with the start token for classes of -1."""
        values = self.targets[rows]
        if self.stream is not None and self.predicts_classes:
            return np.where(values < 0, self.start_token, values)
        return values

    @property
    def start_token(self) -> int:
        """The value that is fed back at the first step: the start token, or 0."""
        return 0 if self.stream is None else self.stream.start

    @property
    def predictions(self) -> float:
        """Number of predictions that count, over which the loss is a mean."""
        return self.count

    @property
    def has_loss(self) -> bool:
        """Whether any prediction counts; otherwise ``loss`` is 0 and has no meaning."""
        return self.fed and self.predictions > 0 and self.weight > 0

    @abstractmethod
    def loss_by_row(self) -> Array:
        """Return the unweighted loss of each prediction, ``(N,)`` per step or ``(B,)`` per sequence."""

    @abstractmethod
    def metrics(self) -> Metrics:
        """Return (sum, count) of each metric, such as ``accuracy``, over the predictions of the pass."""


# ------------------------------------------------------------------- what every head declares

PER = ParamSpec(
    "per",
    "Predict",
    OneOf(("step", "sequence"), ("at each step", "once per sequence")),
    "step",
    "Whether each step has a target, or only the whole sequence.",
)
WEIGHT = ParamSpec(
    "weight", "Weight", Real(0.0, 1e6), 1.0, "What this head's loss counts for beside those of other heads."
)


def prediction(content: Content) -> PortSpec:
    """Return the output port of a head, whose predictions are read one step later."""
    return PortSpec("prediction", "Prediction", (Signal.SEQUENCE, Signal.VECTOR), (content,), delayed=True)


def head_stream(
    params: Params, given: Shape, port: str, facts: Facts, content: Content, *, binary: bool = False
) -> Stream | None:
    """Return the target of a head; raise `ShapeProblem` if its input does not match it."""
    is_per_step = params["per"] == "step"
    if is_per_step and given.signal is not Signal.SEQUENCE:
        raise ShapeProblem(
            port,
            message(
                "A head that predicts at each step needs a sequence on “{port}”. Connect a node that "
                "gives a sequence, or predict once per sequence.",
                port=port,
            ),
        )
    if not is_per_step and given.signal is not Signal.VECTOR:
        raise ShapeProblem(
            port,
            message(
                "A head that predicts once per sequence needs a vector on “{port}”; “Last step” gives "
                "one. Put it before this head, or predict at each step.",
                port=port,
            ),
        )
    signals = (Signal.SEQUENCE,) if is_per_step else (Signal.VECTOR, Signal.SEQUENCE)
    stream = facts.stream("target", str(params["target"]), signals, content, binary=binary)
    if stream is not None and is_per_step and given.clock not in ("", stream.clock):
        raise ShapeProblem(
            port,
            message(
                "“{stream}” is {clock} steps long, and what is linked to “{port}” is "
                "{given}. Predict from a sequence of that length, such as a decoder's.",
                stream=stream.title,
                clock=stream.clock,
                port=port,
                given=given.clock,
            ),
        )
    if stream is not None and given.size != stream.size:
        kind = message("classes") if content is Content.TOKENS else message("features")
        raise ShapeProblem(
            port,
            message(
                "The task has {size} {kind}, so “{port}” needs {size} features; it has {given}.",
                size=stream.size,
                kind=kind,
                port=port,
                given=given.size,
            ),
            size=stream.size,
        )
    return stream


def head_output(given: Shape, stream: Stream | None, content: Content) -> PortShapes:
    """Return the shape of the predictions of a head."""
    clock = given.clock if stream is None else stream.clock
    return {"prediction": Shape(given.signal, content, given.size, clock)}
