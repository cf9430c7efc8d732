"""Proves that the code generated for a cell computes what its equations define.

The generated source of either kernel runs on terms (`terms`), in memory with the layout of the kernel. The
results must be the terms of the definition (`definition`): every named value, the final states, and all
gradients. If they are, every relevant read got the correct value, whatever the passes did: rematerialization,
layout, scheduling, code sinking and buffer assignment. This package shares no code with these passes; it
reads their output for the kernels.

Two batches cover all that a kernel does: sequences of unequal lengths, in pieces of time; and sequences of
equal lengths, which read the previous states from other rows, in shards as for threads. Values pass only
between adjacent steps, and gradients alternate between two arrays, so three steps show every way in which one
step can affect another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnstudio.engine.compiler.backend.buffer_assignment import BufferAssignment
from rnnstudio.engine.compiler.backend.loop_codegen import LoopCode
from rnnstudio.engine.compiler.backend.numpy_codegen import Generated
from rnnstudio.engine.compiler.backend.validation.arrays import ArrayMachine
from rnnstudio.engine.compiler.backend.validation.definition import Definition, Given, Results, Sizes
from rnnstudio.engine.compiler.backend.validation.loops import LoopMachine
from rnnstudio.engine.compiler.backend.validation.terms import Terms
from rnnstudio.engine.compiler.ir.autodiff import differentiate
from rnnstudio.engine.compiler.ir.lowering import lower

# The errors of an abstract machine if the source does not match the memory.
FAULTS = (ArithmeticError, AttributeError, LookupError, NameError, SyntaxError, TypeError, ValueError)


@dataclass(frozen=True)
class _Case:
    """A batch for running the source, with its pieces and shards."""

    sizes: Sizes
    pieces: int
    shards: int
    whole: bool  # whether gradients of the final states are given, and that of the input is needed


CASES = (
    _Case(Sizes(units=1, features=1, lengths=(3, 3, 1)), pieces=2, shards=1, whole=True),
    _Case(Sizes(units=2, features=1, lengths=(2, 2)), pieces=1, shards=2, whole=False),
)


def loop_fault(loop_code: LoopCode) -> str | None:
    """Return the fault of the source of compiled loops, or None."""
    terms = Terms()
    return _fault(
        loop_code.assignment, terms, lambda: LoopMachine(loop_code, loop_code.source("float32"), terms)
    )


def array_fault(assignment: BufferAssignment, generated: Generated) -> str | None:
    """Return the fault of NumPy source, or None."""
    terms = Terms()
    return _fault(assignment, terms, lambda: ArrayMachine(assignment, generated, terms))


def _fault(
    assignment: BufferAssignment, terms: Terms, make: Callable[[], LoopMachine | ArrayMachine]
) -> str | None:
    backward = differentiate(lower(assignment.backward.forward.equations))
    try:
        machine = make()
        for case in CASES:
            given = Given(terms, case.sizes)
            definition = Definition(backward, given, machine.operation, whole=case.whole)
            found = machine.run(given, case.pieces, case.shards, whole=case.whole)
            fault = _difference(definition.results(), found, given)
            if fault is not None:
                return fault
    except FAULTS as error:
        return f"it cannot be run ({type(error).__name__}: {error})"
    return None


def _difference(expected: Results, found: Results, given: Given) -> str | None:
    """Return the first result that is not as expected."""
    for name, term in found.terms.items():
        right = expected.terms.get(name)
        if right is None:  # no product or row adds to it
            right = given.gradient(*name[1:])  # type: ignore[arg-type]  # a name, then whole numbers
        if term is not right:
            kind, *place = name
            return f"its {kind} ({', '.join(map(str, place))}) is not what the equations define"
    missing = expected.terms.keys() - found.terms.keys()
    return f"it does not compute {min(map(str, missing))}" if missing else None
