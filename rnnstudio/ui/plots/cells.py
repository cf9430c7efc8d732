"""Which cells a design has, and what can be seen inside them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Design
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.ui.plots.maps import DIVERGING, SEQUENTIAL


@dataclass(frozen=True)
class Inside:
    """A gate or state of a cell: its telemetry channel, how it is called, its hue and range."""

    channel: str
    name: str
    title: str
    hue: str
    kind: str  # SEQUENTIAL for 0 to 1, DIVERGING for both sides of zero
    bounded: bool  # within 0 to 1, or -1 to 1, by its function


@dataclass(frozen=True)
class Cell:
    """A cell of a design."""

    node: str
    title: str
    hue: str
    insides: tuple[Inside, ...]


def cells(design: Design) -> tuple[Cell, ...]:
    """Return the cells of a design, in the order of its nodes; such as cannot be read are left out."""
    known = catalogue().nodes
    found = []
    for node in design.nodes:
        spec = known.get(node.kind) if node.kind in known else None
        if spec is None or spec.equations is None:
            continue
        params = spec.complete(node.params)
        try:
            parts, titles = _parts(spec.equations(params)), spec.gate_titles(params)
        except (StudioError, KeyError, ValueError):
            continue  # the rules name what is wrong with it
        insides = tuple(
            Inside(
                f"{'state' if is_state else 'gate'}.{node.id}.{name}",
                name,
                _short(titles.get(name, (name, ""))[0]),
                titles.get(name, ("", "text"))[1] or "text",
                SEQUENTIAL if function == "sigmoid" else DIVERGING,
                function in ("sigmoid", "tanh"),
            )
            for name, function, is_state in parts
        )
        found.append(Cell(node.id, node.title or spec.title, spec.hue, insides))
    return _distinct(found)


def _short(title: str) -> str:
    """Return "forget" for "forget gate", "cell" for "cell state": the row says what they are."""
    return title.removesuffix(" gate").removesuffix(" state")


def _distinct(found: list[Cell]) -> tuple[Cell, ...]:
    """Add the id to titles that two cells share."""
    titles = [cell.title for cell in found]
    return tuple(
        Cell(c.node, f"{c.title} ({c.node})", c.hue, c.insides) if titles.count(c.title) > 1 else c
        for c in found
    )


@lru_cache(maxsize=64)
def _parts(text: str) -> tuple[tuple[str, str, bool], ...]:
    """Return (name, its outermost function or "", whether it is a state), gates before states."""
    from rnnstudio.engine.equations.parse import parse

    equations = parse(text)
    functions = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            call = statement.value
            outer = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
            functions[statement.targets[0].id] = outer
    return tuple(
        (name, functions.get(name, ""), name in equations.states)
        for name in (*equations.gates, *equations.states)
    )
