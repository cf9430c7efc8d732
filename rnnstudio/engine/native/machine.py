"""From LLVM's language to machine code, and from machine code to functions that Python calls.

What is executed has always come through a file's worth of machine code, whether it was compiled a moment ago
or years ago: there is no second way that could give other bits.
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
# LLVM's advice for some processors is to use half of a 512-bit register, which is that for code with few
# wide instructions among others; a kernel is nothing but wide instructions.
FLAGS = FEATURES.flatten() + (",-prefer-256-bit" if FEATURES.get("avx512f") else "")


def compile_module(text: str, *, vectorize: bool = True) -> bytes:
    """Return the machine code of a module: the same bytes for the same text on the same processor.

    ``vectorize`` is of use where loops are over single numbers.
    """
    module = optimized(text, vectorize=vectorize)
    code: bytes = _machine().emit_object(module)
    return code


def optimized(text: str, *, vectorize: bool = True) -> Any:
    """Return a module in LLVM's language after its optimizations."""
    module, machine = llvm.parse_assembly(text), _machine()
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3 if vectorize else 2)
    options.loop_vectorization = options.slp_vectorization = vectorize
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return module


class Loaded:
    """Machine code in memory; its functions last as long as this."""

    def __init__(self, code: bytes) -> None:
        _link()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def function(self, name: str, parameters: int) -> Callable[..., None]:
        """Return a function of so many whole numbers; it runs without Python's lock."""
        function: Any = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * parameters)(
            self._engine.get_function_address(name)
        )
        function.loaded = self
        return function  # type: ignore[no-any-return]


def _machine() -> Any:
    """Return what describes this processor; an engine takes one for itself."""
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
    """Tell the loader where the functions are that kernels call."""
    from scipy.linalg import cython_blas

    capsule = ctypes.pythonapi.PyCapsule_GetPointer
    capsule.restype, capsule.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    for product in ("sgemm", "dgemm"):
        held = cython_blas.__pyx_capi__[product]
        llvm.add_symbol(f"rnnstudio_{product}", capsule(held, name(held)))
    # Python itself is linked with the library of mathematics, but on Windows.
    system = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
    for function in ("exp", "log", "log1p", "expm1", "pow"):
        for called in (function, f"{function}f"):
            llvm.add_symbol(called, ctypes.cast(getattr(system, called), ctypes.c_void_p).value)
