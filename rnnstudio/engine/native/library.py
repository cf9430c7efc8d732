"""Generated source to compiled functions, kept on disk by content.

Each source is written to a folder of its own under the user's cache, named after a hash of all that the
result depends on; there Numba keeps the compiled functions. A folder that cannot be written or read costs
time, never the run: the functions are then compiled in memory.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import llvmlite
import numba
import numpy as np
import platformdirs
from numba import types

import rnnstudio
from rnnstudio.design.atomic import write_bytes
from rnnstudio.design.errors import FileError
from rnnstudio.engine import kernels
from rnnstudio.engine.native import products
from rnnstudio.engine.native.options import FEATURES, OPTIONS

HERE = Path(__file__).parent
_LOCK = threading.RLock()


def folder() -> Path:
    """Return where compiled kernels are kept: what ``RNNSTUDIO_KERNELS`` says, or the user's cache."""
    asked = os.environ.get("RNNSTUDIO_KERNELS")
    return (
        Path(asked) if asked else Path(platformdirs.user_cache_dir("rnnstudio", appauthor=False)) / "kernels"
    )


def can_keep() -> bool:
    """Whether the folder can be written."""
    try:
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return os.access(folder(), os.W_OK)


@lru_cache(maxsize=1)
def _versions() -> bytes:
    """Return all but the source that a compiled function depends on."""
    parts = [rnnstudio.__version__, numba.__version__, llvmlite.__version__, np.__version__, sys.version]
    parts += [FEATURES.flatten()]
    parts += [path.read_text("utf-8") for path in sorted(HERE.glob("*.py"))]
    return "\0".join(parts).encode()


class Library:
    """The compiled functions of one source.

    Parameters
    ----------
    title : what the source is called on disk, beside its hash
    source : Python source of functions
    signatures : the types of each function that is asked for
    """

    def __init__(self, title: str, source: str, signatures: Mapping[str, Any]) -> None:
        self.source = source
        digest = hashlib.sha256(source.encode() + _versions()).hexdigest()[:16]
        self.name = f"rnnstudio_kernel_{title}_{digest}"
        self.folder = folder() / f"{title}-{digest}"
        self.signatures = dict(signatures)
        self._functions: dict[str, Callable[..., None]] = {}
        self._module: ModuleType | None = None
        self._on_disk = False

    def __getitem__(self, name: str) -> Callable[..., None]:
        """Return a compiled function; takes seconds where it was never compiled before."""
        known = self._functions.get(name)
        if known is None:
            with _LOCK:
                known = self._functions.get(name) or self._compile(name)
                self._functions[name] = known
        return known

    def compile(self) -> None:
        """Compile, or read from disk, all of it."""
        if not self.is_ready:
            kernels.tell_wait("Compiling kernels for these equations; it takes some seconds, and only once …")
        for name in self.signatures:
            self[name]

    @property
    def is_ready(self) -> bool:
        """Whether all of it has been compiled before, here or on disk."""
        if len(self._functions) == len(self.signatures):
            return True
        # Numba writes an index beside each function's code.
        kept = " ".join(path.name for path in self.folder.glob("**/kernel.*.nbi"))
        return all(f".{name}-" in kept for name in self.signatures)

    def _compile(self, name: str) -> Any:
        module = self._loaded()
        if self._on_disk:
            try:
                return self._jit(getattr(module, name), name, cache=True)
            except Exception as error:  # whatever is wrong with what lies on the disk, we can do without
                print(f"Compiled kernels in {self.folder} cannot be used: {error}", file=sys.stderr)
                shutil.rmtree(self.folder, ignore_errors=True)
                self._on_disk = False
        return self._jit(getattr(module, name), name, cache=False)

    def _jit(self, function: Any, name: str, *, cache: bool) -> Any:
        return numba.njit(self.signatures[name], cache=cache, **OPTIONS)(function)

    def _loaded(self) -> ModuleType:
        if self._module is None:
            path = self.folder / "kernel.py"
            self._on_disk = self._write(path)
            # What is executed is what we generated, never what a file holds.
            code = compile(self.source, str(path), "exec")
            self._module = sys.modules[self.name] = ModuleType(self.name)
            self._module.__file__ = str(path)
            exec(code, self._module.__dict__)
        return self._module

    def _write(self, path: Path) -> bool:
        """Write the source where it is not yet there; tell whether it is."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists() or path.read_text("utf-8") != self.source:
                write_bytes(path, self.source.encode())
            os.utime(path, (0, 0))  # Numba tells by the time of the file whether what it keeps is of it
            return os.access(path.parent, os.W_OK)
        except (OSError, FileError):
            return False


class Callbacks(Library):
    """Functions that compiled code calls by their addresses, which hold while this lives."""

    def address(self, name: str) -> int:
        """Return where a function is."""
        function: Any = self[name]
        return int(function.address)

    def _jit(self, function: Any, name: str, *, cache: bool) -> Any:
        return numba.cfunc(self.signatures[name], cache=cache, **OPTIONS)(function)


@lru_cache(maxsize=2)
def product_library(dtype: str) -> Callbacks:
    """Return the products over packed weights of a type."""
    whole = types.int64
    signatures = {"pack": types.void(*[whole] * 8), "multiply": types.void(*[whole] * 9)}
    signatures["multiply_turned"] = types.void(*[whole] * 12)
    return Callbacks(f"products-{dtype}", products.SOURCE.format(dtype=dtype), signatures)


TABLE = types.Array(types.int64, 1, "C")
TIMELINE = types.Array(types.int64, 2, "C")
_N = types.int64
SIGNATURES: dict[str, Any] = {
    "pack_weights": types.void(TABLE, TABLE, _N, _N, _N),
    "forward_hoisted": types.void(TABLE, TABLE, _N, _N),
    "forward": types.void(TABLE, TABLE, TIMELINE, _N, _N, _N, _N),
    "backward": types.void(TABLE, TABLE, TIMELINE, _N, _N, _N, _N, _N),
    "backward_hoisted": types.void(TABLE, TABLE, _N, _N),
    "gather": types.void(TABLE, TABLE, _N, _N),
}


@lru_cache(maxsize=256)
def cell_library(source: str, dtype: str) -> Library:
    """Return the kernel of a cell."""
    return Library(f"cell-{dtype}", source, SIGNATURES)
