"""The data of a design unrolled over time: columns of steps, rows of nodes, occurrences and arrows."""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.design.model import LinkId, NodeId


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    kind : "given" (before all steps), "start" (initial states), "step", "gap", or "end" (the initial states
        of cells that read backwards)
    step : "1", "2", "3" or the letter of the clock for its last step; empty if there is none
    clock : the clock of the steps; empty for a column without time
    phase : the index of the phase that the column belongs to, -1 for none
    """

    kind: str
    step: str = ""
    clock: str = ""
    phase: int = -1


@dataclass(frozen=True)
class Occurrence:
    """A node, or a layer and direction of a cell, at one step.

    Attributes
    ----------
    part : the layer and direction of a cell, see `NodeSpec.parts`: "" or "layer2.reverse."
    kind : "step", "once" (of a whole sequence), "start" (the state or value before the first step)
        or "gap"
    is_repeat : whether the node also occurs at an earlier step
    """

    node: NodeId
    part: str
    column: int
    row: int
    kind: str = "step"
    is_repeat: bool = False

    @property
    def is_reverse(self) -> bool:
        """Whether this part of a cell reads from the last step to the first."""
        return "reverse" in self.part


@dataclass(frozen=True)
class Arrow:
    """An arrow between two occurrences, by their indices.

    Attributes
    ----------
    kind : "flow" within a step, "state" from a cell to itself at the next step, "handover" of a final
        state to another cell, "delay" for a delayed link, "fan" between a whole sequence and one occurrence
    link : the link that the arrow shows; None for the state of a cell
    """

    source: int
    target: int
    kind: str
    link: LinkId | None = None


@dataclass(frozen=True)
class WeightSharing:
    """A set of weights that is used at every step of a row; ``names`` are its letters, such as W, U, b."""

    node: NodeId
    part: str
    row: int
    first: int
    last: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Unrolled:
    """A design unrolled over time; row 0 is the lowest."""

    columns: tuple[Column, ...] = ()
    rows: int = 0
    occurrences: tuple[Occurrence, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    shared: tuple[WeightSharing, ...] = ()

    def at(self, node: NodeId, step: str = "", part: str | None = None) -> tuple[Occurrence, ...]:
        """Return the occurrences of a node, optionally only those at a step, such as ``1`` or ``T``."""
        return tuple(
            occurrence
            for occurrence in self.occurrences
            if occurrence.node == node
            and (not step or self.columns[occurrence.column].step == step)
            and (part is None or occurrence.part == part)
        )
