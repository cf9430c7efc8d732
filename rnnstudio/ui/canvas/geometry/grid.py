"""The grid that every canvas of the program shares: how wide it is, and whether it draws nodes to itself."""

from __future__ import annotations

SIZES = (4, 8, 16, 32)  # pixels at 100 %


class Grid:
    """A size and a switch; the person's choice, so that every window of a program agrees."""

    def __init__(self) -> None:
        self.size = 8
        self.snaps = True

    def set(self, size: int, *, snaps: bool) -> bool:
        """Take another size or switch; return whether anything is different now."""
        before = (self.size, self.snaps)
        self.size, self.snaps = size, snaps
        return before != (size, snaps)

    @property
    def step(self) -> float:
        """How far apart the places are at which nodes come to rest."""
        return float(self.size) if self.snaps else 1.0


grid = Grid()
