"""Which kernels run the cells: compiled to machine code, or the same equations in NumPy.

The choice is made once for a run and recorded with it: both give the same results, but not to the last bit.
Compiled kernels are called “numba” in records and in the environment, after what compiled them at first.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.util import find_spec

from rnnstudio.design.errors import StudioError

VARIABLE = "RNNSTUDIO_KERNEL"
# Seconds of compilation that are said before it begins; a busy machine takes three times as long.
LONG = 10.0


class Kernel(StrEnum):
    """Who runs the equations of a cell."""

    NUMPY = "numpy"
    COMPILED = "numba"


@cache
def is_compiler_available() -> bool:
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
    if asked == Kernel.COMPILED and not is_compiler_available():
        raise StudioError(
            f"{VARIABLE} asks for compiled kernels, which need llvmlite and SciPy. "
            "Install both, or leave it out."
        )
    if asked:
        return Kernel(asked)
    return Kernel.COMPILED if is_compiler_available() else Kernel.NUMPY


class Stopped(StudioError):
    """What waited for a compilation was told to stop; the compilation itself goes on, and is kept."""

    def __init__(self) -> None:
        super().__init__("Stopped while kernels were compiled.")


@dataclass(frozen=True)
class Listener:
    """Who is told what is being waited for, and says when the thread that listens stops waiting."""

    tell: Callable[[str], None]
    stopped: Callable[[], bool]
    thread: int


POLL = 0.1  # seconds between two looks at whether to stop
_listeners: list[Listener] = []  # at most one: a process trains one design at a time
_under_way: set[Compilation] = set()


def on_wait(tell: Callable[[str], None] | None, stopped: Callable[[], bool] = lambda: False) -> None:
    """Have ``tell`` called with a sentence before something waits for a compilation.

    Once ``stopped`` returns true, what waits on this thread raises `Stopped` within a tenth of a second.
    """
    _listeners[:] = [Listener(tell, stopped, threading.get_ident())] if tell is not None else []


def tell_wait(sentence: str) -> None:
    """Say what is being waited for, to whoever wants to know."""
    for listener in _listeners:
        listener.tell(sentence)


def is_compiling() -> bool:
    """Whether a compilation goes on, which nothing can end but the end of the process."""
    return bool(_under_way)


class Compilation:
    """Work on a thread of its own: the compiler cannot be interrupted, so what waits for it must be."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work, self._done = work, threading.Event()
        self._error: BaseException | None = None
        _under_way.add(self)
        threading.Thread(target=self._run, name="compilation", daemon=True).start()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits
            self._error = error
        finally:
            _under_way.discard(self)
            self._done.set()

    def wait(self) -> None:
        """Return when it is done, and raise its error.

        Raises
        ------
        Stopped
            If the listener said so.
        """
        while not self._done.wait(POLL):
            here = threading.get_ident()
            if any(listener.thread == here and listener.stopped() for listener in _listeners):
                raise Stopped
        if self._error is not None:
            raise self._error
