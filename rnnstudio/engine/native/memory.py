"""Pointers: from an address to numbers of a type, and moving by some numbers."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from rnnstudio.engine.native.language import WHOLE, Intrinsic
from rnnstudio.engine.native.options import Real


def pointer_of(real: Real) -> Intrinsic:
    """Return ``pointer(address)``, a pointer to numbers of a type."""

    @Intrinsic
    def pointer(body: Any, address: Any) -> Any:
        if address.type.is_pointer:
            return address
        return body.builder.inttoptr(address, real.number.as_pointer())

    return pointer


@Intrinsic
def move(body: Any, start: Any, count: Any) -> Any:
    """``move(pointer, n)`` returns a pointer ``n`` numbers further."""
    return body.builder.gep(start, [body.typed(count)])


def line_of(real: Real, count: int) -> Intrinsic:
    """Return ``line(source, out)``, which copies a fixed number of numbers as one vector.

    A loop would copy them one by one, or would first test whether the two overlap.
    """

    @Intrinsic
    def line(body: Any, source: Any, out: Any) -> None:
        builder, kind = body.builder, ir.VectorType(real.number, count)
        given, put = (builder.bitcast(pointer, kind.as_pointer()) for pointer in (source, out))
        builder.store(builder.load(given, align=real.size, typ=kind), put, align=real.size)

    return line


@Intrinsic
def arguments_apart(body: Any) -> None:
    """Promise that the pointer arguments of the calling function never reach the same numbers.

    Otherwise the compiler compares all of them before each loop, and does not vectorize if they are more than
    a few. The promise holds within one function, which is therefore not inlined; so there is also only one
    copy of its code.
    """
    attributes = body.lowered.attributes
    attributes.discard("alwaysinline")
    attributes.add("noinline")
    for argument in body.lowered.args:
        if argument.type.is_pointer:
            argument.add_attribute("noalias")


@Intrinsic
def call(body: Any, address: Any, arguments: Any) -> None:
    """``call(address, (...))`` calls a compiled function of integers; a pointer is passed as its address."""
    builder = body.builder
    given = [body.typed(value) for value in arguments]
    given = [builder.ptrtoint(v, WHOLE) if v.type.is_pointer else v for v in given]
    kind = ir.FunctionType(ir.VoidType(), [WHOLE] * len(given))
    builder.call(builder.inttoptr(address, kind.as_pointer()), given)
