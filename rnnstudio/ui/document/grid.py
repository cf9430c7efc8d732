"""The grid shared by all canvases: its spacing, and whether nodes snap to it."""

from __future__ import annotations

SIZES = (4, 8, 16, 32)  # pixels at 100 %


class Grid:
    """The chosen spacing and snap setting."""

    def __init__(self) -> None:
        self.size = 8
        self.snaps = True

    def set(self, size: int, *, snaps: bool) -> bool:
        """Set spacing and switch; return whether either changed."""
        before = (self.size, self.snaps)
        self.size, self.snaps = size, snaps
        return before != (size, snaps)

    @property
    def step(self) -> float:
        """The distance between positions at which nodes can be placed."""
        return float(self.size) if self.snaps else 1.0


grid = Grid()
