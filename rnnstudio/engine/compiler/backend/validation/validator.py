"""Proves that what was generated for a cell computes what its equations define.

The generated source of either kernel runs on terms (`terms`), in memory that is laid out as the kernel's. The
results must be the terms that the definition gives (`definition`): every named value, the final states, and
all gradients. If they are, every read that matters saw the value last written for it, whatever the passes in
between have done: rematerialization, layout, scheduling, code sinking and buffer assignment. This package
shares no code with these passes; it reads what they hand to the kernels.

Two batches cover what a kernel does: sequences of unequal lengths, in pieces of the time; and sequences of
equal lengths, which find the states before in other rows, in shards as threads run them. Values travel
between neighbouring steps only, and gradients alternate between two arrays, so three steps show every way in
which one step can disturb another.
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

# What an abstract machine stumbles over where source does not fit memory.
FAULTS = (ArithmeticError, AttributeError, LookupError, NameError, SyntaxError, TypeError, ValueError)


@dataclass(frozen=True)
class _Case:
    """A batch that the source is run on, and how."""

    sizes: Sizes
    pieces: int
    shards: int
    whole: bool  # whether there are gradients of the final states, and that of the input is wanted


CASES = (
    _Case(Sizes(units=1, features=1, lengths=(3, 3, 1)), pieces=2, shards=1, whole=True),
    _Case(Sizes(units=2, features=1, lengths=(2, 2)), pieces=1, shards=2, whole=False),
)


def loop_fault(loop_code: LoopCode) -> str | None:
    """Return what is wrong with the source of compiled loops, None if nothing is."""
    terms = Terms()
    return _fault(
        loop_code.assignment, terms, lambda: LoopMachine(loop_code, loop_code.source("float32"), terms)
    )


def array_fault(assignment: BufferAssignment, generated: Generated) -> str | None:
    """Return what is wrong with NumPy source, None if nothing is."""
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
    """Return which result is the first that is not as expected."""
    for name, term in found.terms.items():
        right = expected.terms.get(name)
        if right is None:  # no product and no row adds to it
            right = given.gradient(*name[1:])  # type: ignore[arg-type]  # a name, then whole numbers
        if term is not right:
            kind, *place = name
            return f"its {kind} ({', '.join(map(str, place))}) is not what the equations define"
    missing = expected.terms.keys() - found.terms.keys()
    return f"it does not compute {min(map(str, missing))}" if missing else None
