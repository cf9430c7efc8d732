"""NumPy kernels: run the generated NumPy source of a cell over ranges of time.

Symbols: N rows of the packed batch, B sequences, F features, n units, T steps. A pass over a range
is a list of calls for the hoisted phase and one for each step, built once for each packing. A call is a
function and the array views that it works on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from rnnstudio.engine.compiler.backend.buffer_assignment import BufferAssignment, vector_runs
from rnnstudio.engine.compiler.backend.numpy_codegen import Function
from rnnstudio.engine.compiler.ir.autodiff import ProductGroup
from rnnstudio.engine.compiler.ir.graph import Phase, ProgramPoint
from rnnstudio.engine.compiler.runtime.buffers import Array, Buffers
from rnnstudio.engine.compiler.runtime.parameter_layout import ParameterLayout
from rnnstudio.engine.program.packed_sequence import PackedSequence

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class CellKernel:
    """A kernel of a cell: its sizes and buffers.

    Call `bind` once, `allocate` for each packing, then `forward` over ascending ranges, `backward`
    over descending ranges, and `gather`.

    Attributes
    ----------
    size : floats in the cell's slice of the flat weights
    tape : (N, n) array of every assigned name, by name
    final, d_initial : (B, n) arrays, one a state; views of ``final_block``, ``d_initial_block`` (B, S)
    record_flow : whether `backward` fills ``flow``
    flow : (T,) norm over the batch of the whole gradient dL/dh_t
    """

    def __init__(
        self,
        assignment: BufferAssignment,
        functions: tuple[Function, ...],
        calls: Mapping[str, Callable[..., None]],
        features: int,
        units: int,
        dtype: np.dtype[Any],
    ) -> None:
        self.assignment = assignment
        self.features, self.units, self.dtype = features, units, dtype
        self.states = assignment.backward.forward.equations.states
        self.parameters = ParameterLayout(assignment, features, units)
        self.size = self.parameters.size
        self.record_flow = False
        self._functions = {("forward" in f.name, f.point): (calls[f.name], f.spans) for f in functions}
        self._stages = {phase: list(assignment.backward.forward.stages(phase)) for phase in Phase}
        self._buffers = Buffers(assignment, features, units, dtype)
        self._allocated = False
        self._forward_steps: list[list[Call] | None] = []
        self._backward_steps: list[list[Call] | None] = []

    # ------------------------------------------------------------------------------ weights

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the named weights of a flat slice in textbook shape, as views."""
        return self.parameters.views(flat)

    def bind(self, weights: Array, gradients: Array) -> None:
        """Set the weights and gradients to slices of the flat vectors."""
        groups = self.assignment.layout.groups
        self._blocks = {g.key: self.parameters.block(weights, g) for g in groups}
        self._transposed = {key: np.ascontiguousarray(block.T) for key, block in self._blocks.items()}
        self._d_blocks = {g.key: self.parameters.block(gradients, g) for g in groups}
        self._buffers.vectors = self.parameters.vectors(weights)
        self._d_vectors = self.parameters.vectors(gradients)
        self._clear_steps()

    def _clear_steps(self) -> None:
        steps = self._buffers.packing.steps if self._allocated else 0
        self._forward_steps = [None] * steps
        self._backward_steps = [None] * steps

    # ------------------------------------------------------------------------------ buffers

    def allocate(self, packing: PackedSequence) -> None:
        """Allocate the buffers for a packing, or keep them if the lengths are the same."""
        if self._allocated and self._buffers.packing.has_same_lengths(packing):
            return
        self._allocated = False  # in case memory does not suffice
        self._allocate(packing)
        self._allocated = True
        self._clear_steps()

    def _allocate(self, packing: PackedSequence) -> None:
        """Allocate the buffers for a packing."""
        buffers, n = self._buffers, self.units
        buffers.allocate(packing)
        self.tape = buffers.tape()
        blocks = (packing.batch, n * len(self.states))
        self.final_block, self.d_initial_block = np.zeros(blocks, self.dtype), np.zeros(blocks, self.dtype)
        columns = [slice(k * n, (k + 1) * n) for k in range(len(self.states))]
        self.final = [self.final_block[:, c] for c in columns]
        self.d_initial = [self.d_initial_block[:, c] for c in columns]
        self.flow = np.zeros(packing.steps)

    # ------------------------------------------------------------------------------ forward

    def forward(self, x: Array, initial: Sequence[Array] | None, t0: int, t1: int) -> None:
        """Compute the steps ``t0 <= t < t1``.

        Parameters
        ----------
        x : (N, F) packed rows of the input
        initial : one (B, n) array a state, or None for zeros; read when ``t0`` is 0
        """
        buffers, packing = self._buffers, self._buffers.packing
        if t0 == 0:
            for k, state in enumerate(self.states):
                buffers.states[state][: packing.batch] = 0.0 if initial is None else initial[k]
        buffers.x = x
        with np.errstate(all="ignore"):
            for phase in (Phase.INPUT, Phase.HOISTED):
                for stage in self._stages[phase]:
                    for call, arguments in self._forward_calls(ProgramPoint(phase, stage), t0, t1):
                        call(*arguments)
            if self._stages[Phase.STEP]:
                for t in range(t0, t1):
                    for call, arguments in self._forward_steps[t] or self._make_forward_step(t):
                        call(*arguments)
        ended = packing.ending_sequences(t0, t1)
        if ended.start < ended.stop:
            rows = packing.last_rows[ended] + packing.batch
            for k, state in enumerate(self.states):
                self.final[k][ended] = buffers.states[state][rows]

    def _make_forward_step(self, t: int) -> list[Call]:
        points = [ProgramPoint(Phase.STEP, k) for k in self._stages[Phase.STEP]]
        calls = [call for point in points for call in self._forward_calls(point, t, t + 1)]
        self._forward_steps[t] = calls
        return calls

    def _forward_calls(self, point: ProgramPoint, t0: int, t1: int) -> Iterable[Call]:
        buffers = self._buffers
        for group in self._groups(point):
            operand, count, n = buffers.value(group.operand, t0, t1), len(group.products), self.units
            block = self._blocks[group.key]
            if point.phase is Phase.STEP:
                yield np.matmul, (operand, block, buffers.columns(f"product.{group.key}", 0, count, t0, t1))
                continue
            for k, product in enumerate(
                group.products
            ):  # one over all rows for each: its result is contiguous
                yield np.matmul, (operand, block[:, k * n : (k + 1) * n], buffers.value(product, t0, t1))
        yield from self._function(True, point, t0, t1)

    def _function(self, forward: bool, point: ProgramPoint, t0: int, t1: int) -> Iterable[Call]:
        known = self._functions.get((forward, point))
        if known is not None:
            call, spans = known
            yield call, tuple(self._buffers.window(s.array, s.start, s.stop, t0, t1) for s in spans)

    def _groups(self, point: ProgramPoint) -> list[ProductGroup]:
        return [g for g in self.assignment.layout.groups if g.point == point]

    # ------------------------------------------------------------------------------ backward

    def backward(
        self, dh: Array, d_final: Sequence[Array] | None, dx: Array | None, t0: int, t1: int
    ) -> None:
        """Backpropagate through the steps ``t0 <= t < t1``. Ranges come in descending order.

        Parameters
        ----------
        dh : (N, n) gradient of the output ``h`` at every step
        d_final : one (B, n) gradient of the final state for each state, or None for zeros
        dx : (N, F) array to which the gradient of the input is added, or None if it is not needed
        """
        buffers, packing = self._buffers, self._buffers.packing
        d_now = buffers.arrays["d_now.h"][0]
        if t1 == packing.steps:
            for group in self.assignment.layout.groups:
                np.copyto(self._transposed[group.key], self._blocks[group.key].T)
        with np.errstate(all="ignore"):
            for t in reversed(range(t0, t1)):
                ended = packing.ending_sequences(t, t + 1)
                running = ended.stop
                arriving = buffers.d_next(t)
                if ended.start < running:
                    for k, state in enumerate(self.states):
                        arriving[state][ended] = 0.0 if d_final is None else d_final[k][ended]
                total = d_now[:running]
                np.add(dh[packing.slice(t, t + 1)], arriving["h"][:running], total)
                if self.record_flow:
                    self.flow[t] = np.sqrt(np.vdot(total, total))
                for call, arguments in self._backward_steps[t] or self._make_backward_step(t):
                    call(*arguments)
            self._backward_hoisted(dx, t0, t1)
        if t0 == 0:
            leaving = buffers.d_next(-1)
            for k, state in enumerate(self.states):
                self.d_initial[k][:] = leaving[state]

    def _make_backward_step(self, t: int) -> list[Call]:
        stages = self._stages[Phase.STEP] or [0]
        calls: list[Call] = []
        for stage in (*reversed(stages), -1):
            point = ProgramPoint(Phase.STEP, stage)
            calls += self._function(False, point, t, t + 1)
            calls += self._products_back(point, t, t + 1)
        self._backward_steps[t] = calls
        return calls

    def _products_back(self, point: ProgramPoint, t0: int, t1: int) -> Iterable[Call]:
        """``d operand = dA @ W.T`` for the groups of a program point, except those of ``x`` itself."""
        buffers = self._buffers
        for group in self._groups(point):
            target = buffers.d_operand(group, t0, t1)
            if target is not None:
                yield np.matmul, (self._d_products(group, t0, t1), self._transposed[group.key], target)

    def _d_products(self, group: ProductGroup, t0: int, t1: int) -> Array:
        start = self.assignment.layout.windows[group.key]
        return self._buffers.columns("gradient", start, start + len(group.products), t0, t1)

    def _backward_hoisted(self, dx: Array | None, t0: int, t1: int) -> None:
        buffers = self._buffers
        rows = buffers.packing.slice(t0, t1)
        for stage in reversed(self._stages[Phase.HOISTED]):
            point = ProgramPoint(Phase.HOISTED, stage)
            for call, arguments in self._function(False, point, t0, t1):
                call(*arguments)
            for call, arguments in self._products_back(point, t0, t1):
                call(*arguments)
            if dx is not None:
                for group in self._groups(point):
                    if self.assignment.graph.ops[group.operand].kind == "input":
                        dx[rows] += self._d_products(group, t0, t1) @ self._transposed[group.key]
        if dx is None or self.assignment.d_input is None:
            return
        for call, arguments in self._function(False, ProgramPoint(Phase.INPUT, 0), t0, t1):
            call(*arguments)
        slot = self.assignment.d_input
        dx[rows] += buffers.window(slot.array, slot.index, slot.index + 1, t0, t1)

    # ------------------------------------------------------------------------------- gather

    def gather(self, x: Array) -> None:
        """Add the weight gradients of all steps: a matrix product for each group, a sum for each vector."""
        buffers = self._buffers
        buffers.x = x
        steps = buffers.packing.steps
        with np.errstate(all="ignore"):
            for group in self.assignment.layout.groups:
                operand = buffers.all_rows(group.operand)
                self._d_blocks[group.key] += np.matmul(operand.T, self._d_products(group, 0, steps))
            ones = np.ones(buffers.packing.rows, self.dtype)
            for vector, column, count in vector_runs(self.assignment):
                n = self.units
                d = buffers.columns("gradient", column, column + count, 0, steps)
                self._d_vectors[vector * n : (vector + count) * n] += ones @ d
