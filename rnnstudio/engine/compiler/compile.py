"""The compiler driver: from the text of equations to kernels, with every stage run once for each text."""

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
from rnnstudio.design.message import message
from rnnstudio.engine.compiler.backend.address_table import AddressTable
from rnnstudio.engine.compiler.backend.buffer_assignment import BufferAssignment, assign_buffers
from rnnstudio.engine.compiler.backend.loop_codegen import LoopCode
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


SECONDS_PER_OPERATION = 0.003  # for the slowest cells; most take half of it
LOGGER = logging.getLogger(__name__)
Built = TypeVar("Built")


@dataclass(frozen=True)
class ArrayCode:
    """The NumPy code of a cell: its buffer assignment, source and functions by name."""

    assignment: BufferAssignment
    generated: Generated
    calls: Mapping[str, Callable[..., None]]


@dataclass(frozen=True)
class CompiledCell:
    """A compiled cell. The code of each kind of kernel is generated and validated on first use.

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
        """All other assigned names, in order."""
        return self.equations.gates

    @property
    def assignment(self) -> BufferAssignment:
        """The buffer assignment of the NumPy kernel; that of the compiled one is ``loop_code.assignment``."""
        return self.arrays.assignment

    @property
    def source(self) -> str:
        """The generated NumPy source."""
        return self.arrays.generated.source

    @property
    def loop_source(self) -> str:
        """The generated source of the loops that are compiled, in single precision."""
        return self.loop_code.source("float32")

    def library(self, dtype: str) -> Library:
        """Return its compiled functions for ``float32`` or ``float64``. This loads LLVM."""
        from rnnstudio.engine.native.library import cell_library

        return cell_library(self.loop_code.source(dtype), dtype, self.compile_seconds)

    @property
    def compile_seconds(self) -> float:
        """Estimated time to compile its loops, on one core of a 2024 machine."""
        return SECONDS_PER_OPERATION * len(self._assignments[1].graph.ops)

    @cached_property
    def arrays(self) -> ArrayCode:
        """The NumPy code of the cell."""

        def build(reuses_slots: bool) -> tuple[BufferAssignment, Generated]:
            assignment = (
                self._assignments[0]
                if reuses_slots
                else self.assign_buffers(sinks_code=False, reuses_slots=False)
            )
            return assignment, generate_arrays(assignment)

        assignment, generated = validated(self.equations, build, lambda built: array_fault(*built))
        code: CodeType = compile(generated.source, "<generated from equations>", "exec")
        # Only generated source is executed, never the text of the equations.
        namespace: dict[str, Any] = {}
        exec(code, namespace)
        return ArrayCode(assignment, generated, {f.name: namespace[f.name] for f in generated.functions})

    @cached_property
    def loop_code(self) -> LoopCode:
        """The generator of compiled loops, with a schedule and a buffer assignment of its own."""

        def build(reuses_slots: bool) -> LoopCode:
            return LoopCode(
                self._assignments[1]
                if reuses_slots
                else self.assign_buffers(sinks_code=True, reuses_slots=False)
            )

        return validated(self.equations, build, loop_fault)

    @cached_property
    def _assignments(self) -> tuple[BufferAssignment, BufferAssignment]:
        """The buffer assignments of the NumPy kernel and of compiled loops, not validated yet.

        The window needs sizes while equations are being typed, and must not wait for validation.
        """
        return self.assign_buffers(sinks_code=False), self.assign_buffers(sinks_code=True)

    def assign_buffers(self, *, sinks_code: bool, reuses_slots: bool = True) -> BufferAssignment:
        """Return a buffer assignment, with or without code sinking and reuse of slots."""
        return assign_buffers(
            differentiate(lower(self.equations)), sinks_code=sinks_code, reuses_slots=reuses_slots
        )

    @property
    def tape_slots(self) -> int:
        """Numbers stored for each unit, step and sequence, besides ``h`` and its gradient.

        They include the previous states that the compiled kernel stores in ragged batches.
        """
        return self._numbers[0] - 1

    @property
    def feature_slots(self) -> int:
        """Numbers stored for each feature of the input, step and sequence."""
        return self._numbers[1]

    @property
    def sequence_slots(self) -> int:
        """Numbers stored for each unit and sequence, independent of its length."""
        return self._numbers[2] + 3 * len(self.states)  # final states, and both gradients of states

    @cached_property
    def _numbers(self) -> tuple[int, int, int]:
        """The maximum over both kernels of `Buffers.count`."""
        storages = self._assignments
        numbers = [list(Buffers(assignment, 1, 1, np.dtype(np.float32)).count()) for assignment in storages]
        numbers[1][0] += len(AddressTable(storages[1]).previous)
        by_row, by_feature, by_sequence = map(max, zip(*numbers, strict=True))
        return by_row, by_feature, by_sequence

    def parameters(self, features: int, units: int) -> ParameterLayout:
        """Return the layout of the weights in one flat vector, the same for all kernels."""
        return ParameterLayout(self._assignments[0], features, units)

    def parameter_shapes(self, features: int, units: int) -> dict[str, tuple[int, ...]]:
        """Return the textbook shape of each weight: (units, features), (units, units) or (units,)."""
        equations = self.equations
        return {
            **{name: (units, features) for name in equations.input_matrices},
            **{name: (units, units) for name in equations.recurrent_matrices},
            **{name: (units,) for name in equations.vectors},
        }

    def kernel(self, features: int, units: int, dtype: DTypeLike = np.float32) -> CellKernel:
        """Return a kernel for the given sizes and floating-point type, of the kind that is chosen."""
        sizes = (features, units, np.dtype(dtype))
        if kernels.chosen() is kernels.Kernel.NUMPY:
            code = self.arrays
            return CellKernel(code.assignment, code.generated.functions, code.calls, *sizes)
        # Imported here, because the window must not load LLVM.
        from rnnstudio.engine.compiler.runtime.compiled_kernel import CompiledKernel

        library = self.library(np.dtype(dtype).name)
        return CompiledKernel(self.loop_code, library, *sizes)


@lru_cache(maxsize=256)
def compile_cell(text: str) -> CompiledCell:
    """Return the compiled cell of a text; raises `EquationError` if the text is invalid."""
    return CompiledCell(parse(text))


def validated(
    equations: Equations, build: Callable[[bool], Built], fault: Callable[[Built], str | None]
) -> Built:
    """Return what ``build`` returns with reuse of slots, or without it if the validator finds a fault.

    Raises
    ------
    StudioError
        If that has a fault too. No such text is known.
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
            message(
                "{cell} cannot be compiled correctly: {found}. Report it, and write its equations otherwise.",
                cell=cell,
                found=found,
            )
        )
    return built
