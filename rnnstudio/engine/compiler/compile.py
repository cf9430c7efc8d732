"""From text to something that runs: every stage of the compiler, once for each text."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from textwrap import shorten
from types import CodeType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from rnnstudio.design.errors import StudioError
from rnnstudio.engine.compiler.backend.address_table import Places
from rnnstudio.engine.compiler.backend.buffer_assignment import Storage, allocate
from rnnstudio.engine.compiler.backend.loop_codegen import Sequence
from rnnstudio.engine.compiler.backend.numpy_codegen import Generated, generate_arrays
from rnnstudio.engine.compiler.backend.validation.validator import array_fault, loop_fault
from rnnstudio.engine.compiler.frontend.ast_nodes import Equations
from rnnstudio.engine.compiler.frontend.parser import parse
from rnnstudio.engine.compiler.ir.autodiff import differentiate
from rnnstudio.engine.compiler.ir.lowering import lower
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.compiler.runtime.buffers import Buffers
from rnnstudio.engine.compiler.runtime.numpy_kernel import CellKernel
from rnnstudio.engine.compiler.runtime.parameter_layout import ParameterLayout

if TYPE_CHECKING:
    from rnnstudio.engine.native.library import Library


SECONDS_PER_OPERATION = 0.003  # of the slowest cells; most take half of it
LOGGER = logging.getLogger(__name__)
Built = TypeVar("Built")


@dataclass(frozen=True)
class ArrayCode:
    """The NumPy form of a cell: where every value lives, the source, and its functions by name."""

    storage: Storage
    generated: Generated
    calls: Mapping[str, Callable[..., None]]


@dataclass(frozen=True)
class CompiledCell:
    """A cell ready to run. What one kernel alone needs is made, and validated, when it is asked for.

    Attributes
    ----------
    equations : the parsed equations
    """

    equations: Equations

    @property
    def states(self) -> tuple[str, ...]:
        """Carried states, ``h`` first."""
        return self.equations.states

    @property
    def gates(self) -> tuple[str, ...]:
        """Every other assigned name, in order."""
        return self.equations.gates

    @property
    def storage(self) -> Storage:
        """Where NumPy's kernel keeps every value; that of compiled loops is ``sequence.storage``."""
        return self.arrays.storage

    @property
    def source(self) -> str:
        """The generated NumPy source."""
        return self.arrays.generated.source

    @property
    def loop_source(self) -> str:
        """The same as loops over whole sequences, which are compiled; single precision."""
        return self.sequence.source("float32")

    def library(self, dtype: str) -> Library:
        """Return the functions compiled from it for ``float32`` or ``float64``; loads LLVM."""
        from rnnstudio.engine.native.library import cell_library

        return cell_library(self.sequence.source(dtype), dtype, self.compile_seconds)

    @property
    def compile_seconds(self) -> float:
        """How long the compilation of its loops may take, on one core of a machine of 2024."""
        return SECONDS_PER_OPERATION * len(self._storages[1].graph.ops)

    @cached_property
    def arrays(self) -> ArrayCode:
        """The cell for NumPy."""

        def build(reuses: bool) -> tuple[Storage, Generated]:
            storage = self._storages[0] if reuses else self.allocate_storage(sinks=False, reuses=False)
            return storage, generate_arrays(storage)

        storage, generated = validated(self.equations, build, lambda built: array_fault(*built))
        code: CodeType = compile(generated.source, "<generated from equations>", "exec")
        # Only generated source is ever executed; the text of the equations never is.
        namespace: dict[str, Any] = {}
        exec(code, namespace)
        return ArrayCode(storage, generated, {f.name: namespace[f.name] for f in generated.functions})

    @cached_property
    def sequence(self) -> Sequence:
        """What writes the source of compiled loops, from a schedule and storage of its own."""

        def build(reuses: bool) -> Sequence:
            return Sequence(self._storages[1] if reuses else self.allocate_storage(sinks=True, reuses=False))

        return validated(self.equations, build, loop_fault)

    @cached_property
    def _storages(self) -> tuple[Storage, Storage]:
        """Where NumPy's kernel and where compiled loops keep every value, not validated yet.

        The window asks for sizes while equations are written, so that it must not wait for validation.
        """
        return self.allocate_storage(sinks=False), self.allocate_storage(sinks=True)

    def allocate_storage(self, *, sinks: bool, reuses: bool = True) -> Storage:
        """Return where a kernel keeps every value, with or without code sinking and reuse of memory."""
        return allocate(differentiate(lower(self.equations)), sinks=sinks, reuses=reuses)

    @property
    def tape_slots(self) -> int:
        """How many numbers a unit, step and sequence takes beyond ``h`` and its gradient.

        What the compiled kernel keeps of the states before in ragged batches is among them.
        """
        return self._numbers[0] - 1

    @property
    def feature_slots(self) -> int:
        """How many numbers a feature of the input, step and sequence takes."""
        return self._numbers[1]

    @property
    def sequence_slots(self) -> int:
        """How many numbers a unit and sequence takes, however long it is."""
        return self._numbers[2] + 3 * len(self.states)  # final states, and both gradients of states

    @cached_property
    def _numbers(self) -> tuple[int, int, int]:
        """What `Buffers.count` says, of the kernel that takes more."""
        storages = self._storages
        numbers = [list(Buffers(storage, 1, 1, np.dtype(np.float32)).count()) for storage in storages]
        numbers[1][0] += len(Places(storages[1]).previous)
        by_row, by_feature, by_sequence = map(max, zip(*numbers, strict=True))
        return by_row, by_feature, by_sequence

    def parameters(self, features: int, units: int) -> ParameterLayout:
        """Return how the weights lie in one flat vector, the same for all kernels."""
        return ParameterLayout(self._storages[0], features, units)

    def parameter_shapes(self, features: int, units: int) -> dict[str, tuple[int, ...]]:
        """Return the textbook shape of each weight: (units, features), (units, units) or (units,)."""
        equations = self.equations
        return {
            **{name: (units, features) for name in equations.input_matrices},
            **{name: (units, units) for name in equations.recurrent_matrices},
            **{name: (units,) for name in equations.vectors},
        }

    def kernel(self, features: int, units: int, dtype: DTypeLike = np.float32) -> CellKernel:
        """Return a kernel for sizes and a floating-point type, of the kind that `kernels.chosen` says."""
        sizes = (features, units, np.dtype(dtype))
        if kernels.chosen() is kernels.Kernel.NUMPY:
            code = self.arrays
            return CellKernel(code.storage, code.generated.functions, code.calls, *sizes)
        # Only here, where a cell is going to run: the window must not load LLVM.
        from rnnstudio.engine.compiler.runtime.compiled_kernel import CompiledKernel

        library = self.library(np.dtype(dtype).name)
        return CompiledKernel(self.sequence, library, *sizes)


@lru_cache(maxsize=256)
def compile_cell(text: str) -> CompiledCell:
    """Return the compiled cell of a text; raises `EquationError` where the text is wrong."""
    return CompiledCell(parse(text))


def validated(
    equations: Equations, build: Callable[[bool], Built], fault: Callable[[Built], str | None]
) -> Built:
    """Return what is built with reuse of storage, or without it if the validator finds a fault.

    Raises
    ------
    StudioError
        If that has a fault too, which no text is known to have.
    """
    built = build(True)
    found = fault(built)
    if found is None:
        return built
    first = next(line for line in equations.text.splitlines() if line.split("#")[0].strip())
    cell = f"The cell that begins with “{shorten(first, 80, placeholder=' …')}”"
    LOGGER.warning("%s runs in a plainer form, slower and with more memory: %s.", cell, found)
    built = build(False)
    found = fault(built)
    if found is not None:
        raise StudioError(
            f"{cell} cannot be compiled correctly: {found}. Report it, and write its equations otherwise."
        )
    return built
