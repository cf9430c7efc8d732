"""Code sinking for compiled loops: moves operations that were hoisted for NumPy's sake back into the steps.

``b_i + W_i @ x`` is known for all steps at once, and NumPy adds it in one call. A compiled loop over a step
adds it at no cost while it reads the product. A separate pass over all rows would read and write them once
more.

Sinking changes the schedule before buffers are assigned, so that the assignment knows when a compiled loop
reads each value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rnnstudio.engine.compiler.backend.instruction_schedule import Schedule, Stage
from rnnstudio.engine.compiler.ir.autodiff import Backward, ProductGroup
from rnnstudio.engine.compiler.ir.graph import Phase


def sink_code(backward: Backward, groups: tuple[ProductGroup, ...], schedule: Schedule) -> Schedule:
    """Return the schedule with hoisted values moved to the only forward step that reads them."""
    stage_of = _CodeSinking(backward, groups, schedule).run()
    moved: dict[str, list[int]] = {}
    for value, stage in sorted(stage_of.items()):
        moved.setdefault(stage, []).append(value)
    return replace(schedule, forward=tuple(_moved(schedule.forward, stage_of, moved)))


def _moved(
    stages: tuple[Stage, ...], stage_of: Mapping[int, str], moved: Mapping[str, list[int]]
) -> list[Stage]:
    """Return the stages, with sunk values in front of the others of their new stage."""
    sunk = []
    for stage in stages:
        stay = (v for v in stage.values if v not in stage_of)
        values = (*moved.get(stage.name, ()), *stay)
        if values:
            sunk.append(replace(stage, values=values))
    return sunk


class _CodeSinking:
    def __init__(self, backward: Backward, groups: tuple[ProductGroup, ...], schedule: Schedule) -> None:
        self.graph = backward.forward.graph
        self.stage_of = {v: stage for stage in schedule.forward for v in stage.values}
        self.users: dict[int, set[int]] = {}
        for stage in (*schedule.forward, *schedule.backward):
            for v in stage.values:
                for a in self.graph.ops[v].args:
                    self.users.setdefault(a, set()).add(v)
        self.kept = {*backward.forward.names.values(), *(group.operand for group in groups)}
        self.products = {p for g in groups if g.point.phase is Phase.HOISTED for p in g.products}

    def run(self) -> dict[int, str]:
        """Return the name of the new stage of each sunk value."""
        sunk: dict[int, str] = {}
        for value in sorted(self.stage_of, reverse=True):
            if self.graph.points[value].phase is Phase.HOISTED and value not in self.kept:
                names = {self._target(user, sunk) for user in self.users.get(value, ())}
                if len(names) == 1 and None not in names:
                    sunk[value] = str(names.pop())
        while True:
            stuck = [v for v in sunk if not self._has_arguments(v, sunk)]
            if not stuck:
                return sunk
            for v in stuck:
                self._leave(v, sunk)

    def _target(self, user: int, sunk: Mapping[int, str]) -> str | None:
        """Return the forward step in which a user runs, or None if it does not run in one."""
        if user in sunk:
            return sunk[user]
        stage = self.stage_of.get(user)
        return stage.name if stage is not None and stage.point.phase is Phase.STEP else None

    def _has_arguments(self, value: int, sunk: Mapping[int, str]) -> bool:
        """Return whether a step can read all arguments of the value without a further array."""
        return all(
            self.graph.ops[a].kind in ("number", "vector") or a in sunk or a in self.products
            for a in self.graph.ops[value].args
        )

    def _leave(self, value: int, sunk: dict[int, str]) -> None:
        """Leave a value, and the values it is computed from, at their original stage."""
        if sunk.pop(value, None) is not None:
            for a in self.graph.ops[value].args:
                self._leave(a, sunk)
