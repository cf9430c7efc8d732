"""Slice: a range of the features of each value."""

from rnnstudio.design.constraints import Integer
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.spec import NodeSpec, ParamProblem, ParamSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import EITHER, RunningNode, register_node


def columns(params: Params, size: int) -> slice:
    """Return the range of features to keep, out of the given number.

    Raises
    ------
    ParamProblem
        If there are too few features.
    """
    start, stop = int(params["start"] or 0), params["stop"]
    end = size if stop is None else int(stop)
    if not size:  # the data is not known
        return slice(0, max(end - start, 0))
    if end > size:
        raise ParamProblem(
            "stop",
            message("It ends before feature {end}, and what comes in has {size}.", end=end, size=size),
            None,
        )
    if start >= end:
        raise ParamProblem(
            "start",
            message(
                "It starts at feature {start} and ends before {end}, so that nothing is kept.",
                start=start,
                end=end,
            ),
            0,
        )
    return slice(start, end)


def _infer(params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    kept = columns(params, inputs["input"].size)
    return {"output": inputs["input"].with_size(kept.stop - kept.start)}


SPEC = NodeSpec(
    kind="slice",
    title="Slice",
    family="structure",
    description="Keeps some neighbouring features of each step of a sequence, or of a vector.",
    reference="y = x[from:to]",
    inputs=(PortSpec("input", "Input", EITHER),),
    outputs=(PortSpec("output", "Output", EITHER),),
    params=(
        ParamSpec("start", "From", Integer(0, 1_000_000), 0, "The first feature kept, counted from 0."),
        ParamSpec(
            "stop",
            "To",
            Integer(1, 1_000_000, optional=True),
            None,
            "The feature before which it ends; off for all the rest.",
        ),
    ),
    infer=_infer,
    summary=lambda params: (
        f"features from {params['start']}" + (f" to {params['stop']}" if params["stop"] else "")
    ),
)


@register_node(SPEC)
class Slice(RunningNode):
    """``output = input[:, from:to]``."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        rows = self.rows(t0, t1)
        kept = columns(self.params, self.input_shapes["input"].size)
        self.outputs["output"][rows] = self.inputs["input"][rows, kept]

    def backward(self, t0: int, t1: int) -> None:
        """``d_input[:, from:to] += d_output``."""
        rows = self.rows(t0, t1)
        kept = columns(self.params, self.input_shapes["input"].size)
        self.d_inputs["input"][rows, kept] += self.d_outputs["output"][rows]
