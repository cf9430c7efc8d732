"""From LLVM IR to machine code, and from machine code to functions that Python can call.

Code is always executed from the bytes of an object file, whether it was just compiled or read from disk. So
there is no second way that could give different results.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import llvmlite.binding as llvm

FEATURES = llvm.get_host_cpu_features()
PROCESSOR = llvm.get_host_cpu_name()
# For some processors LLVM prefers half of a 512-bit register. That suits code with few wide instructions; a
# kernel has almost only wide instructions.
FLAGS = FEATURES.flatten() + (",-prefer-256-bit" if FEATURES.get("avx512f") else "")


def compile_module(text: str, *, vectorize: bool = True) -> bytes:
    """Return the machine code of a module: the same bytes for the same text on the same processor.

    ``vectorize`` helps if loops are over single numbers.
    """
    module = optimized(text, vectorize=vectorize)
    code: bytes = _machine().emit_object(module)
    return code


def optimized(text: str, *, vectorize: bool = True) -> Any:
    """Return a module as LLVM IR after the optimizations."""
    module, machine = llvm.parse_assembly(text), _machine()
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3 if vectorize else 2)
    options.loop_vectorization = options.slp_vectorization = vectorize
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return module


class Loaded:
    """Machine code in memory; its functions are valid as long as this object."""

    def __init__(self, code: bytes) -> None:
        _link()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def function(self, name: str, parameters: int) -> Callable[..., None]:
        """Return a function with this number of integer arguments; it runs without Python's global lock."""
        function: Any = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * parameters)(
            self._engine.get_function_address(name)
        )
        function.loaded = self
        return function  # type: ignore[no-any-return]


def _machine() -> Any:
    """Return the target machine of this processor; each engine owns one."""
    _start()
    target = llvm.Target.from_default_triple()
    x86 = target.name.startswith("x86")
    return target.create_target_machine(
        cpu=PROCESSOR,
        features=FLAGS,
        opt=3,
        reloc="static" if x86 else "default",
        codemodel="jitdefault",
        jit=True,
    )


@lru_cache(maxsize=1)
def _start() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@lru_cache(maxsize=1)
def _link() -> None:
    """Register the addresses of the functions that kernels call."""
    from scipy.linalg import cython_blas

    capsule = ctypes.pythonapi.PyCapsule_GetPointer
    capsule.restype, capsule.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    for product in ("sgemm", "dgemm"):
        held = cython_blas.__pyx_capi__[product]
        llvm.add_symbol(f"rnnstudio_{product}", capsule(held, name(held)))
    # Except on Windows, Python itself is linked with the mathematical library.
    system = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
    for function in ("exp", "log", "log1p", "expm1", "pow"):
        for called in (function, f"{function}f"):
            llvm.add_symbol(called, ctypes.cast(getattr(system, called), ctypes.c_void_p).value)
