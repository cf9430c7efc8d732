"""What a design is when it is unrolled over time: columns of steps, rows of nodes, places and arrows."""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.design.model import LinkId, NodeId


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    kind : "given" (before all time), "start" (what the first step finds), "step", "gap", or "end" (what
        a cell that reads backwards finds)
    step : "1", "2", "3" or the clock's letter for its last step; empty where there is none
    clock : whose steps these are; empty for what has no time
    stretch : which run of steps it belongs to, -1 for none
    """

    kind: str
    step: str = ""
    clock: str = ""
    phase: int = -1


@dataclass(frozen=True)
class Occurrence:
    """One node, or one layer and direction of a cell, at one step.

    Attributes
    ----------
    part : of a cell, as its `NodeSpec.parts` name it: "" or "layer2.reverse."
    kind : "step", "once" (of a whole sequence), "start" (the state or value before the first step)
        or "gap"
    again : whether the same node stands at an earlier step already
    """

    node: NodeId
    part: str
    column: int
    row: int
    kind: str = "step"
    is_repeat: bool = False

    @property
    def is_reverse(self) -> bool:
        """Whether this strand of a cell reads from the last step to the first."""
        return "reverse" in self.part


@dataclass(frozen=True)
class Arrow:
    """An arrow between two places, by their indices.

    Attributes
    ----------
    kind : "flow" within a step, "state" from a cell to itself one step on, "handover" of a last state to
        another cell, "delay" for a link of one step, "fan" between a whole sequence and one place
    link : the link that it shows; None for a cell's own state
    """

    source: int
    target: int
    kind: str
    link: LinkId | None = None


@dataclass(frozen=True)
class WeightSharing:
    """One set of weights, used at every step of a row; ``names`` are its families: W, U, b."""

    node: NodeId
    part: str
    row: int
    first: int
    last: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Unrolled:
    """A design over time; rows count from the lowest, 0."""

    columns: tuple[Column, ...] = ()
    rows: int = 0
    occurrences: tuple[Occurrence, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    shared: tuple[WeightSharing, ...] = ()

    def at(self, node: NodeId, step: str = "", part: str | None = None) -> tuple[Occurrence, ...]:
        """Return the places of a node, at a step (``1``, ``T``) where one is asked for."""
        return tuple(
            occurrence
            for occurrence in self.occurrences
            if occurrence.node == node
            and (not step or self.columns[occurrence.column].step == step)
            and (part is None or occurrence.part == part)
        )
