"""The node that runs a cell: its layers, directions and carried states."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from rnnstudio.design.channel import GATE, GRADIENT_FLOW, STATE, Channel
from rnnstudio.engine.cells.layer import Layer
from rnnstudio.engine.cells.layer_direction import Allocate, LayerDirection
from rnnstudio.engine.cells.spec import CellSpec
from rnnstudio.engine.cells.stack import Stack
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.initializers import glorot_uniform, orthogonal, zeros
from rnnstudio.engine.nodes.base import Array, ParameterInit, RunningNode
from rnnstudio.engine.program.packed_sequence import PackedSequence


class CellNode(RunningNode):
    """A cell in a program: one kernel of its equations for each layer and direction.

    ``state`` ports are ``(B, states * directions * units)``, ordered by state (``h`` first), then by layer,
    then forward before reverse.
    """

    can_skip_gradients = True
    spec: CellSpec

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.cell = compile_cell(self.spec.equations(self.params))
        self.stack = stack = Stack.of(self.params)
        features = self.input_shapes["sequence"].size
        self.directions = [
            LayerDirection(self.cell, spec, stack.features(spec.layer, features), stack.units)
            for spec in stack.directions
        ]
        self.layers = []
        for number in range(stack.layers):
            directions = [direction for direction in self.directions if direction.spec.layer == number]
            last = number == stack.layers - 1
            self.layers.append(Layer(directions, stack.merge, 0.0 if last else stack.dropout))
        self._columns = [
            [stack.state_columns(state, k) for state in range(len(self.cell.states))]
            for k in range(len(self.directions))
        ]
        self._records_gradient_flow = False

    # ------------------------------------------------------------------------------ weights

    def parameters(self) -> Mapping[str, ParameterInit]:
        """Input matrices are initialized Glorot uniform, recurrent ones orthogonal, vectors with zeros."""
        equations = self.cell.equations
        initializers = dict(self.spec.vectors(self.params))
        initializers |= dict.fromkeys(equations.input_matrices, glorot_uniform)
        initializers |= dict.fromkeys(equations.recurrent_matrices, orthogonal)
        return {
            f"{direction.spec.prefix}{name}": ParameterInit(shape, initializers.get(name, zeros))
            for direction in self.directions
            for name, shape in self.cell.parameter_shapes(direction.features, direction.units).items()
        }

    def _slices(self) -> list[tuple[LayerDirection, slice]]:
        """Return the slice of the node's flat weights for each direction."""
        slices, start = [], 0
        for direction in self.directions:
            slices.append((direction, slice(start, start + direction.size)))
            start += direction.size
        return slices

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the named weights in the layout of the kernels."""
        return {
            name: view
            for direction, part in self._slices()
            for name, view in direction.views(flat[part]).items()
        }

    def bind(self, weights: Array, gradients: Array) -> None:
        """Create the kernels for the dtype of the weights, and bind them to their slices."""
        super().bind(weights, gradients)
        for direction, part in self._slices():
            direction.bind(weights[part], gradients[part])
            direction.kernel.record_flow = self._records_gradient_flow

    # ------------------------------------------------------------------------------ running

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; the output is the last layer's own array."""

        def array(name: str, shape: tuple[int, ...]) -> Array:
            # A pass writes every row before reading it, so old values may remain.
            return self.array(name, shape, dtype, clear=False)

        for number, layer in reversed(list(enumerate(self.layers))):  # the first may read fewer features
            layer.allocate(packing, partial(_named, array, f"layer{number}."), array)
        states = self.stack.state_size(len(self.cell.states))
        self.outputs = {
            "sequence": self.layers[-1].output,
            "state": self.array("state", (packing.batch, states), dtype),
        }
        self.d_outputs = {
            port: self.array(f"d {port}", values.shape, dtype, clear=False)
            for port, values in self.outputs.items()
        }
        self.d_between = [
            array(f"d layer{number}", layer.output.shape) for number, layer in enumerate(self.layers[:-1])
        ]

    def _by_direction(self, block: Array) -> list[list[Array]]:
        """Return the (B, n) views of each state of each direction in an array of all states."""
        return [[block[:, part] for part in columns] for columns in self._columns]

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Run the layers one after the other over ``t0 <= t < t1``.

        Carried states take precedence over linked ones.
        """
        noise = self.rng if training else None
        given = self.inputs.get("state") if self.carried is None else self.carried[0]
        initial = None if given is None else self._by_direction(given)
        x, first = self.inputs["sequence"], 0
        for layer in self.layers:
            after = first + len(layer.directions)
            layer.forward(x, None if initial is None else initial[first:after], t0, t1, noise=noise)
            x, first = layer.output, after
        ended = self.packing.ending_sequences(t0, t1)
        if ended.start < ended.stop:
            for direction, finals in zip(
                self.directions, self._by_direction(self.outputs["state"]), strict=True
            ):
                for final, value in zip(finals, direction.kernel.final, strict=True):
                    final[ended] = value[ended]

    def backward(self, t0: int, t1: int) -> None:
        """Backpropagate through the layers, from the last to the first, over ``t0 <= t < t1``."""
        d_final: list[list[Array]] | list[None] = [None] * len(self.directions)
        if "state" in self.linked_outputs:
            d_final = self._by_direction(self.d_outputs["state"])
        rows = self.packing.slice(t0, t1)
        d_output, after = self.d_outputs["sequence"], len(self.directions)
        for number, layer in reversed(list(enumerate(self.layers))):
            first = after - len(layer.directions)
            d_x = self.d_between[number - 1] if number else self.d_inputs.get("sequence")
            if number and d_x is not None:
                d_x[rows] = 0
            layer.backward(d_output, d_final[first:after], d_x, t0, t1)
            if number and d_x is not None:
                d_output, after = d_x, first
        if t0 == 0 and "state" in self.d_inputs and self.carried is None:
            for direction, d_states in zip(
                self.directions, self._by_direction(self.d_inputs["state"]), strict=True
            ):
                for d_state, d_initial in zip(d_states, direction.kernel.d_initial, strict=True):
                    d_state += d_initial

    def gather(self) -> None:
        """Add the weight gradients of all steps."""
        for layer in self.layers:
            layer.gather()

    # ------------------------------------------------------------------- from batch to batch

    def carry_states(self, count: int) -> None:
        """See `RunningNode`. The reverse direction starts from zeros, as later steps are unknown."""
        states = self.outputs["state"][:count].copy()
        for direction, own in zip(self.directions, self._by_direction(states), strict=True):
            if direction.spec.reverse:
                for state in own:
                    state[...] = 0
        self.carried = [states]

    # ---------------------------------------------------------------------------- telemetry

    def record_gradient_flow(self) -> None:
        """See `RunningNode`."""
        self._records_gradient_flow = True
        for direction in self.directions:
            direction.kernel.record_flow = True

    def traces(self) -> Mapping[Channel, Array]:
        """See `RunningNode`: the gates and states of each direction, and their common gradient flow."""
        traces: dict[Channel, Array] = {}
        node_id = self.node.id
        for direction in self.directions:
            for kind, names in ((GATE, self.cell.gates), (STATE, self.cell.states)):
                for name in names:
                    channel = Channel(kind, node_id, name, direction.spec.prefix)
                    traces[channel] = direction.in_time(direction.kernel.tape[name])
        if self._records_gradient_flow:
            flows = [direction.flow() for direction in self.directions]
            total = flows[0] if len(flows) == 1 else np.sqrt(sum(np.square(flow) for flow in flows))
            traces[Channel(GRADIENT_FLOW, node_id)] = total
        return traces


def _named(array: Allocate, prefix: str, name: str, shape: tuple[int, ...]) -> Array:
    return array(f"{prefix}{name}", shape)
