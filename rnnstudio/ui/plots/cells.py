"""Which cells a design has, and what can be seen inside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from PySide6.QtCore import QCoreApplication

from rnnstudio.design.channel import GATE, STATE, Channel
from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Design, NodeId
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.ui.plots.maps import DIVERGING, SEQUENTIAL


@dataclass(frozen=True)
class Inside:
    """A gate or state of a cell: its channel, how it is called, its hue and range."""

    channel: Channel
    name: str
    title: str
    hue: str
    kind: str  # SEQUENTIAL for 0 to 1, DIVERGING for both sides of zero
    bounded: bool  # within 0 to 1, or -1 to 1, by its function


@dataclass(frozen=True)
class Cell:
    """A cell of a design, or one layer of it in one direction: ``part`` is then their prefix."""

    node: NodeId
    title: str
    hue: str
    insides: tuple[Inside, ...]
    part: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others: the node, and the part."""
        return f"{self.node}.{self.part}"


def cells(design: Design) -> tuple[Cell, ...]:
    """Return the cells of a design, in the order of its nodes; such as cannot be read are left out."""
    return _distinct([several[0] for several in _strands(design)])


def strands(design: Design) -> tuple[Cell, ...]:
    """Return each layer and direction of each cell of a design."""
    several = _strands(design)
    titles = [cell.title for cell in _distinct([parts[0] for parts in several])]
    return tuple(
        replace(strand, title=", ".join([title, *_words(strand.part, [s.part for s in parts])]))
        for title, parts in zip(titles, several, strict=True)
        for strand in parts
    )


def _words(part: str, parts: Sequence[str]) -> list[str]:
    """Return what tells a part from the others of its cell: ["layer 2", "reverse"]."""
    words = []
    if any(other.startswith("layer") for other in parts):
        number = part.partition(".")[0].removeprefix("layer") if part.startswith("layer") else "1"
        words.append(QCoreApplication.translate("Plots", "layer {0}").format(number))
    if any(other.endswith("reverse.") for other in parts):
        reverse = part.endswith("reverse.")
        forward = QCoreApplication.translate("Plots", "forward")
        words.append(QCoreApplication.translate("Plots", "reverse") if reverse else forward)
    return words


def _strands(design: Design) -> list[list[Cell]]:
    known = catalogue().nodes
    found = []
    for node in design.nodes:
        spec = known.get(node.kind) if node.kind in known else None
        if spec is None or spec.equations is None:
            continue
        params = spec.complete(node.params)
        try:
            inside, titles = _parts(spec.equations(params)), spec.gate_titles(params)
            parts = spec.parts(params)
        except (StudioError, KeyError, ValueError):
            continue  # the rules name what is wrong with it
        found.append(
            [
                Cell(
                    node.id,
                    node.title or spec.title,
                    spec.hue,
                    tuple(
                        Inside(
                            Channel(STATE if is_state else GATE, node.id, name, part),
                            name,
                            _short(titles.get(name, (name, ""))[0]),
                            titles.get(name, ("", "text"))[1] or "text",
                            SEQUENTIAL if function == "sigmoid" else DIVERGING,
                            function in ("sigmoid", "tanh"),
                        )
                        for name, function, is_state in inside
                    ),
                    part,
                )
                for part in parts
            ]
        )
    return found


def _short(title: str) -> str:
    """Return "forget" for "forget gate", "cell" for "cell state": the row says what they are."""
    return title.removesuffix(" gate").removesuffix(" state")


def _distinct(found: list[Cell]) -> tuple[Cell, ...]:
    """Add the id to titles that two cells share."""
    titles = [cell.title for cell in found]
    return tuple(
        replace(cell, title=f"{cell.title} ({cell.node})") if titles.count(cell.title) > 1 else cell
        for cell in found
    )


@lru_cache(maxsize=64)
def _parts(text: str) -> tuple[tuple[str, str, bool], ...]:
    """Return (name, its outermost operation, whether it is a state), gates before states."""
    from rnnstudio.engine.compiler.frontend.parser import parse

    equations = parse(text)
    functions = {a.name: a.expression.kind for a in equations.assignments}
    return tuple(
        (name, functions[name], name in equations.states) for name in (*equations.gates, *equations.states)
    )
