"""Runs the generated NumPy source on terms.

The source is executed on the arrays of a real kernel, which contain the integer number of a term instead of a
value, with replacements for NumPy's functions. Views share memory here too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from rnnstudio.engine.compiler.backend.buffer_assignment import BufferAssignment
from rnnstudio.engine.compiler.backend.numpy_codegen import Generated
from rnnstudio.engine.compiler.backend.validation.definition import Given, Operation, Results
from rnnstudio.engine.compiler.backend.validation.terms import Term, Terms
from rnnstudio.engine.compiler.ir.autodiff import ProductGroup
from rnnstudio.engine.compiler.ir.derivative_rules import ARRAYS
from rnnstudio.engine.compiler.ir.graph import Op, Phase, ProgramPoint
from rnnstudio.engine.compiler.runtime.buffers import Array, Buffers
from rnnstudio.engine.compiler.runtime.parameter_layout import ParameterLayout
from rnnstudio.engine.program.packed_sequence import PackedSequence

Function = Callable[..., Any]


class _Scalars:
    """NumPy's functions on single terms: each returns the term of its name; ``out`` is ignored."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def __getattr__(self, name: str) -> Function:
        def apply(*args: Any, out: object = None) -> Term:
            given = [a for a in args if a is not None]
            if name == "copyto":
                return _term(self._terms, given[0])
            return self._terms.apply(name, *(_term(self._terms, a) for a in given))

        setattr(self, name, apply)
        return apply


def _term(terms: Terms, value: Any) -> Term:
    return value if isinstance(value, Term) else terms.constant(value)


class _Arrays:
    """NumPy's functions on arrays of the numbers of terms; each reads all its arguments before it writes."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def __getattr__(self, name: str) -> Function:
        def apply(*args: Any, out: Array | None = None) -> None:
            if name == "copyto":
                np.copyto(args[0], self._numbers(args[1]))
                return
            *read, last = args
            if out is not None:
                read, last = list(args), out
            self._fill(name, read, last)

        setattr(self, name, apply)
        return apply

    def _numbers(self, value: Any) -> Any:
        return value if isinstance(value, np.ndarray) else self._terms.constant(value).number

    def _fill(self, name: str, read: list[Any], out: Array) -> None:
        terms = self._terms
        shape = out.shape
        columns = [np.broadcast_to(self._numbers(value), shape).ravel().tolist() for value in read]
        numbers = [terms.numbered(name, column) for column in zip(*columns, strict=True)]
        out[...] = np.array(numbers, np.int64).reshape(shape)

    def where(self, mask: Array, chosen: Any, otherwise: Any, out: Array) -> None:
        """As in `elementwise`: ``out`` is written before the mask and the chosen values are read."""
        np.copyto(out, self._numbers(otherwise))
        self._fill("where", [mask, chosen, out.copy()], out)


class ArrayMachine:
    """Executes the NumPy source of one cell on terms."""

    def __init__(self, assignment: BufferAssignment, generated: Generated, terms: Terms) -> None:
        self.assignment, self.terms = assignment, terms
        self._scalars, arrays = _Scalars(terms), _Arrays(terms)
        tree = ast.parse(generated.source)
        names = [a.name for node in tree.body if isinstance(node, ast.ImportFrom) for a in node.names]
        tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        namespace: dict[str, Any] = {"np": arrays, **{name: getattr(arrays, name) for name in names}}
        exec(compile(tree, "<validated source>", "exec"), namespace)
        self.functions = {
            ("forward" in f.name, f.point): (namespace[f.name], f.spans) for f in generated.functions
        }
        self._elementwise = names
        self._operations: dict[tuple[str, float], Operation] = {}

    def operation(self, op: Op) -> Operation:
        """Return the effect of an elementwise operation on terms, from its text in `rules`."""
        known = self._operations.get((op.kind, op.number))
        if known is None:
            names = [f"a{k}" for k in range(len(op.args))]
            text = ARRAYS[op.kind].format(*names, o="None", n=repr(op.number))
            given = {name: getattr(self._scalars, name) for name in self._elementwise}
            known = eval(f"lambda {', '.join(names)}: {text}", {"np": self._scalars, **given})
            self._operations[op.kind, op.number] = known
        return known

    def run(self, given: Given, pieces: int, _shards: int, *, whole: bool) -> Results:
        """Run forward, backward and gather over pieces of the steps."""
        return _Run(self, given, whole=whole).results(pieces)


class _Run:
    """The arrays of one run, and the order in which a kernel calls the functions."""

    def __init__(self, machine: ArrayMachine, given: Given, *, whole: bool) -> None:
        self.machine, self.given, self.terms = machine, given, machine.terms
        self.sizes, self.whole = given.sizes, whole
        self.assignment, n, features = machine.assignment, self.sizes.units, self.sizes.features
        self.graph, self.groups = self.assignment.graph, self.assignment.layout.groups
        self.packing = PackedSequence(np.array(self.sizes.lengths))
        self.buffers = buffers = Buffers(self.assignment, features, n, np.dtype(np.int64))
        buffers.allocate(self.packing)
        self.states = self.assignment.backward.forward.equations.states
        for array in (*buffers.arrays.values(), *buffers.states.values(), *self._carries()):
            array[...] = self.terms.unset.number
        self.parameters = ParameterLayout(self.assignment, features, n)
        self.weights = np.zeros(self.parameters.size, np.int64)
        self.gradients = np.zeros(self.parameters.size, np.int64)
        for flat, term in ((self.weights, given.weight), (self.gradients, given.gradient)):
            for name, view in self.parameters.views(flat).items():
                for index in np.ndindex(view.shape):
                    view[index] = term(name, *index).number
        buffers.vectors = self.parameters.vectors(self.weights)
        cells = self.sizes.cells
        buffers.x = self._block(given.x(t, b) for t, b in cells)
        self.dx = self._block(given.dx(t, b) for t, b in cells)
        self.dh = self._block(given.dh(t, b) for t, b in cells)
        self.batch = range(self.packing.batch)
        for state in self.states:
            buffers.states[state][: self.packing.batch] = self._block(
                given.initial(state, b) for b in self.batch
            )

    def _carries(self) -> Iterable[Array]:
        return (array for parity in (0, 1) for array in self.buffers.d_next(parity).values())

    @staticmethod
    def _block(rows: Iterable[tuple[Term, ...]]) -> Array:
        return np.array([[term.number for term in row] for row in rows], np.int64)

    def results(self, pieces: int) -> Results:
        """Run all phases, and return the final contents of the arrays."""
        steps = self.packing.steps
        ranges = list(pairwise(steps * k // pieces for k in range(pieces + 1)))
        results = Results(self.sizes)
        for t0, t1 in ranges:
            self._forward(t0, t1)
        self._put_tape(results, "tape")
        self._put_final(results)
        for t0, t1 in reversed(ranges):
            for t in reversed(range(t0, t1)):
                self._step_back(t)
            self._hoisted_back(t0, t1)
        self._gather()
        self._put_tape(results, "tape after the backward pass")
        self._put_rest(results)
        return results

    # ------------------------------------------------------------------------------- passes

    def _stages(self, phase: Phase) -> list[int]:
        return list(self.assignment.backward.forward.stages(phase))

    def _at(self, point: ProgramPoint) -> list[ProductGroup]:
        return [group for group in self.groups if group.point == point]

    def _function(self, forward: bool, point: ProgramPoint, t0: int, t1: int) -> None:
        known = self.machine.functions.get((forward, point))
        if known is not None:
            function, spans = known
            function(*(self.buffers.window(s.array, s.start, s.stop, t0, t1) for s in spans))

    def _forward(self, t0: int, t1: int) -> None:
        for phase in (Phase.INPUT, Phase.HOISTED):
            for stage in self._stages(phase):
                self._forward_stage(ProgramPoint(phase, stage), t0, t1)
        for t in range(t0, t1):
            for stage in self._stages(Phase.STEP):
                self._forward_stage(ProgramPoint(Phase.STEP, stage), t, t + 1)

    def _forward_stage(self, point: ProgramPoint, t0: int, t1: int) -> None:
        for group in self._at(point):
            operand = self.buffers.value(group.operand, t0, t1)
            block, n = self.parameters.block(self.weights, group), self.sizes.units
            results = self._matmul(operand, block)
            if point.phase is Phase.STEP:  # one product, side by side
                count = len(group.products)
                self.buffers.columns(f"product.{group.key}", 0, count, t0, t1)[...] = results
                continue
            for k, product in enumerate(group.products):
                self.buffers.value(product, t0, t1)[...] = results[:, k * n : (k + 1) * n]
        self._function(True, point, t0, t1)

    def _matmul(self, a: Array, b: Array) -> Array:
        every = self.terms.all
        return np.array(
            [
                [
                    self.terms.dot([every[k] for k in row], [every[k] for k in column]).number
                    for column in b.T.tolist()
                ]
                for row in a.tolist()
            ],
            np.int64,
        )

    def _d_products(self, group: ProductGroup, t0: int, t1: int) -> Array:
        start = self.assignment.layout.windows[group.key]
        return self.buffers.columns("gradient", start, start + len(group.products), t0, t1)

    def _step_back(self, t: int) -> None:
        running = int(self.packing.active[t])
        going_on = int(self.packing.active[t + 1]) if t + 1 < self.packing.steps else 0
        arriving = self.buffers.d_next(t)
        for state in self.states:
            for b in range(going_on, running):
                d = self.given.d_final(state, b)
                arriving[state][b] = [term.number if self.whole else self.terms.zero.number for term in d]
        total = self.buffers.arrays["d_now.h"][0][:running]
        rows = self.dh[self.packing.slice(t, t + 1)]
        later = arriving["h"][:running]
        for index in np.ndindex(total.shape):
            total[index] = (self.terms.all[rows[index]] + self.terms.all[later[index]]).number
        for stage in (*reversed(self._stages(Phase.STEP) or [0]), -1):
            self._backward_stage(ProgramPoint(Phase.STEP, stage), t, t + 1)

    def _backward_stage(self, point: ProgramPoint, t0: int, t1: int) -> None:
        self._function(False, point, t0, t1)
        for group in self._at(point):
            target = self.buffers.d_operand(group, t0, t1)
            if target is not None:
                block = self.parameters.block(self.weights, group)
                target[...] = self._matmul(self._d_products(group, t0, t1), block.T)

    def _hoisted_back(self, t0: int, t1: int) -> None:
        rows = self.packing.slice(t0, t1)
        for stage in reversed(self._stages(Phase.HOISTED)):
            point = ProgramPoint(Phase.HOISTED, stage)
            self._backward_stage(point, t0, t1)
            for group in self._at(point) if self.whole else ():
                if self.graph.ops[group.operand].kind == "input":
                    block = self.parameters.block(self.weights, group)
                    self._add_products(self.dx[rows], self._d_products(group, t0, t1), block.T)
        slot = self.assignment.d_input
        if not self.whole or slot is None:
            return
        self._function(False, ProgramPoint(Phase.INPUT, 0), t0, t1)
        found = self.buffers.window(slot.array, slot.index, slot.index + 1, t0, t1)
        self._add(self.dx[rows], found[None])

    def _add_products(self, out: Array, a: Array, b: Array) -> None:
        """``out += a @ b``, sums in any order."""
        every, terms = self.terms.all, self.terms
        for row, column in np.ndindex(out.shape):
            pairs = zip(a[row].tolist(), b[:, column].tolist(), strict=True)
            products = [terms.times(every[i], every[k]) for i, k in pairs]
            out[row, column] = terms.increased(every[out[row, column]], products).number

    def _add(self, out: Array, parts: Array) -> None:
        """``out += parts.sum(axis=0)``, in any order."""
        every = self.terms.all
        for index in np.ndindex(out.shape):
            added = [every[part[index]] for part in parts]
            out[index] = self.terms.increased(every[out[index]], added).number

    def _gather(self) -> None:
        steps, n = self.packing.steps, self.sizes.units
        for group in self.groups:
            operand = self.buffers.all_rows(group.operand)
            block = self.parameters.block(self.gradients, group)
            self._add_products(block, operand.T, self._d_products(group, 0, steps))
        d_vectors = self.parameters.views(self.gradients)
        for name, column in self.assignment.d_vectors.items():
            self._add(d_vectors[name], self.buffers.columns("gradient", column, column + 1, 0, steps)[:, :n])

    # ------------------------------------------------------------------------------ results

    def _put(self, results: Results, numbers: Array, *name: object) -> None:
        results.put(tuple(self.terms.all[k] for k in numbers.tolist()), *name)

    def _put_final(self, results: Results) -> None:
        for state in self.states:
            last = self.buffers.states[state][self.packing.last_rows + self.packing.batch]
            for b in self.batch:
                self._put(results, last[b], "final", state, b)

    def _put_tape(self, results: Results, title: str) -> None:
        for name, rows in self.buffers.tape().items():
            for row, (t, b) in enumerate(self.sizes.cells):
                self._put(results, rows[row], title, name, t, b)

    def _put_rest(self, results: Results) -> None:
        for state, leaving in self.buffers.d_next(-1).items():
            for b in self.batch:
                self._put(results, leaving[b], "d_initial", state, b)
        if self.whole:
            for row, (t, b) in enumerate(self.sizes.cells):
                self._put(results, self.dx[row], "dx", t, b)
        for name, view in self.parameters.views(self.gradients).items():
            for index in np.ndindex(view.shape):
                results.terms["gradient", name, *index] = self.terms.all[view[index]]
