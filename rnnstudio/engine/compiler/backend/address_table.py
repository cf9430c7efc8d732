"""Where the arrays of a cell lie: the table of addresses, and rows as expressions of generated source.

The table has one address for each slot of each array, by names like ``tape/2``; what is no slot of
`storage` has a name without a number. In the source ``first`` is the first row of a step or of a range of
rows, ``low`` the first sequence, ``before`` the first row of the states one step before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rnnstudio.engine.compiler.backend.buffer_assignment import (
    Slot,
    Storage,
    operand_has_all_rows,
    product_has_all_rows,
)
from rnnstudio.engine.compiler.backend.loop_stages import side_by_side, stride_name
from rnnstudio.engine.compiler.ir.autodiff import Group
from rnnstudio.engine.compiler.ir.graph import Phase

ENDS = ("x", "dh", "dx", "factors", "flow", "final", "d_final", "d_initial", "d_now.h", "room")
# These are rows of the arrays of states and of the two that carry gradients from step to step.
PARTS = ("now.", "prev.", "d_prev.", "d_next.")
OF_STATES = ("now", "prev", "carry0", "carry1")


def variable(entry: str) -> str:
    """Return the name in the source of an entry of the table; ``at_`` keeps it apart from the sizes."""
    return "at_" + re.sub(r"\W", "_", entry)


class Places:
    """The entries of the table of addresses in order, and where their rows begin."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.graph = storage.graph
        self.groups = storage.layout.groups
        self.states = storage.backward.forward.equations.states
        self.beside = side_by_side(storage)
        operands = [self.graph.ops[group.operand] for group in self.groups]
        #: states that are multiplied by a matrix one step later
        self.previous = sorted({op.name for op in operands if op.kind == "previous"})
        #: where a ragged batch keeps them row by row, for the gradients of the weights
        self.kept_previous = {state: f"previous.{state}" for state in self.previous}
        if storage.reuses:
            self.kept_previous |= zip(self.previous, self._consumed(), strict=False)
        self.entries = tuple(self._entries())

    def _consumed(self) -> list[str]:
        """Return the slots of the tape that nobody reads any more when their step has been gone back over."""
        storage = self.storage
        later = (s for s in storage.schedule.backward if s.place.phase is not Phase.STEP)
        read = {a for stage in later for v in stage.values for a in self.graph.ops[v].args}
        read |= {*storage.backward.forward.names.values(), *(group.operand for group in self.groups)}
        taken = {storage.place_of[v] for v in read if v in storage.place_of}
        return [f"tape/{k}" for k in range(storage.slots.get("tape", 0)) if Slot("tape", k) not in taken]

    def _entries(self) -> Iterator[str]:
        yield from ENDS
        for array, slots in self.storage.slots.items():
            if array not in ENDS and not array.startswith(PARTS):
                yield from (f"{array}/{k}" for k in range(slots))
        yield from (f"d_vectors/{k}" for k in range(len(self.storage.vectors)))
        for state in self.states:
            yield from (f"{kind}.{state}" for kind in OF_STATES)
        yield from (kept for kept in self.kept_previous.values() if kept.startswith("previous."))
        for group in self.groups:
            yield from (f"{name}.{group.key}" for name in ("d_block", "packed_back"))
            for k in range(len(group.products)):
                yield from (f"{name}.{group.key}/{k}" for name in ("block", "packed"))

    def group(self, key: str) -> Group:
        """Return a group of products by its key."""
        return next(g for g in self.groups if g.key == key)

    def depth(self, group: Group) -> str:
        """Return how wide a group's operand is."""
        return "features" if self.graph.places[group.operand].phase is Phase.INPUT else "units"

    def block_stride(self, group: Group) -> str:
        """Return the distance between two rows of a group's weights."""
        owners = (g for g in self.groups if g.owns and group.matrices[0] in g.matrices)
        return f"{len((group if group.owns else next(owners)).products)} * units"

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
            return operand_has_all_rows(self.storage, self.group(key))
        return kind in ("tape", "gradient", "wide", "features", "now")

    def stride(self, slot: Slot) -> str:
        """Return the distance between two rows of a slot."""
        if slot.array in self.beside or slot.array == "x":
            return stride_name(slot.array)
        return self.width(slot.array)

    def pointer(self, slot: Slot) -> str:
        """Return an expression for where a slot's rows begin."""
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
        """Return the definitions of the offsets of rows that are used."""
        strides = ["units", "features", "x_stride", *(stride_name(array) for array in self.beside)]
        known = {f"{row}_{stride}": f"{row} * {stride}" for row in ("first", "low") for stride in strides}
        known["before_units"] = "(before + low) * units"
        return [f"{name} = {known[name]}" for name in sorted(known.keys() & set(used))]

    def window(self, group: Group) -> str:
        """Return where the gradients of a group's products begin."""
        return self.pointer(Slot("gradient", self.storage.layout.windows[group.key]))
