"""The cells of a design, with the gates and states that plots can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from PySide6.QtCore import QCoreApplication

from rnnstudio.design.channel import GATE, STATE, Channel
from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Design, NodeId
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.ui.theme.colormaps import DIVERGING, SEQUENTIAL


@dataclass(frozen=True)
class CellSignal:
    """A gate or state of a cell, and how a plot shows it."""

    channel: Channel
    name: str
    title: str
    hue: str
    colormap: str  # SEQUENTIAL for values from 0 to 1, DIVERGING for both signs
    is_bounded: bool  # between 0 and 1, or -1 and 1, because of its activation function


@dataclass(frozen=True)
class Cell:
    """One layer and direction of a cell; ``part`` is as in `Channel`."""

    node: NodeId
    title: str
    hue: str
    signals: tuple[CellSignal, ...]
    part: str = ""

    @property
    def key(self) -> str:
        """A key that no other layer, direction or cell has."""
        return f"{self.node}.{self.part}"


def cells(design: Design) -> tuple[Cell, ...]:
    """Return the first part of each cell, in the order of the nodes. Cells with errors are left out."""
    return _with_unique_titles([parts[0] for parts in _parts_by_cell(design)])


def cell_parts(design: Design) -> tuple[Cell, ...]:
    """Return each layer and direction of each cell of a design."""
    return tuple(
        replace(part, title=", ".join([cell.title, *_part_names(part.part, [p.part for p in parts])]))
        for cell, parts in zip(cells(design), _parts_by_cell(design), strict=True)
        for part in parts
    )


def _part_names(part: str, parts: Sequence[str]) -> list[str]:
    """Return what distinguishes a part from the others of its cell: ["layer 2", "reverse"]."""
    names = []
    if any(other.startswith("layer") for other in parts):
        number = part.partition(".")[0].removeprefix("layer") if part.startswith("layer") else "1"
        names.append(QCoreApplication.translate("Plots", "layer {0}").format(number))
    if any(other.endswith("reverse.") for other in parts):
        reverse = part.endswith("reverse.")
        forward = QCoreApplication.translate("Plots", "forward")
        names.append(QCoreApplication.translate("Plots", "reverse") if reverse else forward)
    return names


def _parts_by_cell(design: Design) -> list[list[Cell]]:
    known = catalogue().nodes
    found = []
    for node in design.nodes:
        spec = known.get(node.kind) if node.kind in known else None
        if spec is None or spec.equations is None:
            continue
        params = spec.complete(node.params)
        try:
            functions, titles = _signal_functions(spec.equations(params)), spec.gate_titles(params)
            parts = spec.parts(params)
        except (StudioError, KeyError, ValueError):
            continue  # the problems panel lists the error
        found.append(
            [
                Cell(
                    node.id,
                    node.title or spec.title,
                    spec.hue,
                    tuple(
                        CellSignal(
                            Channel(STATE if is_state else GATE, node.id, name, part),
                            name,
                            _short(titles.get(name, (name, ""))[0]),
                            titles.get(name, ("", "text"))[1] or "text",
                            SEQUENTIAL if function == "sigmoid" else DIVERGING,
                            function in ("sigmoid", "tanh"),
                        )
                        for name, function, is_state in functions
                    ),
                    part,
                )
                for part in parts
            ]
        )
    return found


def _short(title: str) -> str:
    """Return "forget" for "forget gate" and "cell" for "cell state"."""
    return title.removesuffix(" gate").removesuffix(" state")


def _with_unique_titles(found: list[Cell]) -> tuple[Cell, ...]:
    """Add the id of the node to titles that are not unique."""
    titles = [cell.title for cell in found]
    return tuple(
        replace(cell, title=f"{cell.title} ({cell.node})") if titles.count(cell.title) > 1 else cell
        for cell in found
    )


@lru_cache(maxsize=64)
def _signal_functions(text: str) -> tuple[tuple[str, str, bool], ...]:
    """Return (name, outermost operation, whether it is a state) of each gate, then of each state."""
    from rnnstudio.engine.compiler.frontend.parser import parse

    equations = parse(text)
    functions = {a.name: a.expression.kind for a in equations.assignments}
    return tuple(
        (name, functions[name], name in equations.states) for name in (*equations.gates, *equations.states)
    )
