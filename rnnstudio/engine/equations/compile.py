"""From text to something that runs: every stage of the compiler, once for each text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import CodeType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

from rnnstudio.engine import kernels
from rnnstudio.engine.equations.buffers import Buffers
from rnnstudio.engine.equations.differentiate import differentiate
from rnnstudio.engine.equations.generate import Function, generate_arrays
from rnnstudio.engine.equations.kernel import CellKernel
from rnnstudio.engine.equations.lower import lower
from rnnstudio.engine.equations.parse import parse
from rnnstudio.engine.equations.sequence import Sequence
from rnnstudio.engine.equations.storage import Storage, allocate
from rnnstudio.engine.equations.tree import Equations

if TYPE_CHECKING:
    from rnnstudio.engine.native.library import Library


@dataclass(frozen=True)
class CompiledCell:
    """A cell ready to run.

    Attributes
    ----------
    equations : the parsed equations
    storage : where NumPy's kernel keeps every value; that of compiled loops is ``sequence.storage``
    source : the generated NumPy source
    states, gates : names of carried states (``h`` first) and of everything else assigned
    """

    equations: Equations
    storage: Storage
    source: str
    functions: tuple[Function, ...]
    calls: Mapping[str, Callable[..., None]]

    @property
    def states(self) -> tuple[str, ...]:
        """Carried states, ``h`` first."""
        return self.equations.states

    @property
    def gates(self) -> tuple[str, ...]:
        """Every other assigned name, in order."""
        return self.equations.gates

    @property
    def loop_source(self) -> str:
        """The same as loops over whole sequences, which are compiled; single precision."""
        return self.sequence.source("float32")

    def library(self, dtype: str) -> Library:
        """Return the functions compiled from it for ``float32`` or ``float64``; loads LLVM."""
        from rnnstudio.engine.native.library import cell_library

        return cell_library(self.sequence.source(dtype), dtype)

    @cached_property
    def sequence(self) -> Sequence:
        """What writes that source, from a schedule and storage of its own."""
        return Sequence(allocate(differentiate(lower(self.equations)), sinks=True))

    @property
    def tape_slots(self) -> int:
        """How many numbers a unit, step and sequence takes beyond ``h`` and its gradient.

        What the compiled kernel turns round in ragged batches is among them.
        """
        return self._numbers[0] - 1 + len(self.sequence.places.previous)

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
        counts = (
            Buffers(storage, 1, 1, np.dtype(np.float32)).count()
            for storage in (self.storage, self.sequence.storage)
        )
        by_row, by_feature, by_sequence = map(max, zip(*counts, strict=True))
        return by_row, by_feature, by_sequence

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
            return CellKernel(self.storage, self.functions, self.calls, *sizes)
        # Only here, where a cell is going to run: the window must not load LLVM.
        from rnnstudio.engine.equations.compiled import CompiledKernel

        library = self.library(np.dtype(dtype).name)
        return CompiledKernel(self.sequence, library, *sizes)


@lru_cache(maxsize=256)
def compile_cell(text: str) -> CompiledCell:
    """Return the compiled cell of a text; raises `EquationError` where the text is wrong."""
    equations = parse(text)
    storage = allocate(differentiate(lower(equations)))
    generated = generate_arrays(storage)
    code: CodeType = compile(generated.source, "<generated from equations>", "exec")
    # Only generated source is ever executed; the text of the equations never is.
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    calls = {function.name: namespace[function.name] for function in generated.functions}
    return CompiledCell(equations, storage, generated.source, generated.functions, calls)
