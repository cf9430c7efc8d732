"""Rectangles on the canvas, in scene coordinates: y grows downwards."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle in scene coordinates."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x coordinate of the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y coordinate of the bottom edge."""
        return self.y + self.height

    def translated(self, dx: float, dy: float) -> Rect:
        """Return the rectangle moved by an offset."""
        return Rect(self.x + dx, self.y + dy, self.width, self.height)

    def contains(self, other: Rect) -> bool:
        """Return whether another rectangle lies completely inside this one."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def intersects(self, other: Rect) -> bool:
        """Return whether the two rectangles share more than an edge."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )

    def distance_to(self, other: Rect) -> float:
        """Return the distance to another rectangle, 0 if they touch."""
        dx = max(self.x - other.right, other.x - self.right, 0.0)
        dy = max(self.y - other.bottom, other.y - self.bottom, 0.0)
        return math.hypot(dx, dy)

    def padded(self, left: float, top: float, right: float, bottom: float) -> Rect:
        """Return the rectangle enlarged on each side."""
        return Rect(self.x - left, self.y - top, self.width + left + right, self.height + top + bottom)


def bounding_rect(rects: Iterable[Rect]) -> Rect:
    """Return the smallest rectangle around one or more rectangles."""
    every = list(rects)
    x, y = min(rect.x for rect in every), min(rect.y for rect in every)
    return Rect(x, y, max(rect.right for rect in every) - x, max(rect.bottom for rect in every) - y)
