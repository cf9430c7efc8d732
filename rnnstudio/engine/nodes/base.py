"""The base class of nodes that run in a program, and the registry of node kinds.

Input nodes and heads, which read the batch, are in `data`.
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
from rnnstudio.engine.program.packed_sequence import PackedSequence

Array = NDArray[Any]
EITHER = (Signal.SEQUENCE, Signal.VECTOR)  # the signals of a port that takes sequences and vectors
Initialiser = Callable[["np.random.Generator", tuple[int, ...]], Array]


@dataclass(frozen=True)
class ParameterInit:
    """The shape and the initializer of a weight."""

    shape: tuple[int, ...]
    initialise: Initialiser


class RunningNode(ABC):
    """A node of a program, with its buffers for one batch.

    The program calls `bind` once, `allocate` for each new packing, and then, any number of times,
    `forward` over ascending ranges of time, `backward` over descending ranges and `gather`.

    Attributes
    ----------
    inputs, outputs : arrays by port
        ``(N, F)`` packed rows for a sequence, ``(B, F)`` for a vector or a state; tokens are int32
        rows ``(N,)``. An optional input that is not linked is absent.
    d_inputs, d_outputs : their gradients
        A consumer **adds** into ``d_inputs``, directly or by `add_input_gradient`. The program clears them
        before each backward pass. They have no entry for tokens, nor, if the consumer has
        `can_skip_gradients`, for gradients that are not needed.
    linked_outputs : output ports with a link, whose gradient may be nonzero
    exclusive_inputs : input ports whose gradient comes from this node alone. The node must assign this
        gradient instead of adding to it. Empty unless the node has `can_assign_gradients`
    unneeded_outputs : output ports without a gradient, because it is not needed
    weights, gradients : arrays by weight name, views into the program's flat vectors
    clock, packing : the name of the node's clock, and the packing of the current batch on it
    packings : the packing of the current batch on every clock
    rng : the program's generator, for random numbers in training
    carried : states carried from the previous batch, one array each, or None; see `carry_states`
    """

    #: Whether the node skips the gradient of an input that is not in ``d_inputs``.
    can_skip_gradients: ClassVar[bool] = False
    #: Whether the node sets input gradients by `add_input_gradient` only, at every row.
    can_assign_gradients: ClassVar[bool] = False
    #: Whether outputs are zeros without memory until the node calls `writable_output`.
    has_lazy_outputs: ClassVar[bool] = False

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
        self.linked_outputs: frozenset[str] = frozenset(outputs)
        self.exclusive_inputs: frozenset[str] = frozenset()
        self.unneeded_outputs: frozenset[str] = frozenset()
        self.rng = np.random.default_rng(0)
        self.clock = MAIN_CLOCK
        self.packing: PackedSequence
        self.packings: Mapping[str, PackedSequence] = {}
        self.carried: list[Array] | None = None
        self._memory: dict[str, Array] = {}

    # ------------------------------------------------------------------------------ weights

    def parameters(self) -> Mapping[str, ParameterInit]:
        """Return the node's weights by name, in textbook shape."""
        return {}

    @property
    def size(self) -> int:
        """Return the number of floats of all weights of the node."""
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
        """Set the weights and gradients to views of the given slices of the program's flat vectors."""
        self.weights = self.views(weights)
        self.gradients = self.views(gradients)

    def initialise(self, rng: np.random.Generator) -> None:
        """Initialize every weight as the design says, or by its default initializer."""
        for name, parameter in self.parameters().items():
            asked = self.node.params.get(f"{STARTS_WITH}{name}")
            initialise = parameter.initialise if asked is None else named(str(asked))
            self.weights[name][...] = initialise(rng, parameter.shape)

    # ------------------------------------------------------------------------------ running

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """Allocate the output buffers and their gradients for a packing."""
        for port, shape in self.output_shapes.items():
            own = self.packings.get(shape.clock, packing)
            rows = own.rows if shape.signal is Signal.SEQUENCE else own.batch
            tokens = shape.content is Content.TOKENS
            size, kind = ((rows,), np.dtype(np.int32)) if tokens else ((rows, shape.size), dtype)
            name = f"output {port}"
            self.outputs[port] = (
                zeros_of(size, kind) if self.has_lazy_outputs else self.array(name, size, kind)
            )
            if not tokens and port not in self.unneeded_outputs:
                self.d_outputs[port] = self.array(f"d {name}", size, dtype, clear=False)

    def array(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], *, clear: bool = True) -> Array:
        """Return an array of zeros, or with ``clear=False`` of arbitrary values.

        The memory of a name is reused by the next array of that name.
        """
        size = math.prod(shape)
        memory = self._memory.get(name)
        if memory is None or memory.size < size or memory.dtype != dtype:
            self._memory[name] = memory = aligned.zeros(size, dtype)
        elif clear:
            memory[:size] = 0
        return memory[:size].reshape(shape)

    def writable_output(self, port: str) -> Array:
        """Return the array of a lazy output, for writing."""
        output = self.outputs[port]
        if not output.flags.writeable:
            self.outputs[port] = output = self.array(f"output {port}", output.shape, output.dtype)
        return output

    def rows(self, t0: int, t1: int, port: str = "input") -> slice:
        """Return the rows of the steps ``t0 <= t < t1`` at an input that may be a sequence or a vector.

        The row of a vector belongs to the last step of its sequence.
        """
        if self.input_shapes[port].signal is Signal.SEQUENCE:
            return self.packing.slice(t0, t1)
        return self.packing.ending_sequences(t0, t1)

    def add_input_gradient(self, port: str, rows: slice, gradient: Array) -> None:
        """Add to the gradient of some rows of an input, or assign it at an exclusive input."""
        if port in self.exclusive_inputs:
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

    def carry_states(self, count: int) -> None:
        """Store in ``carried`` the final states of the first ``count`` sequences of this batch.

        The node starts the next batch with these states.
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
    """Return a class decorator that registers a node kind."""

    def register(running: type[Running]) -> type[Running]:
        NODES.register(spec)
        RUNNING[spec.kind] = running
        return running

    return register


def zeros_of(shape: tuple[int, ...], dtype: np.dtype[Any], value: int = 0) -> Array:
    """Return a read-only array of one value that takes no memory."""
    values: Array = np.ndarray(shape, dtype, np.array(value, dtype), strides=(0,) * len(shape))
    values.flags.writeable = False
    return values
