"""Name resolution: the meaning of every name in the equations, and the width of every expression."""

from __future__ import annotations

import re
import string

from rnnstudio.design.message import Message, joined, message
from rnnstudio.engine.compiler.frontend.ast_nodes import (
    PREVIOUS,
    Assignment,
    Equations,
    Node,
    chain,
    part_names,
)
from rnnstudio.engine.compiler.frontend.errors import EquationError

NUMBER, INPUT, UNITS = "number", "input", "units"


def resolve(text: str, assignments: tuple[Assignment, ...]) -> Equations:
    """Return the equations with the meaning of every name; raises `EquationError`."""
    return _Names(text, assignments).equations()


def _stem(name: str) -> tuple[str, int]:
    """Return a name without its ``_prev`` suffixes, and their number."""
    steps = 0
    while name.endswith(PREVIOUS):
        name, steps = name[: -len(PREVIOUS)], steps + 1
    return name, steps


class _Names:
    """Finds the meaning of every name, and the width of every expression."""

    def __init__(self, text: str, assignments: tuple[Assignment, ...]) -> None:
        self.text = text
        self.assignments = assignments
        self.all_assigned = {a.name for a in assignments}
        self.assigned: set[str] = set()
        self.carried: set[str] = set()
        self.matrices: dict[str, str] = {}  # name -> width of its right operand
        self.vectors: dict[str, None] = {}
        self.joined: dict[str, tuple[str, ...]] = {}  # name -> widths of the vectors in its brackets
        self.parts: set[str] = set()  # of matrices left of brackets

    def equations(self) -> Equations:
        for assignment in self.assignments:
            if self.width(assignment.expression) == INPUT:
                raise assignment.expression.error(message("x may only stand right of @, such as W @ x."))
            self.assigned.add(assignment.name)
        names = [a.name for a in self.assignments]
        if "h" not in self.all_assigned:
            line = self.assignments[-1].expression.line
            raise EquationError(message("h is never assigned; expected an equation for the output h."), line)
        states = ["h", *(n for n in names if n in self.carried and n != "h")]
        return Equations(
            self.text,
            self.assignments,
            tuple(states),
            tuple(n for n in names if n not in states),
            tuple(n for n, width in self.matrices.items() if width == INPUT),
            tuple(n for n, width in self.matrices.items() if width == UNITS),
            tuple(self.vectors),
        )

    def width(self, node: Node) -> str:
        if node.kind == "number":
            return NUMBER
        if node.kind == "name":
            return self._name(node)
        if node.kind in ("product", "joined"):
            return self._product(node)
        first, others = chain(node)
        operands = [first, *(operand for _, operand in others)] if others else node.args
        widths = [self.width(operand) for operand in operands]
        if INPUT in widths and UNITS in widths:
            raise node.error(
                message(
                    "x is as wide as the input and cannot meet a value as wide as the units; expected W @ x."
                )
            )
        return next((w for w in widths if w != NUMBER), NUMBER)

    def _name(self, node: Node) -> str:
        name = node.name
        if name == "x":
            return INPUT
        if name in self.assigned:
            return UNITS
        if name in self.all_assigned:
            raise node.error(
                message(
                    "{name} is used before it is assigned; expected {name}{previous} for its value one step "
                    "before, or its equation further up.",
                    name=name,
                    previous=PREVIOUS,
                )
            )
        if name.endswith(PREVIOUS):
            state = name[: -len(PREVIOUS)]
            if state not in self.all_assigned:
                stem, steps = _stem(name)
                if stem == "x" or (steps > 1 and stem in self.all_assigned):
                    raise node.error(
                        message(
                            "{name} is not kept; {way}",
                            name=name,
                            way=self._way_to_keep(stem, steps),
                        )
                    )
                raise node.error(
                    message(
                        "{name} needs {stem}, which is never assigned; expected an equation for {stem}.",
                        name=name,
                        stem=stem,
                    )
                )
            self.carried.add(state)
            return UNITS
        if name in self.parts:
            raise node.error(
                message(
                    "{name} is what a part of a matrix further up is called; expected another name.",
                    name=name,
                )
            )
        if name in self.matrices or name in self.joined:
            raise node.error(message("{name} is a matrix; expected @ after it.", name=name))
        self.vectors[name] = None
        return UNITS

    def _way_to_keep(self, stem: str, steps: int) -> Message:
        """Return advice on reading the input, or a value, several steps back: an own state for each step."""
        taken = set(re.findall(r"\w+", self.text))
        names = (*string.ascii_lowercase[3:], *(f"kept{k}" for k in range(len(taken) + steps)))
        free = (name for name in names if not {name, f"W_{name}"} & taken)
        values = [f"{stem}{PREVIOUS}"] * (stem != "x")
        lines: list[str] = []
        while len(lines) < steps - (stem != "x"):
            name = next(free)
            lines.append(f"{name} = {values[-1] if values else f'W_{name} @ x'}")
            values.append(f"{name}{PREVIOUS}")
        what = message("a product of the input") if stem == "x" else message("it in a state of its own")
        written = joined((f"“{line}”" for line in lines), " and ")
        add = (
            message("keep {what}: add the line {line}, and use {value}.")
            if len(lines) == 1
            else message("keep {what}: add the lines {line}, and use {value}.")
        )
        return add.with_args(what=what, line=written, value=values[-1])

    def _product(self, node: Node) -> str:
        name = node.name
        if name == "x" or name in self.all_assigned or name.endswith(PREVIOUS):
            raise node.error(
                message("{name} is no matrix; expected the name of a matrix left of @.", name=name)
            )
        if name in self.parts:
            raise node.error(
                message(
                    "{name} is what a part of a matrix further up is called; expected another name.",
                    name=name,
                )
            )
        if name in self.vectors:
            raise node.error(
                message("{name} is a vector further up; expected the name of a matrix left of @.", name=name)
            )
        widths = tuple(self._operand(operand) for operand in node.args)
        if name in self.vectors:  # W @ W
            raise node.error(message("{name} cannot be both a matrix and a vector.", name=name))
        if node.kind == "joined":
            self._join(node, widths)
            return UNITS
        if name in self.joined:
            raise node.error(
                message(
                    "{name} multiplies brackets further up; expected a matrix of its own here.", name=name
                )
            )
        self._matrix(node, name, widths[0])
        return UNITS

    def _operand(self, operand: Node) -> str:
        width = self.width(operand)
        if width == NUMBER:
            raise operand.error(message("expected x, a state or another vector right of @."))
        return width

    def _matrix(self, node: Node, name: str, width: str) -> None:
        if self.matrices.setdefault(name, width) != width:
            raise node.error(
                message(
                    "{name} multiplies both the input and a value as wide as the units; expected two "
                    "matrices.",
                    name=name,
                )
            )

    def _join(self, node: Node, widths: tuple[str, ...]) -> None:
        """Give the matrix left of brackets one part for each vector in them."""
        name, parts = node.name, part_names(node.name, len(widths))
        if name in self.joined:
            if self.joined[name] != widths:
                raise node.error(
                    message(
                        "{name} multiplies brackets of other widths further up; expected two matrices.",
                        name=name,
                    )
                )
            return
        if name in self.matrices:
            raise node.error(
                message(
                    "{name} multiplies a vector further up; expected a matrix of its own here.", name=name
                )
            )
        for part in parts:
            if part in self.matrices or part in self.vectors or part in self.all_assigned:
                raise node.error(
                    message(
                        "{part} is what a part of {name} is called; expected another name.",
                        part=part,
                        name=name,
                    )
                )
        self.joined[name] = widths
        for part, width in zip(parts, widths, strict=True):
            self.matrices[part] = width
            self.parts.add(part)
