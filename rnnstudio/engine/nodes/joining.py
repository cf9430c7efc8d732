"""The base of concat, add and multiply: two to four inputs, sequences or vectors, and one output."""

from collections.abc import Mapping
from functools import partial

from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Shape, Signal
from rnnstudio.design.spec import NodeSpec, PortShapes, PortSpec, ShapeProblem
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import EITHER, Array, RunningNode

NAMES = ("a", "b", "c", "d")


def joined(inputs: PortShapes, size: int) -> PortShapes:
    """Return the shape of the output with ``size`` features: a sequence if any input is one."""
    sequences = [shape for shape in inputs.values() if shape.signal is Signal.SEQUENCE]
    # A value from a loop has no clock until the loop is closed.
    first = next((shape for shape in sequences if shape.clock), next(iter([*sequences, *inputs.values()])))
    return {"output": first.with_size(size)}


def of_one_size(what: str, _params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    """Infer the output of inputs that must have the same number of features."""
    sizes = {name: shape.size for name, shape in inputs.items() if shape.size}
    first = next(iter(sizes), "a")
    for name, size in sizes.items():
        if size != sizes[first]:
            raise ShapeProblem(
                name,
                message(
                    "“{first}” has {needed} features and “{name}” has {size}; what is {what} must have "
                    "equally many. Put a dense layer before one of them.",
                    first=first.upper(),
                    needed=sizes[first],
                    name=name.upper(),
                    size=size,
                    what=what,
                ),
                size=sizes[first],
            )
    return joined(inputs, sizes.get(first, 0))


def joining_spec(
    kind: str, title: str, description: str, reference: str, what: str, summary: str
) -> NodeSpec:
    """Return the specification of a node that joins inputs of one size, feature by feature."""
    return NodeSpec(
        kind=kind,
        title=title,
        family="structure",
        description=f"{description} A vector counts for every step of a sequence.",
        reference=reference,
        inputs=JOINED,
        outputs=(PortSpec("output", "Output", EITHER),),
        infer=partial(of_one_size, what),
        summary=lambda _params: summary,
    )


JOINED = tuple(PortSpec(name, name.upper(), EITHER, required=name in "ab") for name in NAMES)


class Joining(RunningNode):
    """A node with several inputs; vectors are broadcast to the steps of a sequence."""

    @property
    def joined(self) -> Mapping[str, Shape]:
        """The linked inputs, in the order of their ports."""
        return {name: self.input_shapes[name] for name in NAMES if name in self.input_shapes}

    def output_rows(self, t0: int, t1: int) -> slice:
        """Return the rows of the output in a range."""
        if self.output_shapes["output"].signal is Signal.SEQUENCE:
            return self.packing.slice(t0, t1)
        return self.packing.ending_sequences(t0, t1)

    def is_broadcast(self, port: str) -> bool:
        """Return whether an input is a vector that is broadcast to each step."""
        return self.input_shapes[port].signal is not self.output_shapes["output"].signal

    def at(self, port: str, t0: int, t1: int) -> Array:
        """Return an input's values at the output's rows of a range."""
        rows = self.output_rows(t0, t1)
        if self.is_broadcast(port):
            values: Array = self.inputs[port][self.packing.sequence[rows]]
            return values
        return self.inputs[port][rows]

    def add_output_gradient(self, port: str, d_values: Array, t0: int, t1: int) -> None:
        """Add the gradient at the output's rows of a range, ``(rows, F)``, to that of an input."""
        if not self.is_broadcast(port):
            self.d_inputs[port][self.output_rows(t0, t1)] += d_values
            return
        first = self.packing.slice(t0, t1).start
        for start, end, count in self.packing.runs(t0, t1):
            rows = self.packing.slice(start, end)
            block = d_values[rows.start - first : rows.stop - first]
            self.d_inputs[port][:count] += block.reshape(end - start, count, -1).sum(axis=0)
