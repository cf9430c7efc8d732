"""The BLAS libraries of NumPy and SciPy: limits them to one thread, and finds their code path.

The number of threads changes the last bits of a product. The libraries read environment variables when they
are loaded, possibly before this package, so the number is also set by their own functions.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

# Folders in which a wheel stores its libraries, relative to the package.
FOLDERS = ("../{package}.libs", ".dylibs")
# OpenBLAS has several names for its functions: in wheels, and with 64-bit integers.
NAMES = [f"{prefix}openblas_{{}}{suffix}" for prefix in ("scipy_", "") for suffix in ("64_", "", "_64")]
OTHERS = ("MKL_Set_Num_Threads", "bli_thread_set_num_threads")
FILES = ("openblas", "mkl_rt", "blis")


def use_one_thread() -> None:
    """Limit all loaded BLAS libraries to one thread."""
    for library in _libraries():
        for name in (*(name.format("set_num_threads") for name in NAMES), *OTHERS):
            setter = getattr(library, name, None)
            if setter is not None:
                setter(1)


def code_of(package: str) -> str:
    """Return the OpenBLAS code path of a package, such as "SkylakeX"; empty for other libraries."""
    for path in _paths(package):
        library = _opened(path)
        for name in NAMES:
            core = getattr(library, name.format("get_corename"), None)
            if core is not None:
                core.restype = ctypes.c_char_p
                return str(core().decode("ascii", "replace"))
    return ""


def _libraries() -> Iterator[Any]:
    paths = [*_paths("numpy"), *_paths("scipy"), *_mapped()]
    for path in dict.fromkeys(paths):
        library = _opened(path)
        if library is not None:
            yield library


def _paths(package: str) -> list[Path]:
    """Return the BLAS libraries of a package's wheel, if the package has loaded them."""
    loaded = {"numpy": "numpy", "scipy": "scipy.linalg.cython_blas"}[package]
    if loaded not in sys.modules:
        return []
    return _in_wheel(package)


@cache
def _in_wheel(package: str) -> list[Path]:
    home = Path(str(sys.modules[package].__file__)).parent
    folders = [home / folder.format(package=package) for folder in FOLDERS]
    return sorted(path.resolve() for folder in folders for path in folder.glob("*openblas*"))


def _mapped() -> list[Path]:
    """Return the BLAS libraries of the system that are loaded, on Linux."""
    with suppress(OSError):
        lines = Path("/proc/self/maps").read_text("utf-8", "replace").splitlines()
        names = {line.split(maxsplit=5)[-1] for line in lines if "/" in line}
        return sorted(Path(name) for name in names if any(word in Path(name).name for word in FILES))
    return []


@cache
def _opened(path: Path) -> Any:
    with suppress(OSError):
        return ctypes.CDLL(str(path))
    return None
