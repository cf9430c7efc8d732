"""Kernel warm-up: compiles the kernels of the built-in cells before they are needed.

A separate process compiles at the lowest priority, because a compilation holds Python's global interpreter
lock and would slow down training. The compiled kernels are shared through the cache on disk.
`main` runs in that process. It ends when its standard input is closed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rnnstudio.child_process import environment, module_command
from rnnstudio.engine.compiler.runtime import kernels

if TYPE_CHECKING:
    from rnnstudio.engine.native.library import Library

LOWEST_PRIORITY = 19
# The cells that are most likely to be trained first.
FIRST = ("lstm", "gru", "rnn")


class KernelWarmup:
    """Loads the libraries of the kernels, and compiles the kernels that are not in the cache."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="kernel-warmup", daemon=True)

    def start(self) -> None:
        """Start, unless the cells run in NumPy."""
        if kernels.chosen() is kernels.Kernel.COMPILED:
            self._thread.start()

    def close(self) -> None:
        """Stop. Kernels that have been compiled stay in the cache."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    def _work(self) -> None:
        # Loading LLVM and SciPy takes a quarter of a second, which the first run then need not wait for.
        from rnnstudio.engine.native.cache import obstacle
        from rnnstudio.engine.native.library import product_library

        missing = [library for library in libraries() if not library.is_ready]
        if product_library("float32").is_ready:
            product_library("float32").compile()
        if not missing or obstacle():
            return
        with self._lock:
            if not self._closed:
                self._process = subprocess.Popen(
                    module_command("rnnstudio.engine.training.kernel_warmup"),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    env=environment(),
                )


def libraries() -> Iterator[Library]:
    """Yield the libraries of the built-in cells in single precision, the most likely first."""
    from rnnstudio.engine.catalogue import catalogue
    from rnnstudio.engine.compiler.compile import compile_cell
    from rnnstudio.engine.native.adam import adam_library
    from rnnstudio.engine.native.library import product_library

    yield product_library("float32")
    yield adam_library("float32")
    cells = [spec for spec in catalogue().nodes if spec.family == "cell" and spec.equations is not None]
    for spec in sorted(cells, key=lambda s: FIRST.index(s.kind) if s.kind in FIRST else len(FIRST)):
        assert spec.equations is not None
        yield compile_cell(spec.equations(spec.complete({}))).library("float32")


def main() -> None:
    """Compile all kernels, until standard input is closed."""
    if hasattr(os, "nice"):
        os.nice(LOWEST_PRIORITY)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for library in libraries():
        library.compile()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)  # nothing is written before a compilation is complete


if __name__ == "__main__":
    main()
