"""Colour maps: one for shares from 0 to 1, one for values on both sides of zero, dark and light."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from rnnstudio.ui.theme.theme import themes

# Perceptually even and safe for the colour-blind; the ground of the theme is the quiet end.
_NAMES = {
    ("sequential", "dark"): "colorbrewer:ylgnbu_r",
    ("sequential", "light"): "colorbrewer:blues",
    ("diverging", "dark"): "crameri:berlin",
    ("diverging", "light"): "crameri:vik",
}
SEQUENTIAL, DIVERGING = "sequential", "diverging"


@cache
def _table(name: str) -> NDArray[np.uint8]:
    from cmap import Colormap

    rgba = np.asarray(Colormap(name).lut(256))
    return np.ascontiguousarray(np.round(rgba * 255.0).astype(np.uint8))


def table(kind: str) -> NDArray[np.uint8]:
    """Return 256 colours of the present theme, uint8 ``(256, 4)``; kind ``sequential`` or ``diverging``."""
    return _table(_NAMES[kind, themes.current().name])
