"""Compiles generated source to functions that Python can call, and caches them on disk by content.

Each source is written with its machine code to its own folder in the user's cache, named by a hash of all
that the machine code depends on; see `cache`. If a folder cannot be written or read, this costs time, but the
run continues.
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import llvmlite
import numpy as np

import rnnstudio
from rnnstudio.design.message import Message, message
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.native import cache, float32, float64, products
from rnnstudio.engine.native.language import WHOLE, Function, Pointer, functions_in
from rnnstudio.engine.native.lowering import Unit
from rnnstudio.engine.native.machine import FLAGS as PROCESSOR_FLAGS
from rnnstudio.engine.native.machine import PROCESSOR, Loaded, compile_module
from rnnstudio.engine.native.options import FLAGS, FLOAT32, FLOAT64

HERE = Path(__file__).parent
Parameters = Sequence[Any]


@lru_cache(maxsize=1)
def _versions() -> bytes:
    """Return all that the machine code depends on, except the source."""
    parts = [rnnstudio.__version__, llvmlite.__version__, np.__version__, sys.version]
    parts += [PROCESSOR, PROCESSOR_FLAGS]
    parts += [path.read_text("utf-8") for path in sorted(HERE.glob("*.py"))]
    return "\0".join(parts).encode()


class Library:
    """The compiled functions of one source.

    Parameters
    ----------
    title : the name of the source on disk, before its hash
    source : Python source of functions; see `lowering`
    dtype : ``float32`` or ``float64``
    parameters : those of each exported function
    seconds : the longest time that its compilation is expected to take
    vectorize : see `compile_module`
    """

    def __init__(
        self,
        title: str,
        source: str,
        dtype: str,
        parameters: Mapping[str, Parameters],
        *,
        seconds: float = 1.0,
        vectorize: bool = True,
    ) -> None:
        self.source, self.dtype, self.parameters = source, dtype, dict(parameters)
        self.seconds, self.vectorize = seconds, vectorize
        digest = hashlib.sha256(source.encode() + _versions()).hexdigest()[:16]
        self.entry = cache.CacheEntry(f"{title}-{digest}")
        self._functions: dict[str, Callable[..., None]] = {}
        self._loaded: Loaded | None = None
        self._compilation: kernels.Compilation | None = None
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Callable[..., None]:
        """Return a function of integers and addresses."""
        known = self._functions.get(name)
        if known is None:
            self.compile()
            known = self._functions[name]
        return known

    def address(self, name: str) -> int:
        """Return the address of a function; it is valid as long as this object."""
        function: Any = self[name]
        return ctypes.cast(function, ctypes.c_void_p).value or 0

    def compile(self) -> None:
        """Compile all functions, or read them from disk.

        Raises
        ------
        kernels.Stopped
            If the listener cancelled the wait; the next call waits for the same compilation.
        """
        with self._lock:
            if self._loaded is None and self._compilation is None:
                code = self.entry.read()
                if code is None:
                    kernels.tell_wait(self._wait())
                self._compilation = kernels.Compilation(partial(self._load, code))
            compilation = self._compilation
        if compilation is not None:
            try:
                compilation.wait()
            except kernels.Stopped:
                raise
            except Exception:  # after any error, the next call tries again
                self._compilation = None
                raise

    def _load(self, code: bytes | None) -> None:
        if code is None:
            code = compile_module(self.lowered(), vectorize=self.vectorize)
            self.entry.write(self.source, code)
        loaded = Loaded(code)
        for name, parameters in self.parameters.items():
            self._functions[name] = loaded.function(name, len(parameters))
        self._loaded = loaded

    def _wait(self) -> Message:
        why = cache.obstacle()
        once = message("each time, because {why}", why=why) if why else message("and only once")
        if self.seconds < kernels.LONG:
            words = message("Compiling kernels for these equations; it takes some seconds, {once} …")
        else:
            words = message(
                "Compiling kernels for these equations; it may take {seconds:.0f} s, {once}. "
                "{variable}=numpy runs them at once, but more slowly …"
            )
        return words.with_args(once=once, seconds=self.seconds, variable=kernels.VARIABLE)

    @property
    def is_ready(self) -> bool:
        """Whether it has been compiled before, in this process or on disk."""
        return self._loaded is not None or self.entry.read() is not None

    def lowered(self) -> str:
        """Return the source as LLVM IR."""
        real = FLOAT32 if self.dtype == "float32" else FLOAT64
        unit = Unit(real.number, FLAGS)
        functions = functions_in(self.source, vars(float32 if real is FLOAT32 else float64))
        for name, parameters in self.parameters.items():
            function = functions[name]
            assert isinstance(function, Function)
            unit.export(name, function, parameters)
        return str(unit.module)


@lru_cache(maxsize=2)
def product_library(dtype: str) -> Library:
    """Return the products over packed weights, for a floating-point type."""
    parameters = {"pack": [WHOLE] * 8, "multiply": [WHOLE] * 9, "multiply_turned": [WHOLE] * 12}
    # Its tiles already use vectors.
    return Library(
        f"products-{dtype}", products.SOURCE.format(dtype=dtype), dtype, parameters, vectorize=False
    )


TABLE, TIMELINE = Pointer(WHOLE), Pointer(WHOLE, columns=4)
_N = WHOLE
CELL: dict[str, Parameters] = {
    "pack_weights": (TABLE, TABLE, _N, _N, _N),
    "forward_hoisted": (TABLE, TABLE, _N, _N),
    "forward": (TABLE, TABLE, TIMELINE, _N, _N, _N, _N),
    "backward": (TABLE, TABLE, TIMELINE, _N, _N, _N, _N, _N),
    "backward_hoisted": (TABLE, TABLE, _N, _N),
    "gather": (TABLE, TABLE, _N, _N),
}


@lru_cache(maxsize=256)
def cell_library(source: str, dtype: str, seconds: float = 1.0) -> Library:
    """Return the kernel of a cell; its compilation is expected to take at most ``seconds``."""
    return Library(f"cell-{dtype}", source, dtype, CELL, seconds=seconds)
