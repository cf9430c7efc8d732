"""The table of addresses of compiled kernels, and expressions for rows of arrays in the generated source.

The table has one address for each slot of each array, under names such as ``tape/2``. Names without a number
stand for arrays that have no slots in the buffer assignment. In the source ``first`` is the first row of a
step or of a range of rows, ``low`` the first sequence, and ``before`` the first row of the states of the
previous step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rnnstudio.engine.compiler.backend.buffer_assignment import (
    BufferAssignment,
    Slot,
    operand_has_all_rows,
    product_has_all_rows,
)
from rnnstudio.engine.compiler.backend.loop_stages import interleaved_arrays, stride_name
from rnnstudio.engine.compiler.ir.autodiff import ProductGroup
from rnnstudio.engine.compiler.ir.graph import Phase

ENDS = ("x", "dh", "dx", "factors", "flow", "final", "d_final", "d_initial", "d_now.h", "room")
# These are rows of the arrays of states, and of the arrays that carry gradients between steps.
PARTS = ("now.", "prev.", "d_prev.", "d_next.")
OF_STATES = ("now", "prev", "carry0", "carry1")


def variable(entry: str) -> str:
    """Return the variable of a table entry in the source; ``at_`` distinguishes it from sizes."""
    return "at_" + re.sub(r"\W", "_", entry)


class AddressTable:
    """The entries of the table of addresses in order, and expressions for their rows."""

    def __init__(self, assignment: BufferAssignment) -> None:
        self.assignment = assignment
        self.graph = assignment.graph
        self.groups = assignment.layout.groups
        self.states = assignment.backward.forward.equations.states
        self.interleaved = interleaved_arrays(assignment)
        operands = [self.graph.ops[group.operand] for group in self.groups]
        #: states that are multiplied by a matrix one step later
        self.previous = sorted({op.name for op in operands if op.kind == "previous"})
        #: where a ragged batch stores them row by row, for the gradients of the weights
        self.saved_previous = {state: f"previous.{state}" for state in self.previous}
        if assignment.reuses_slots:
            self.saved_previous |= zip(self.previous, self._consumed(), strict=False)
        self.entries = tuple(self._entries())

    def _consumed(self) -> list[str]:
        """Return the slots of the tape that are not read after their step has been differentiated."""
        assignment = self.assignment
        later = (s for s in assignment.schedule.backward if s.point.phase is not Phase.STEP)
        read = {a for stage in later for v in stage.values for a in self.graph.ops[v].args}
        read |= {*assignment.backward.forward.names.values(), *(group.operand for group in self.groups)}
        taken = {assignment.slot_of[v] for v in read if v in assignment.slot_of}
        return [f"tape/{k}" for k in range(assignment.slots.get("tape", 0)) if Slot("tape", k) not in taken]

    def _entries(self) -> Iterator[str]:
        yield from ENDS
        for array, slots in self.assignment.slots.items():
            if array not in ENDS and not array.startswith(PARTS):
                yield from (f"{array}/{k}" for k in range(slots))
        yield from (f"d_vectors/{k}" for k in range(len(self.assignment.vectors)))
        for state in self.states:
            yield from (f"{kind}.{state}" for kind in OF_STATES)
        yield from (kept for kept in self.saved_previous.values() if kept.startswith("previous."))
        for group in self.groups:
            yield from (f"{name}.{group.key}" for name in ("d_block", "packed_back"))
            for k in range(len(group.products)):
                yield from (f"{name}.{group.key}/{k}" for name in ("block", "packed"))

    def group(self, key: str) -> ProductGroup:
        """Return a group of products by its key."""
        return next(g for g in self.groups if g.key == key)

    def depth(self, group: ProductGroup) -> str:
        """Return the width of a group's operand."""
        return "features" if self.graph.points[group.operand].phase is Phase.INPUT else "units"

    def block_stride(self, group: ProductGroup) -> str:
        """Return the row stride of a group's weights."""
        owners = (g for g in self.groups if g.owns_weights and group.matrices[0] in g.matrices)
        return f"{len((group if group.owns_weights else next(owners)).products)} * units"

    def width(self, array: str) -> str:
        """Return the width of one slot of an array."""
        kind, _, key = array.partition(".")
        if kind == "operand":
            return self.depth(self.group(key))
        return "features" if kind in ("features", "x") else "units"

    def has_all_rows(self, array: str) -> bool:
        """Return whether an array has a row for each step of each sequence."""
        kind, _, key = array.partition(".")
        if kind == "product":
            return product_has_all_rows(self.assignment, self.group(key))
        if kind == "operand":
            return operand_has_all_rows(self.assignment, self.group(key))
        return kind in ("tape", "gradient", "wide", "features", "now")

    def stride(self, slot: Slot) -> str:
        """Return the row stride of a slot."""
        if slot.array in self.interleaved or slot.array == "x":
            return stride_name(slot.array)
        return self.width(slot.array)

    def pointer(self, slot: Slot) -> str:
        """Return an expression for the address of a slot's first row."""
        array = slot.array
        kind, _, state = array.partition(".")
        if kind == "vectors":
            return variable(f"vectors/{slot.index}")
        if kind in ("d_next", "d_prev"):
            return f"move({kind}_{state}, low_units)"
        if kind == "prev":
            return f"move({variable(array)}, before_units)"
        at = "first" if self.has_all_rows(array) or kind == "x" else "low"
        name = array if kind in ("x", "now", "d_now") else f"{array}/{slot.index}"
        return f"move({variable(name)}, {at}_{self.stride(slot)})"

    def rows(self, used: Iterable[str]) -> list[str]:
        """Return definitions of the row offsets that are used."""
        strides = ["units", "features", "x_stride", *(stride_name(array) for array in self.interleaved)]
        known = {f"{row}_{stride}": f"{row} * {stride}" for row in ("first", "low") for stride in strides}
        known["before_units"] = "(before + low) * units"
        return [f"{name} = {known[name]}" for name in sorted(known.keys() & set(used))]

    def window(self, group: ProductGroup) -> str:
        """Return an expression for the address of the gradients of a group's products."""
        return self.pointer(Slot("gradient", self.assignment.layout.windows[group.key]))
