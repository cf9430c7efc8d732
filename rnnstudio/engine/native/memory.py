"""Pointers: from an address to memory of a type, and on by some numbers."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def pointer_of(number: Any) -> Any:
    """Return ``pointer(address)`` for a type of numbers."""

    @intrinsic
    def pointer(_typing: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(number)(types.int64), generate

    return pointer


@intrinsic
def move(_typing: Any, start: Any, count: Any) -> Any:
    """``move(pointer, n)`` points ``n`` numbers further."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.gep(arguments[0], [arguments[1]])

    return start(start, types.int64), generate


def line_of(number: Any, count: int) -> Any:
    """Return ``line(source, out)``, which copies so many numbers as one vector.

    A loop over them would look at each, or first at whether the two overlap.
    """

    @intrinsic
    def line(_typing: Any, source: Any, out: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            kind = ir.VectorType(context.get_value_type(number), count)
            given, put = (builder.bitcast(pointer, kind.as_pointer()) for pointer in arguments)
            size = number.bitwidth // 8
            builder.store(builder.load(given, align=size, typ=kind), put, align=size)
            return context.get_dummy_value()

        return types.void(source, out), generate

    return line


@intrinsic
def arguments_apart(_typing: Any) -> Any:
    """Promise that the pointers the calling function is given never reach the same numbers.

    Without it the compiler would compare all of them before each loop, and gives up on more than a few.
    """

    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        for argument in builder.function.args:
            if argument.type.is_pointer and "noalias" not in argument.attributes:
                argument.add_attribute("noalias")
        return context.get_dummy_value()

    return types.void(), generate
