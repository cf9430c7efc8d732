"""Colour maps of the theme: sequential for values from 0 to 1, diverging for values of both signs."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from rnnstudio.ui.theme.theme import themes

# Perceptually uniform and safe for colour-blind readers; low values are close to the background.
_NAMES = {
    ("sequential", "dark"): "colorbrewer:ylgnbu_r",
    ("sequential", "light"): "colorbrewer:blues",
    ("diverging", "dark"): "crameri:berlin",
    ("diverging", "light"): "crameri:vik",
}
SEQUENTIAL, DIVERGING = "sequential", "diverging"


@cache
def _table(name: str) -> NDArray[np.uint8]:
    from cmap import Colormap  # here, because the window is shown before anything trains

    rgba = np.asarray(Colormap(name).lut(256))
    return np.ascontiguousarray(np.round(rgba * 255.0).astype(np.uint8))


def lookup_table(colormap: str) -> NDArray[np.uint8]:
    """Return the 256 RGBA colours of `SEQUENTIAL` or `DIVERGING` in the current theme, uint8 ``(256, 4)``."""
    return _table(_NAMES[colormap, themes.current().name])
