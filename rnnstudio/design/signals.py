"""Signals, contents and shapes: the types of ports."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Signal(enum.Enum):
    """The kind of data at a port."""

    SEQUENCE = "sequence"  # one value per time step
    VECTOR = "vector"  # one value per sequence
    STATE = "state"  # the carried state of a cell


class Content(enum.Enum):
    """What a value consists of."""

    REAL = "real"
    TOKENS = "tokens"


MAIN_CLOCK = "T"


@dataclass(frozen=True)
class Shape:
    """The inferred type of a port.

    Attributes
    ----------
    size : features, or tokens of the vocabulary
    clock : the symbolic length of a sequence; sequences of one clock are equally long. A vector or a
        state has the clock of the sequence that it came from.
    """

    signal: Signal
    content: Content
    size: int
    clock: str = MAIN_CLOCK

    def __str__(self) -> str:
        if self.content is Content.TOKENS:
            return f"tokens {self.size}"
        return f"{self.clock} × {self.size}" if self.signal is Signal.SEQUENCE else str(self.size)

    def with_size(self, size: int) -> Shape:
        """Return a shape of real features of another size, with the same signal and clock."""
        return Shape(self.signal, Content.REAL, size, self.clock)

    def with_signal(self, signal: Signal, size: int | None = None) -> Shape:
        """Return a shape of real features with another signal and the same clock."""
        return Shape(signal, Content.REAL, self.size if size is None else size, self.clock)
