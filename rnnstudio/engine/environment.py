"""What determines the exact results besides design and data: kernel, threads, versions, processor."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

import rnnstudio
from rnnstudio.engine import blas, pool
from rnnstudio.engine.compiler.runtime.kernels import Kernel

TUNABLES = "GLIBC_TUNABLES"
# The name of each in a sentence.
TITLES = {
    "rnnstudio": "RNN Studio",
    "system": "the system",
    "numpy": "NumPy",
    "numpy_blas": "NumPy's linear algebra",
    "numpy_features": "processor features for NumPy",
    "scipy": "SciPy",
    "scipy_blas": "SciPy's linear algebra",
    "llvmlite": "llvmlite",
    "processor": "processor features for kernels",
}


def numerics_record(kernel: str) -> dict[str, Any]:
    """Return what determines the exact results of this process, for records and checkpoints."""
    return {"kernel": kernel, "threads": pool.count(), "environment": environment(kernel)}


def environment(kernel: str) -> dict[str, str]:
    """Return versions and processor by the names in `TITLES`, including those of compiled kernels."""
    built: Any = np.show_config(mode="dicts")
    system = (platform.system(), platform.machine(), *platform.libc_ver())
    linear = built["Build Dependencies"]["blas"]
    features = [word for part in ("baseline", "found") for word in built["SIMD Extensions"].get(part, [])]
    facts = {
        "rnnstudio": rnnstudio.__version__,
        # The C library selects math functions by the processor, or by this variable.
        "system": _words(*system, os.environ.get(TUNABLES)),
        "numpy": np.__version__,
        "numpy_blas": _words(linear.get("name"), linear.get("version"), blas.code_of("numpy")),
        "numpy_features": " ".join(features),
    }
    if kernel == Kernel.COMPILED:
        import llvmlite
        import scipy
        import scipy.linalg.cython_blas  # a network without cells has not loaded it

        from rnnstudio.engine.native.machine import FLAGS, PROCESSOR

        flags = hashlib.sha256(FLAGS.encode()).hexdigest()[:12]
        facts |= {
            "scipy": scipy.__version__,
            "scipy_blas": blas.code_of("scipy"),
            "llvmlite": llvmlite.__version__,
            "processor": f"{PROCESSOR} {flags}",
        }
    return facts


def _words(*words: str | None) -> str:
    return " ".join(filter(None, words))


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return in words what is other in the second of two `numerics_record` than in the first.

    What an older version did not record is unknown, which is a change too.
    """
    words = []
    if before.get("kernel") != now["kernel"]:
        words.append(f"on {now['kernel']} kernels where it ran on {before.get('kernel')} ones")
    if "threads" in before and before["threads"] != now["threads"]:
        words.append(f"with {now['threads']} threads where it ran with {before['threads']}")
    known = before.get("environment")
    if "threads" not in before or not isinstance(known, dict):
        return [*words, "from a file that does not say what it was computed with"]
    for name, title in TITLES.items():
        there, here = known.get(name), now["environment"].get(name)
        if there != here and there is not None and here is not None:
            long = name in ("numpy_features", "processor")
            words.append(f"with other {title}" if long else f"with {title} {here} where it ran with {there}")
    return words
