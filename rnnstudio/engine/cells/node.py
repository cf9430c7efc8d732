"""The node that runs a cell of equations: its layers, directions and carried states."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from rnnstudio.design.channel import GATE, GRADIENT_FLOW, STATE, Channel
from rnnstudio.engine.cells.layer import Layer
from rnnstudio.engine.cells.layer_direction import Allocate, Strand
from rnnstudio.engine.cells.spec import CellSpec
from rnnstudio.engine.cells.stack import Stack
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.initializers import glorot_uniform, orthogonal, zeros
from rnnstudio.engine.nodes.base import Array, ParameterInit, RunningNode
from rnnstudio.engine.program.packed_sequence import PackedSequence


class CellNode(RunningNode):
    """A cell in a program: one kernel of its equations for each layer and direction.

    ``state`` ports are ``(B, states * strands * units)``: state by state, ``h`` first, within each
    layer by layer, within each the forward direction before the reverse one.
    """

    can_skip_gradients = True
    spec: CellSpec

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.cell = compile_cell(self.spec.equations(self.params))
        self.stack = stack = Stack.of(self.params)
        features = self.input_shapes["sequence"].size
        self.strands = [
            Strand(self.cell, place, stack.features(place.layer, features), stack.units)
            for place in stack.strands
        ]
        self.layers = []
        for number in range(stack.layers):
            strands = [strand for strand in self.strands if strand.place.layer == number]
            last = number == stack.layers - 1
            self.layers.append(Layer(strands, stack.merge, 0.0 if last else stack.dropout))
        self._columns = [
            [stack.state_columns(state, place) for state in range(len(self.cell.states))]
            for place in range(len(self.strands))
        ]
        self._records_gradient_flow = False

    # ------------------------------------------------------------------------------ weights

    def parameters(self) -> Mapping[str, ParameterInit]:
        """Matrices of the input start Glorot uniform, recurrent ones orthogonal, vectors at zero."""
        equations = self.cell.equations
        starts = dict(self.spec.vectors(self.params))
        starts |= dict.fromkeys(equations.input_matrices, glorot_uniform)
        starts |= dict.fromkeys(equations.recurrent_matrices, orthogonal)
        return {
            f"{strand.place.prefix}{name}": ParameterInit(shape, starts.get(name, zeros))
            for strand in self.strands
            for name, shape in self.cell.parameter_shapes(strand.features, strand.units).items()
        }

    def _slices(self) -> list[tuple[Strand, slice]]:
        """Return each strand's part of the node's slice of the flat weights."""
        slices, start = [], 0
        for strand in self.strands:
            slices.append((strand, slice(start, start + strand.size)))
            start += strand.size
        return slices

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the named weights in the layout of the kernels."""
        return {
            name: view for strand, part in self._slices() for name, view in strand.views(flat[part]).items()
        }

    def bind(self, weights: Array, gradients: Array) -> None:
        """Make the kernels of the weights' type, and give them their slices."""
        super().bind(weights, gradients)
        for strand, part in self._slices():
            strand.bind(weights[part], gradients[part])
            strand.kernel.record_flow = self._records_gradient_flow

    # ------------------------------------------------------------------------------ running

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; the output is the last layer's own array."""

        def array(name: str, shape: tuple[int, ...]) -> Array:
            # A pass writes every row before it reads it: what the batch before left may lie there.
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

    def _by_strand(self, block: Array) -> list[list[Array]]:
        """Return the (B, n) views of each state of each strand in a block of all."""
        return [[block[:, part] for part in columns] for columns in self._columns]

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Run the layers one after the other over ``t0 <= t < t1``.

        States kept from the batch before go before those that are linked.
        """
        noise = self.rng if training else None
        given = self.inputs.get("state") if self.carried is None else self.carried[0]
        initial = None if given is None else self._by_strand(given)
        x, first = self.inputs["sequence"], 0
        for layer in self.layers:
            after = first + len(layer.strands)
            layer.forward(x, None if initial is None else initial[first:after], t0, t1, noise=noise)
            x, first = layer.output, after
        ended = self.packing.ending_sequences(t0, t1)
        if ended.start < ended.stop:
            for strand, finals in zip(self.strands, self._by_strand(self.outputs["state"]), strict=True):
                for final, value in zip(finals, strand.kernel.final, strict=True):
                    final[ended] = value[ended]

    def backward(self, t0: int, t1: int) -> None:
        """Run the layers back, from the last to the first, over ``t0 <= t < t1``."""
        d_final: list[list[Array]] | list[None] = [None] * len(self.strands)
        if "state" in self.linked_outputs:
            d_final = self._by_strand(self.d_outputs["state"])
        rows = self.packing.slice(t0, t1)
        d_output, after = self.d_outputs["sequence"], len(self.strands)
        for number, layer in reversed(list(enumerate(self.layers))):
            first = after - len(layer.strands)
            d_x = self.d_between[number - 1] if number else self.d_inputs.get("sequence")
            if number and d_x is not None:
                d_x[rows] = 0
            layer.backward(d_output, d_final[first:after], d_x, t0, t1)
            if number and d_x is not None:
                d_output, after = d_x, first
        if t0 == 0 and "state" in self.d_inputs and self.carried is None:
            for strand, d_states in zip(self.strands, self._by_strand(self.d_inputs["state"]), strict=True):
                for d_state, d_initial in zip(d_states, strand.kernel.d_initial, strict=True):
                    d_state += d_initial

    def gather(self) -> None:
        """Add the weight gradients of all steps."""
        for layer in self.layers:
            layer.gather()

    # ------------------------------------------------------------------- from batch to batch

    def carry_states(self, count: int) -> None:
        """See `RunningNode`; what reads in reverse begins anew: what comes before it is not known yet."""
        states = self.outputs["state"][:count].copy()
        for strand, own in zip(self.strands, self._by_strand(states), strict=True):
            if strand.place.reverse:
                for state in own:
                    state[...] = 0
        self.carried = [states]

    # ---------------------------------------------------------------------------- telemetry

    def record_gradient_flow(self) -> None:
        """See `RunningNode`."""
        self._records_gradient_flow = True
        for strand in self.strands:
            strand.kernel.record_flow = True

    def traces(self) -> Mapping[Channel, Array]:
        """See `RunningNode`: the gates and states of each strand; the gradient flow of all together."""
        traces: dict[Channel, Array] = {}
        node_id = self.node.id
        for strand in self.strands:
            for kind, names in ((GATE, self.cell.gates), (STATE, self.cell.states)):
                for name in names:
                    channel = Channel(kind, node_id, name, strand.place.prefix)
                    traces[channel] = strand.in_time(strand.kernel.tape[name])
        if self._records_gradient_flow:
            flows = [strand.flow() for strand in self.strands]
            total = flows[0] if len(flows) == 1 else np.sqrt(sum(np.square(flow) for flow in flows))
            traces[Channel(GRADIENT_FLOW, node_id)] = total
        return traces


def _named(array: Allocate, prefix: str, name: str, shape: tuple[int, ...]) -> Array:
    return array(f"{prefix}{name}", shape)
