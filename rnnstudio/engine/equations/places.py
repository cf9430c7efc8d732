"""Where the arrays of a cell lie, as expressions of generated source.

A function of `sequence` gets the address of every array; in it ``first`` is the first row of a step, or of
a range of rows, ``low`` the first sequence, and ``before`` the first row of the states one step before.
"""

from __future__ import annotations

from collections.abc import Iterator

from rnnstudio.engine.equations.differentiate import Group
from rnnstudio.engine.equations.graph import Phase
from rnnstudio.engine.equations.loops import side_by_side, stride_name
from rnnstudio.engine.equations.storage import Slot, Storage, product_has_all_rows

ENDS = ("x", "dh", "dx", "vectors", "d_vectors", "factors", "flow", "final", "d_final", "d_initial")
# These are rows of the arrays of states and of the two that carry gradients from step to step.
PARTS = ("now.", "prev.", "d_prev.", "d_next.")


def variable(array: str) -> str:
    """Return the name of an array in the source, none of which is that of a size."""
    return "of_features" if array == "features" else array.replace(".", "_")


class Places:
    """The arrays of a cell by name, in the order of the table of addresses, and where their rows begin."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.graph = storage.graph
        self.groups = storage.layout.groups
        self.states = storage.backward.forward.equations.states
        self.beside = side_by_side(storage)
        operands = [self.graph.ops[group.operand] for group in self.groups]
        #: states that are multiplied by a matrix one step later
        self.previous = sorted({op.name for op in operands if op.kind == "previous"})
        self.arrays = tuple(self._arrays())
        self.strides = {stride_name(array): array for array in storage.slots if array in self.beside}

    def _arrays(self) -> Iterator[str]:
        yield from ENDS
        slots = [a for a in self.storage.slots if a not in ("x", "vectors") and not a.startswith(PARTS)]
        yield from slots
        if "d_now.h" not in slots:
            yield "d_now.h"
        for state in self.states:
            yield from (f"now.{state}", f"carry0.{state}", f"carry1.{state}")
        for state in self.previous:
            yield f"previous.{state}"
        for group in self.groups:
            yield from (f"{name}.{group.key}" for name in ("block", "d_block", "packed", "packed_back"))

    def group(self, key: str) -> Group:
        """Return a group of products by its key."""
        return next(g for g in self.groups if g.key == key)

    def depth(self, group: Group) -> str:
        """Return how wide a group's operand is."""
        return "features" if self.graph.places[group.operand].phase is Phase.INPUT else "units"

    def block_stride(self, group: Group) -> str:
        """Return the distance between two rows of a group's weights."""
        owner = (
            group
            if group.owns
            else next(g for g in self.groups if g.owns and group.matrices[0] in g.matrices)
        )
        return f"{len(owner.products)} * units"

    def width(self, array: str) -> str:
        """Return how wide one slot of an array is."""
        kind, _, key = array.partition(".")
        if kind == "operand":
            return self.depth(self.group(key))
        return "features" if kind in ("features", "x") else "units"

    def has_all_rows(self, array: str) -> bool:
        """Whether an array has a row for each step of each sequence."""
        kind, _, key = array.partition(".")
        if kind == "product":
            return product_has_all_rows(self.storage, self.group(key))
        if kind == "operand":
            return self.group(key).place.phase is not Phase.STEP
        return kind in ("tape", "gradient", "wide", "features")

    def stride(self, slot: Slot) -> str:
        """Return the distance between two rows of a slot."""
        if slot.array in self.beside or slot.array == "x":
            return stride_name(slot.array)
        return self.width(slot.array)

    def pointer(self, slot: Slot) -> str:
        """Return an expression for where a slot's rows begin."""
        array, name = slot.array, variable(slot.array)
        kind, _, state = array.partition(".")
        at = {
            "vectors": f"{slot.index} * units",
            "x": "first * x_stride",
            "now": "(batch + first) * units",
            "prev": "(before + low) * units",
            "d_next": "low * units",
            "d_prev": "low * units",
            "d_now": "low * units",
        }.get(kind)
        if at is None:
            row = "first" if self.has_all_rows(array) else "low"
            if array in self.beside:
                at = f"{row} * {stride_name(array)} + {slot.index} * units"
            else:
                height = "all_rows" if self.has_all_rows(array) else "batch"
                at = f"({slot.index} * {height} + {row}) * {self.width(array)}"
        return f"move({variable(f'now.{state}') if kind == 'prev' else name}, {at})"

    def window(self, group: Group) -> str:
        """Return where the gradients of a group's products begin."""
        return self.pointer(Slot("gradient", self.storage.layout.windows[group.key]))
