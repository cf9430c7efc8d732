"""Runs the generated source of compiled loops on terms.

The source itself is executed, with pointers into memory that contains terms, and with replacements for the
functions it imports. Memory is as large as that of a real kernel, and memory that was never written is a term
of its own. So a row that is read too late, too early or at a wrong position changes the results.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from rnnstudio.engine.compiler.backend.loop_codegen import SIZES, LoopCode
from rnnstudio.engine.compiler.backend.loop_stages import constant, operation
from rnnstudio.engine.compiler.backend.validation.definition import Given, Operation, Results
from rnnstudio.engine.compiler.backend.validation.memory import Memory, Pointer
from rnnstudio.engine.compiler.backend.validation.native import Native
from rnnstudio.engine.compiler.backend.validation.terms import Term, Terms
from rnnstudio.engine.compiler.ir.graph import Op
from rnnstudio.engine.compiler.runtime.buffers import Buffers
from rnnstudio.engine.compiler.runtime.parameter_layout import ParameterLayout
from rnnstudio.engine.program.packed_sequence import PackedSequence

PLACE = "<validated source>"
CHOOSE = "__choose__"  # equations cannot contain two underscores


class _Branches(ast.NodeTransformer):
    """Replaces ``a if test else b`` by a call, where the test may be a term."""

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        return ast.Call(ast.Name(CHOOSE, ast.Load()), [node.test, node.body, node.orelse], [])


def _with_terms(text: str) -> str:
    """Return an expression or a statement whose test may be a term."""
    return ast.unparse(_Branches().visit(ast.parse(text))) if " if " in text else text


class LoopMachine:
    """Executes the source of one cell on terms.

    Parameters
    ----------
    sequence : the generator of the source
    source : the source
    terms : creates the terms
    """

    def __init__(self, loop_code: LoopCode, source: str, terms: Terms) -> None:
        self.loop_code, self.terms = loop_code, terms
        self.assignment = loop_code.assignment
        self.native = native = Native(terms)
        builtins = {"__import__": lambda *_: native, "range": range, "min": min, "max": max}
        self.functions: dict[str, Any] = {"__builtins__": builtins, CHOOSE: terms.choose}
        # Statements of a loop over rows and units are indented so far, and test terms.
        tests = re.compile(r"^( {12})(\w+ = .* if .*)$", re.MULTILINE)
        text = tests.sub(lambda line: line[1] + _with_terms(line[2]), source)
        exec(compile(text, PLACE, "exec"), self.functions)
        self._operations: dict[tuple[str, float], Operation] = {}

    def operation(self, op: Op) -> Operation:
        """Return the effect of an elementwise operation on terms, from its text in `loops`."""
        known = self._operations.get((op.kind, op.number))
        if known is None:
            names = [f"a{k}" for k in range(len(op.args))]
            text = f"lambda {', '.join(names)}: {_with_terms(operation(op, names))}"
            given = {**self.functions, constant(op.number): self.terms.constant(op.number)}
            known = self._operations[op.kind, op.number] = eval(compile(text, PLACE, "eval"), given)
        return known

    def run(self, given: Given, pieces: int, shards: int, *, whole: bool) -> Results:
        """Run forward, backward and gather over pieces of the steps and shards of the batch."""
        return _Run(self, given, shards, whole=whole).results(pieces)


class _Run:
    """The memory of one run, and the order in which a kernel calls the functions."""

    def __init__(self, machine: LoopMachine, given: Given, shards: int, *, whole: bool) -> None:
        self.machine, self.given, self.terms = machine, given, machine.terms
        self.sizes, self.whole = given.sizes, whole
        assignment, n, features = machine.assignment, self.sizes.units, self.sizes.features
        self.packing = PackedSequence(np.array(self.sizes.lengths))
        self.buffers = Buffers(assignment, features, n, np.dtype(np.float32))
        self.buffers.allocate(self.packing)
        self.rows, self.batch = self.packing.rows, self.packing.batch
        self.states = assignment.backward.forward.equations.states
        self.parameters = ParameterLayout(assignment, features, n)
        flat = np.arange(self.parameters.size)
        self.flat = flat
        # No loop writes them: one row is shared by all rows of a batch.
        self.weights, self.gradients = (self._memory(len(flat), len(flat)) for _ in range(2))
        for name, index, at in self._flat_weights():
            self.weights[at] = given.weight(name, *index)
            self.gradients[at] = given.gradient(name, *index)
        self.memories: dict[str, Memory] = {}
        self.owners: dict[tuple[str, int], int] = {}  # the shard that writes a number
        self.at = dict(zip(machine.loop_code.addresses.entries, self._table(), strict=True))
        size = {
            "units": n, "features": features, "batch": self.batch, "all_rows": self.rows,
            "all_steps": self.packing.steps, "equal": int(self.buffers.equal), "x_stride": features,
            "dh_stride": n, "dx_stride": features if whole else 0, "has_final": int(whole),
            "record_flow": 1, "multiply": machine.native.multiply, "pack": machine.native.pack,
            "multiply_turned": machine.native.multiply_turned, "room_size": 1,
        }  # fmt: skip
        self.size = [size[name] for name in SIZES]
        bounds = [self.batch * k // shards for k in range(shards + 1)]
        self.shards = list(pairwise(bounds))
        self.steps = self._steps()
        self._give()

    def _memory(self, count: int, row: int | None = None) -> Memory:
        return Memory([self.terms.unset] * count, row)

    def _flat_weights(self) -> Iterator[tuple[str, tuple[int, ...], int]]:
        for name, view in self.parameters.views(self.flat).items():
            for index, at in np.ndenumerate(view):
                yield name, index, int(at)

    def _table(self) -> Iterator[Pointer]:
        """Yield the entries of the table of addresses."""
        for entry in self.machine.loop_code.addresses.entries:
            array, slash, index = entry.rpartition("/")
            yield self._slot(array, int(index)) if slash else self._end(entry)

    def _slot(self, array: str, index: int) -> Pointer:
        kind, _, key = array.partition(".")
        n = self.sizes.units
        if kind in ("block", "packed"):
            if kind == "packed":
                return Pointer(self._packed(key), index)
            return Pointer(self.weights, self._block(key) + index * n)
        if array in ("vectors", "d_vectors"):
            memory = self.weights if array == "vectors" else self.gradients
            vectors = self.parameters.vectors(self.flat)
            return Pointer(memory, int(vectors[0]) + index * n)
        real = self.buffers.arrays[array]
        interleaved = real.ndim == 2
        memory = self._named(array, real.size, real.shape[1] if interleaved else None)
        if interleaved:
            return Pointer(memory, index * n)
        size = real[0].size
        return Pointer(memory, index * size, index * size, (index + 1) * size)

    def _end(self, entry: str) -> Pointer:
        kind, _, key = entry.partition(".")
        n, features, rows, batch = self.sizes.units, self.sizes.features, self.rows, self.batch
        if kind in ("now", "prev"):
            return Pointer(
                self._named(f"states.{key}", (batch + rows) * n), batch * n if kind == "now" else 0
            )
        if kind == "d_block":
            return Pointer(self.gradients, self._block(key))
        if kind == "packed_back":
            return Pointer(self._packed(key))
        count = {
            "carry0": batch * n, "carry1": batch * n, "previous": rows * n, "d_now": batch * n,
            "x": rows * features, "dx": rows * features, "dh": rows * n,
            "flow": len(self.sizes.lengths) * self.packing.steps, "room": batch, "factors": 2,
        }.get(kind, batch * n * len(self.states))  # fmt: skip
        return Pointer(self._named(entry, count))

    def _named(self, name: str, count: int, row: int | None = None) -> Memory:
        if name not in self.memories:
            self.memories[name] = self._memory(count, row)
        return self.memories[name]

    def _packed(self, key: str) -> Memory:
        return self._named(
            f"packed.{key}", max(len(g.products) for g in self.machine.assignment.layout.groups)
        )

    def _block(self, key: str) -> int:
        group = next(g for g in self.machine.assignment.layout.groups if g.key == key)
        return int(self.parameters.block(self.flat, group)[0, 0])

    def _steps(self) -> dict[tuple[int, int], int]:
        """Return the table of the packing by step and column, see `loop_code`."""
        lengths, steps, first, before = self.sizes.lengths, {}, 0, 0
        for t in range(lengths[0]):
            running = sum(length > t for length in lengths)
            steps.update({(t, 0): first, (t, 1): running, (t, 2): before})
            steps[t, 3] = sum(length > t + 1 for length in lengths)
            before = self.batch + first
            first += running
        return steps

    def _write(self, entry: str, at: int, values: Iterable[Term]) -> None:
        for k, value in enumerate(values):
            self.at[entry][at + k] = value

    def _give(self) -> None:
        """Write the inputs of the cell into memory."""
        given, n, features = self.given, self.sizes.units, self.sizes.features
        for row, (t, b) in enumerate(self.sizes.cells):
            self._write("x", row * features, given.x(t, b))
            self._write("dx", row * features, given.dx(t, b))
            self._write("dh", row * n, given.dh(t, b))
        for b in range(self.batch):
            for k, state in enumerate(self.states):
                self._write(f"prev.{state}", b * n, given.initial(state, b))
                self._write("d_final", (b * len(self.states) + k) * n, given.d_final(state, b))

    def _call(self, name: str, *given: Any) -> None:
        self.machine.functions[name](list(self.at.values()), self.size, *given)

    def _shard_call(self, shard: int, name: str, *given: Any) -> None:
        """Call a function for one shard; raise ValueError if it writes to memory of another shard."""
        before = {} if len(self.shards) == 1 else {k: list(memory) for k, memory in self.memories.items()}
        self._call(name, *given)
        for memory, old in before.items():
            for k, (was, now) in enumerate(zip(old, self.memories[memory], strict=True)):
                if was is not now and self.owners.setdefault((memory, k), shard) != shard:
                    raise ValueError(f"two threads write one number of {memory}")

    def _hoisted(self, name: str, t0: int, t1: int) -> None:
        rows, parts = self.packing.slice(t0, t1), len(self.shards)
        bounds = [rows.start + (rows.stop - rows.start) * k // parts for k in range(parts + 1)]
        for first, last in pairwise(bounds):
            self._call(name, first, last)

    def results(self, pieces: int) -> Results:
        """Run all phases, and return the final contents of the memory."""
        steps, parts = self.packing.steps, len(self.shards)
        ranges = list(pairwise(steps * k // pieces for k in range(pieces + 1)))
        for part in range(parts):
            self._call("pack_weights", 0, part, parts)
        for t0, t1 in ranges:
            self._hoisted("forward_hoisted", t0, t1)
            for part, shard in enumerate(self.shards):
                self._shard_call(part, "forward", self.steps, t0, t1, *shard)
        results = Results(self.sizes)
        self._put_tape(results, "tape")
        for part in range(parts):
            self._call("pack_weights", 1, part, parts)
        for t0, t1 in reversed(ranges):
            for part, shard in enumerate(self.shards):
                self._shard_call(part, "backward", self.steps, t0, t1, *shard, part)
            self._hoisted("backward_hoisted", t0, t1)
        for part in range(parts):
            self._call("gather", part, parts)
        self._put_tape(results, "tape after the backward pass")
        self._put_rest(results)
        return results

    def _put_tape(self, results: Results, title: str) -> None:
        n, forward = self.sizes.units, self.machine.assignment.backward.forward
        for name, value in forward.names.items():
            slot = self.machine.assignment.slot_of[value]
            entry = slot.array if slot.array.startswith("now.") else f"{slot.array}/{slot.index}"
            pointer = self.at[entry]
            stride = pointer.memory.row or n
            for row, (t, b) in enumerate(self.sizes.cells):
                results.put(tuple(pointer.row(row, stride, n)), title, name, t, b)

    def _put_rest(self, results: Results) -> None:
        n, features = self.sizes.units, self.sizes.features
        final, d_initial, dx = self.at["final"], self.at["d_initial"], self.at["dx"]
        for b in range(self.batch):
            for k, state in enumerate(self.states):
                at = b * len(self.states) + k
                results.put(tuple(final.row(at, n, n)), "final", state, b)
                results.put(tuple(d_initial.row(at, n, n)), "d_initial", state, b)
        if self.whole:
            for row, (t, b) in enumerate(self.sizes.cells):
                results.put(tuple(dx.row(row, features, features)), "dx", t, b)
        for name, index, at in self._flat_weights():
            results.terms["gradient", name, *index] = self.gradients[at]
