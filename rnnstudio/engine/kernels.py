"""Which kernels run the cells: compiled to machine code, or the same equations in NumPy.

The choice is made once for a run and recorded with it: both give the same results, but not to the last bit.
Compiled kernels are called “numba” in records and in the environment, after what compiled them at first.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from importlib.util import find_spec

from rnnstudio.design.errors import StudioError

VARIABLE = "RNNSTUDIO_KERNEL"


class Kernel(StrEnum):
    """Who runs the equations of a cell."""

    NUMPY = "numpy"
    NUMBA = "numba"


@cache
def numba_is_there() -> bool:
    """Whether LLVM and SciPy, whose products kernels call, are installed; loads neither."""
    return find_spec("llvmlite") is not None and find_spec("scipy") is not None


def chosen() -> Kernel:
    """Return the kernel of this process: what ``RNNSTUDIO_KERNEL`` says, or the compiled one where it can be.

    Raises
    ------
    StudioError
        If the variable names no kernel, or the compiled one without what it needs.
    """
    asked = os.environ.get(VARIABLE, "")
    if asked and asked not in list(Kernel):
        raise StudioError(
            f"The kernel of {VARIABLE} must be “numpy” or “numba”; got “{asked}”. Change it, or leave it out."
        )
    if asked == Kernel.NUMBA and not numba_is_there():
        raise StudioError(
            f"{VARIABLE} asks for compiled kernels, which need llvmlite and SciPy. "
            "Install both, or leave it out."
        )
    if asked:
        return Kernel(asked)
    return Kernel.NUMBA if numba_is_there() else Kernel.NUMPY


_listeners: list[Callable[[str], None]] = []  # at most one: a process trains one design at a time


def on_wait(tell: Callable[[str], None] | None) -> None:
    """Have ``tell`` called with a sentence before something waits for a compilation."""
    _listeners[:] = [tell] if tell is not None else []


def tell_wait(sentence: str) -> None:
    """Say what is being waited for, to whoever wants to know."""
    for tell in _listeners:
        tell(sentence)
