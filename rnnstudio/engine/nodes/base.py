"""What every running node does: forward and backward over a range of time, then gather.

Inputs and heads, which read the batch, are in ``data``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.channel import Channel
from rnnstudio.design.initializers import PREFIX as STARTS_WITH
from rnnstudio.design.model import Node, Params
from rnnstudio.design.registry import Registry
from rnnstudio.design.signals import MAIN_CLOCK, Content, Shape, Signal
from rnnstudio.design.spec import NodeSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine import aligned
from rnnstudio.engine.initializers import named
from rnnstudio.engine.program.packed_sequence import Timeline

Array = NDArray[Any]
Initialiser = Callable[["np.random.Generator", tuple[int, ...]], Array]


@dataclass(frozen=True)
class ParameterInit:
    """A weight's shape and how it starts."""

    shape: tuple[int, ...]
    initialise: Initialiser


class RunningNode(ABC):
    """A node of a program, with its buffers for one timeline.

    The program calls `bind` once, `allocate` for each new timeline, and then, any number of times,
    `forward` over ascending ranges, `backward` over descending ranges and `gather`.

    Attributes
    ----------
    inputs, outputs : arrays by port
        ``(N, F)`` packed rows for a sequence, ``(B, F)`` for a vector or a state; tokens are int32
        rows ``(N,)``. An optional input that is not linked is absent.
    d_inputs, d_outputs : their gradients
        A consumer **adds** into ``d_inputs``, by `pass_back` or by itself; the program clears them before
        each backward pass. Absent for tokens, and for a consumer that `spares` itself what nobody needs.
    linked : the output ports that something is linked to, whose gradient may not be zero
    alone : the input ports at which this node is the only one to pass a gradient back: it must put it there,
        and not add it; only for a node that `assigns`
    unneeded : the output ports whose gradient nobody needs, and which have none
    weights, gradients : arrays by weight name, views into the program's flat vectors
    clock, timeline : the name of the node's own clock, and the rows of the present batch on it
    timelines : the rows of the present batch on every clock
    rng : the program's generator, for what is drawn in training
    carried : states kept of the batch before, one array each, or None to begin anew; see `keep`
    """

    #: Whether the node leaves out the gradient of an input that is not in ``d_inputs``.
    spares: ClassVar[bool] = False
    #: Whether the node passes gradients back by `pass_back` only, at every row of its inputs.
    assigns: ClassVar[bool] = False
    #: Whether outputs take memory only when they are written, by `written`; until then they are zeros.
    lazy: ClassVar[bool] = False

    def __init__(
        self,
        node: Node,
        params: Params,
        inputs: Mapping[str, Shape],
        outputs: Mapping[str, Shape],
        facts: Facts,
    ) -> None:
        self.node = node
        self.params = params
        self.input_shapes = inputs
        self.output_shapes = outputs
        self.facts = facts
        self.weights: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.inputs: dict[str, Array] = {}
        self.d_inputs: dict[str, Array] = {}
        self.outputs: dict[str, Array] = {}
        self.d_outputs: dict[str, Array] = {}
        self.linked: frozenset[str] = frozenset(outputs)
        self.alone: frozenset[str] = frozenset()
        self.unneeded: frozenset[str] = frozenset()
        self.rng = np.random.default_rng(0)
        self.clock = MAIN_CLOCK
        self.timeline: Timeline
        self.timelines: Mapping[str, Timeline] = {}
        self.carried: list[Array] | None = None
        self._memory: dict[str, Array] = {}

    # ------------------------------------------------------------------------------ weights

    def parameters(self) -> Mapping[str, ParameterInit]:
        """Return the node's weights by name, in textbook shape."""
        return {}

    @property
    def size(self) -> int:
        """Return how many floats the node's weights take in the flat vector."""
        return sum(int(np.prod(p.shape)) for p in self.parameters().values())

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the named weights as views of the node's slice of a flat vector."""
        views, start = {}, 0
        for name, parameter in self.parameters().items():
            stop = start + int(np.prod(parameter.shape))
            views[name] = flat[start:stop].reshape(parameter.shape)
            start = stop
        return views

    def bind(self, weights: Array, gradients: Array) -> None:
        """Take the node's slices of the program's flat weights and gradients."""
        self.weights = self.views(weights)
        self.gradients = self.views(gradients)

    def initialise(self, rng: np.random.Generator) -> None:
        """Start every weight as the design says, or else by its own rule."""
        for name, parameter in self.parameters().items():
            asked = self.node.params.get(f"{STARTS_WITH}{name}")
            initialise = parameter.initialise if asked is None else named(str(asked))
            self.weights[name][...] = initialise(rng, parameter.shape)

    # ------------------------------------------------------------------------------ running

    def allocate(self, timeline: Timeline, dtype: np.dtype[Any]) -> None:
        """Make the output buffers, and their gradients where they have one, for a timeline."""
        for port, shape in self.output_shapes.items():
            own = self.timelines.get(shape.clock, timeline)
            rows = own.rows if shape.signal is Signal.SEQUENCE else own.batch
            tokens = shape.content is Content.TOKENS
            size, kind = ((rows,), np.dtype(np.int32)) if tokens else ((rows, shape.size), dtype)
            name = f"output {port}"
            self.outputs[port] = zeros_of(size, kind) if self.lazy else self.array(name, size, kind)
            if not tokens and port not in self.unneeded:
                self.d_outputs[port] = self.array(f"d {name}", size, dtype, clear=False)

    def array(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], *, clear: bool = True) -> Array:
        """Return an array of zeros, or of anything; its memory is kept from one timeline to the next.

        Arrays of one name share their memory.
        """
        size = math.prod(shape)
        memory = self._memory.get(name)
        if memory is None or memory.size < size or memory.dtype != dtype:
            self._memory[name] = memory = aligned.zeros(size, dtype)
        elif clear:
            memory[:size] = 0
        return memory[:size].reshape(shape)

    def written(self, port: str) -> Array:
        """Return the array of a lazy output, to be written into."""
        output = self.outputs[port]
        if not output.flags.writeable:
            self.outputs[port] = output = self.array(f"output {port}", output.shape, output.dtype)
        return output

    def rows(self, t0: int, t1: int, port: str = "input") -> slice:
        """Return the rows of a range at an input that takes sequences and vectors alike.

        A vector's rows belong to the step at which its sequence ends.
        """
        if self.input_shapes[port].signal is Signal.SEQUENCE:
            return self.timeline.slice(t0, t1)
        return self.timeline.ending(t0, t1)

    def pass_back(self, port: str, rows: slice, gradient: Array) -> None:
        """Add to the gradient of some rows of an input, or put it there where nobody else does."""
        if port in self.alone:
            self.d_inputs[port][rows] = gradient
        else:
            self.d_inputs[port][rows] += gradient

    @abstractmethod
    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Compute the outputs of the steps ``t0 <= t < t1``."""

    def backward(self, t0: int, t1: int) -> None:
        """Add to ``d_inputs`` from ``d_outputs`` over ``t0 <= t < t1``."""

    def gather(self) -> None:
        """Add the weight gradients of all steps into ``gradients``."""

    # ------------------------------------------------------------------- from batch to batch

    def keep(self, count: int) -> None:
        """Put into ``carried`` the states in which the first ``count`` sequences of this batch ended.

        A node with ``carried`` states begins the next batch with them.
        """

    # ---------------------------------------------------------------------------- telemetry

    def record_gradient_flow(self) -> None:
        """Record the norm of dL/dh at each step from now on, where the node has hidden states."""

    def traces(self) -> Mapping[Channel, Array]:
        """Return what was recorded in the last pass, with time first.

        Gates and states are packed rows ``(N, units)``, the gradient flow is ``(T,)``, attention is
        ``(N, memory steps)``.
        """
        return {}


NODES: Registry[NodeSpec] = Registry("node")
RUNNING: dict[str, Callable[..., RunningNode]] = {}
Running = TypeVar("Running", bound=RunningNode)


def register_node(spec: NodeSpec) -> Callable[[type[Running]], type[Running]]:
    """Register a node kind; decorates the class that runs it."""

    def keep(running: type[Running]) -> type[Running]:
        NODES.register(spec)
        RUNNING[spec.kind] = running
        return running

    return keep


def zeros_of(shape: tuple[int, ...], dtype: np.dtype[Any], value: int = 0) -> Array:
    """Return an array of one value that takes no memory and cannot be written into."""
    values: Array = np.ndarray(shape, dtype, np.array(value, dtype), strides=(0,) * len(shape))
    values.flags.writeable = False
    return values
