"""Dropout: sets a fraction of the features to zero while training.

Srivastava et al. 2014, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", in the inverted
form: the remaining features are scaled up, so that nothing changes in inference mode. Gal & Ghahramani 2016,
"A Theoretically Grounded Application of Dropout in Recurrent Neural Networks", for one mask at all steps of a
sequence.
"""

from typing import Any

import numpy as np

from rnnstudio.design.constraints import Flag, Real
from rnnstudio.design.model import Params, Value
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import EITHER, Array, RunningNode, register_node
from rnnstudio.engine.program.packed_sequence import PackedSequence

LEVELS = 1 << 16  # the rate is a multiple of 1 / LEVELS
AT_ONCE = 1 << 14  # features that are drawn at a time


def _infer(_params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    return {"output": inputs["input"]}


def _percent(rate: Value) -> str:
    """Return a rate as a percentage; an invalid rate from a file is returned as it is."""
    return f"{float(rate):.0%}" if isinstance(rate, int | float) and 0 <= rate <= 1 else str(rate)


SPEC = NodeSpec(
    kind="dropout",
    title="Dropout",
    family="layer",
    description="Sets a random share of the features to zero in training, against overfitting.",
    reference="Srivastava et al. 2014; Gal & Ghahramani 2016 for one mask a sequence",
    inputs=(PortSpec("input", "Input", EITHER),),
    outputs=(PortSpec("output", "Output", EITHER),),
    params=(
        ParamSpec("rate", "Rate", Real(0.0, 0.95), 0.2, "Share of the features that is set to zero."),
        ParamSpec(
            "variational",
            "One mask a sequence",
            Flag(),
            False,
            "Silences the same features at all steps of a sequence (variational dropout).",
        ),
    ),
    infer=_infer,
    tape_width=lambda params, inputs: 0 if params["variational"] else inputs["input"].size,
    summary=lambda params: (
        f"{_percent(params['rate'])} in training"
        + (" · one mask a sequence" if params["variational"] else "")
    ),
    hue="output",
)


@register_node(SPEC)
class Dropout(RunningNode):
    """``output = input * mask / (1 - rate)`` in training, ``output = input`` otherwise."""

    can_assign_gradients = True
    dropping = False  # whether the last pass was in training mode

    @property
    def shared(self) -> bool:
        """Whether there is one mask for all steps of a sequence."""
        return bool(self.params["variational"]) and self.input_shapes["input"].signal is Signal.SEQUENCE

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; also allocates a scaled mask of the output rows, or of the sequences."""
        super().allocate(packing, dtype)
        rows, features = self.outputs["output"].shape
        self.mask = self.array("mask", (packing.batch if self.shared else rows, features), dtype)

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        rows = self.rows(t0, t1)
        values, output = self.inputs["input"][rows], self.outputs["output"][rows]
        self.dropping = training and bool(self.params["rate"])
        if not self.dropping:
            output[...] = values
        elif self.shared:
            if t0 == 0:
                self._begin()
            np.multiply(values, self.mask[self.packing.sequence[rows]], out=output)
        else:
            mask = self.mask[rows]
            self._draw(mask)
            np.multiply(values, mask, out=output)

    def _begin(self) -> None:
        """Draw the masks of a batch; continued sequences keep theirs."""
        self._draw(self.mask)
        if self.carried is not None:
            self.mask[: len(self.carried[0])] = self.carried[0]

    def _draw(self, mask: Array) -> None:
        """Fill a mask from 16 random bits per feature, four times as fast as random floats."""
        threshold = round(float(self.params["rate"] or 0) * LEVELS)
        scale = mask.dtype.type(LEVELS / (LEVELS - threshold))
        flat = mask.reshape(-1)
        for start in range(0, flat.size, AT_ONCE):
            some = flat[start : start + AT_ONCE]
            drawn = self.rng.bit_generator.random_raw(-(-some.size // 4))
            bits = np.asarray(drawn).view(np.uint16)[: some.size]
            np.multiply(bits >= threshold, scale, out=some)

    def backward(self, t0: int, t1: int) -> None:
        """``d_input += d_output * mask``."""
        rows = self.rows(t0, t1)
        d_output = self.d_outputs["output"][rows]
        if self.dropping:
            d_output *= self.mask[self.packing.sequence[rows]] if self.shared else self.mask[rows]
        self.add_input_gradient("input", rows, d_output)

    def carry_states(self, count: int) -> None:
        """See `RunningNode`; a continued sequence keeps its mask."""
        if self.shared:
            self.carried = [self.mask[:count].copy()]
