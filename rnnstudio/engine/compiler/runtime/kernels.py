"""The kind of kernel that runs the cells: compiled to machine code, or NumPy.

The choice is made once for a run and recorded with it. Both give the same results, but not to the last bit.
Compiled kernels are called “numba” in records and in the environment, after the compiler used at first.
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
from rnnstudio.design.message import Message, message

VARIABLE = "RNNSTUDIO_KERNEL"
# Seconds of compilation from which the user is warned; a busy machine takes three times as long.
LONG = 10.0


class Kernel(StrEnum):
    """The kind of kernel that runs the equations of a cell; the values are those of records and settings."""

    NUMPY = "numpy"
    COMPILED = "numba"


@cache
def is_compiler_available() -> bool:
    """Return whether LLVM and SciPy, which compiled kernels need, are installed. Loads neither."""
    return find_spec("llvmlite") is not None and find_spec("scipy") is not None


def chosen() -> Kernel:
    """Return the kernel of this process: that of ``RNNSTUDIO_KERNEL``, else the compiled one if available.

    Raises
    ------
    StudioError
        If the variable names no kernel, or the compiled one without what it needs.
    """
    asked = os.environ.get(VARIABLE, "")
    if asked and asked not in list(Kernel):
        raise StudioError(
            message(
                "The kernel of {variable} must be “numpy” or “numba”; got “{asked}”. Change it, or leave "
                "it out.",
                variable=VARIABLE,
                asked=asked,
            )
        )
    if asked == Kernel.COMPILED and not is_compiler_available():
        raise StudioError(
            message(
                "{variable} asks for compiled kernels, which need llvmlite and SciPy. Install both, or "
                "leave it out.",
                variable=VARIABLE,
            )
        )
    if asked:
        return Kernel(asked)
    return Kernel.COMPILED if is_compiler_available() else Kernel.NUMPY


class Stopped(StudioError):
    """Waiting for a compilation was cancelled. The compilation continues, and its result is kept."""

    def __init__(self) -> None:
        super().__init__(message("Stopped while kernels were compiled."), code="stopped")


@dataclass(frozen=True)
class WaitListener:
    """Receives a sentence before a wait, and says when its thread should stop waiting."""

    tell: Callable[[Message], None]
    stopped: Callable[[], bool]
    thread: int


POLL = 0.1  # seconds between two checks whether to stop
_listeners: list[WaitListener] = []  # at most one: a process trains one design at a time
_running: set[Compilation] = set()


def on_wait(tell: Callable[[Message], None] | None, stopped: Callable[[], bool] = lambda: False) -> None:
    """Call ``tell`` with a sentence before waiting for a compilation.

    When ``stopped`` returns true, a wait on this thread raises `Stopped` within a tenth of a second.
    """
    _listeners[:] = [WaitListener(tell, stopped, threading.get_ident())] if tell is not None else []


def tell_wait(told: Message) -> None:
    """Report what is being waited for to the listener."""
    for listener in _listeners:
        listener.tell(told)


def is_compiling() -> bool:
    """Return whether a compilation is running. Only the end of the process can stop it."""
    return bool(_running)


class Compilation:
    """Runs a compilation on its own thread, because only the wait for it can be interrupted."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work, self._done = work, threading.Event()
        self._error: BaseException | None = None
        _running.add(self)
        threading.Thread(target=self._run, name="compilation", daemon=True).start()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits
            self._error = error
        finally:
            _running.discard(self)
            self._done.set()

    def wait(self) -> None:
        """Wait until it is done, and raise its error if there is one.

        Raises
        ------
        Stopped
            If the listener asks to stop.
        """
        while not self._done.wait(POLL):
            here = threading.get_ident()
            if any(listener.thread == here and listener.stopped() for listener in _listeners):
                raise Stopped
        if self._error is not None:
            raise self._error
