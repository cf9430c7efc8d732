"""A package of plug-ins that RNN Studio does not know: one part of each kind."""

import json

import numpy as np

from rnnstudio.design.constraints import Integer, Real
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortSpec
from rnnstudio.engine.cells.base import CellSpec, register_cell
from rnnstudio.engine.nodes.base import ParameterInit, RunningNode, register_node
from rnnstudio.engine.optimizers.base import OPTIMIZERS, Optimizer, OptimizerSpec
from rnnstudio.engine.schedules.base import SCHEDULES, Schedule, ScheduleSpec
from rnnstudio.engine.tasks.base import TASKS, TaskSpec, next_token_data
from rnnstudio.engine.weights.emitter import register_emitter
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, WeightFormat, Weights

# ------------------------------------------------------------------------------------------- a cell

register_cell(
    CellSpec(
        kind="demo_minimal",
        title="Minimal gated unit",
        description="One gate decides what to keep and what to look at.",
        reference="Zhou et al. 2016, Minimal Gated Unit for Recurrent Neural Networks",
        equations=lambda params: (
            "f = sigmoid(W_f @ x + U_f @ h_prev + b_f)\n"
            "n = tanh(W_n @ x + U_n @ (f * h_prev) + b_n)\n"
            "h = (1 - f) * h_prev + f * n"
        ),
        gate_titles={"f": ("forget gate", "forget"), "n": ("candidate", "candidate")},
    )
)

# ------------------------------------------------------------------------------------------- a node


@register_node(
    NodeSpec(
        kind="demo_gain",
        title="Gain",
        family="layer",
        description="Multiplies each feature by a learned factor.",
        infer=lambda params, inputs, facts: {"output": inputs["input"]},
        inputs=(PortSpec("input", "Input", (Signal.SEQUENCE,)),),
        outputs=(PortSpec("output", "Output", (Signal.SEQUENCE,)),),
        params=(ParamSpec("start", "Start", Real(0.1, 10), 1.0, "The factor of each feature at first."),),
        weights=lambda params, inputs, facts: {"a": (inputs["input"].size,)},
    )
)
class Gain(RunningNode):
    """``output = a * input``."""

    def parameters(self):
        start = float(self.params["start"])
        shape = (self.input_shapes["input"].size,)
        return {"a": ParameterInit(shape, lambda rng, shape: np.full(shape, start))}

    def forward(self, t0, t1, *, training):
        rows = self.packing.slice(t0, t1)
        np.multiply(self.inputs["input"][rows], self.weights["a"], out=self.outputs["output"][rows])

    def backward(self, t0, t1):
        rows = self.packing.slice(t0, t1)
        self.d_inputs["input"][rows] += self.d_outputs["output"][rows] * self.weights["a"]

    def gather(self):
        self.gradients["a"] += (self.d_outputs["output"] * self.inputs["input"]).sum(axis=0)


# ------------------------------------------------------------------------------------------- a task


def counting(params):
    """Return sequences that count up through the letters from a random one."""
    rng = np.random.default_rng(0)
    starts = rng.integers(0, 4, int(params["sequences"]))
    lengths = rng.integers(3, 9, len(starts))
    rows = [np.arange(s, s + n, dtype=np.int32) % 4 for s, n in zip(starts, lengths, strict=True)]
    return next_token_data(tuple("abcd"), rows, "letter")


TASKS.register(
    TaskSpec(
        kind="demo_counting",
        title="Counting",
        description="Letters in their order, over and over.",
        params=(ParamSpec("sequences", "Sequences", Integer(2, 10_000), 200, "How many."),),
        open=counting,
        sample_prompt="ab",
    )
)

# ------------------------------------------------------------------------------------- an optimizer


class SignDescent(Optimizer):
    """``w -= learning_rate * sign(g)``."""

    def move(self, w, g, *arrays):
        w -= self.learning_rate * np.sign(g)


OPTIMIZERS.register(
    OptimizerSpec(
        kind="demo_sign",
        title="Sign descent",
        params=(
            ParamSpec("learning_rate", "Learning rate", Real(0, 1, open_minimum=True), 0.01, "Each move."),
        ),
        make=SignDescent,
        slots=lambda params: 0,
    )
)

# -------------------------------------------------------------------------------------- a schedule


class Halving(Schedule):
    """``learning_rate / 2^epochs``, but never less than half of it."""

    def rate(self, step, epochs):
        return self.span.learning_rate * max(0.5, 0.5**epochs)


SCHEDULES.register(ScheduleSpec("demo_halving", "Halving", (), Halving))

# --------------------------------------------------------------------------------- a weight format


def encode(model, report, options):
    arrays = {name: {"dtype": str(a.dtype), "values": a.tolist()} for name, a in model.arrays.items()}
    return json.dumps(arrays).encode()


def decode(data, source):
    arrays = json.loads(data)
    return Weights({name: np.array(a["values"], a["dtype"]) for name, a in arrays.items()})


WEIGHT_FORMATS.register(WeightFormat("demo_json", "JSON numbers", ".demo", encode, decode))

# ----------------------------------------------- how a format of another module writes the node above


@register_emitter("demo_text", "demo_gain")
def write_gain(node, lines):
    lines.add(node, f"gain by {lines.numbers(node.weights['a'])}")
