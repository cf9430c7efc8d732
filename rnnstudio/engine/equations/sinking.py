"""Stages for compiled loops: what is hoisted for NumPy's sake alone goes back into the steps.

``b_i + W_i @ x`` is known for all steps at once, and one call of NumPy adds it up. A compiled loop over a
step adds it for nothing while it reads the product anyway, where a pass of its own over all rows would
read and write them once more.
"""

from __future__ import annotations

from dataclasses import replace

from rnnstudio.engine.equations.graph import Phase
from rnnstudio.engine.equations.schedule import Stage
from rnnstudio.engine.equations.storage import Storage


def sunk_stages(storage: Storage) -> tuple[Stage, ...]:
    """Return the stages of both passes, forward first, with what can wait moved to the steps that use it."""
    stages = (*storage.schedule.forward, *storage.schedule.backward)
    where = _Sinking(storage, stages).run()
    moved: dict[str, list[int]] = {}
    for value, stage in sorted(where.items()):
        moved.setdefault(stage, []).append(value)
    sunk = (
        replace(s, values=(*moved.get(s.name, ()), *(v for v in s.values if v not in where))) for s in stages
    )
    return tuple(s for s in sunk if s.values)


class _Sinking:
    def __init__(self, storage: Storage, stages: tuple[Stage, ...]) -> None:
        self.storage, self.graph = storage, storage.graph
        self.stage_of = {v: stage for stage in stages for v in stage.values}
        self.users: dict[int, set[int]] = {}
        for v in self.stage_of:
            for a in self.graph.ops[v].args:
                self.users.setdefault(a, set()).add(v)
        self.kept = set(storage.backward.forward.names.values())
        self.kept |= {group.operand for group in storage.layout.groups}
        hoisted = [g for g in storage.layout.groups if g.place.phase is Phase.HOISTED]
        self.products = {p for g in hoisted for p in g.products}
        self.forward = [v for v in self.stage_of if v < storage.backward.forward.count]

    def run(self) -> dict[int, str]:
        """Return the name of the stage that each value sinks to."""
        where: dict[int, str] = {}
        for value in sorted(self.forward, reverse=True):
            if self.graph.places[value].phase is Phase.HOISTED and value not in self.kept:
                names = {self._target(user, where) for user in self.users.get(value, ())}
                if len(names) == 1 and None not in names:
                    where[value] = str(names.pop())
        while True:
            stuck = [v for v in where if not self._readable(v, where)]
            if not stuck:
                return where
            for v in stuck:
                self._keep(v, where)

    def _target(self, user: int, where: dict[int, str]) -> str | None:
        if user in where:
            return where[user]
        stage = self.stage_of[user]
        ahead = user < self.storage.backward.forward.count and stage.place.phase is Phase.STEP
        return stage.name if ahead else None

    def _readable(self, value: int, where: dict[int, str]) -> bool:
        """Whether the steps still find what the value is computed from."""
        for a in self.graph.ops[value].args:
            op = self.graph.ops[a]
            if op.kind in ("number", "vector") or a in where:
                continue
            if a not in self.products:
                return False
            slot = self.storage.place_of[a]
            others = (v for v in self.forward if self.storage.place_of[v] == slot and v not in where)
            if any(self.graph.places[v].phase is Phase.HOISTED for v in others):
                return False
        return True

    def _keep(self, value: int, where: dict[int, str]) -> None:
        """Leave a value where it was, and with it whatever it is computed from."""
        if where.pop(value, None) is not None:
            for a in self.graph.ops[value].args:
                self._keep(a, where)
