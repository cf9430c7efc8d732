"""A gate's values as a small image: units from top to bottom, time from left to right."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from rnnstudio.ui.canvas.style import paint_cache

MAPS = {"dark": "colorbrewer:YlGnBu_r", "light": "colorbrewer:Blues"}
MOST_ROWS, MOST_COLUMNS = 12, 96


@cache
def _table(name: str) -> list[int]:
    """Return 256 colours of a map as 0xAARRGGBB."""
    from cmap import Colormap  # imported late: not needed to show the window

    rgba = (np.asarray(Colormap(name).lut(256)) * 255).round().astype(np.uint32)
    packed = (np.uint32(255) << 24) | (rgba[:, 0] << 16) | (rgba[:, 1] << 8) | rgba[:, 2]
    return [int(value) for value in packed]


def _shrunk(values: NDArray[np.floating], most: int) -> NDArray[np.floating]:
    """Return at most ``most`` rows, each the mean of a run of rows."""
    if len(values) <= most:
        return values
    starts = np.linspace(0, len(values), most, endpoint=False).astype(int)
    runs = np.diff(np.append(starts, len(values)))
    means: NDArray[np.floating] = np.add.reduceat(values, starts, axis=0) / runs[:, None]
    return means


def strip_image(values: NDArray[np.floating]) -> QImage:
    """Return an image of ``values`` (units, T), in 0 to 1, or in -1 to 1 if any is negative."""
    values = np.nan_to_num(np.atleast_2d(np.asarray(values, dtype=np.float32)))
    if values.size == 0:
        return QImage()
    values = _shrunk(_shrunk(values, MOST_ROWS).T, MOST_COLUMNS).T
    share = (values + 1.0) / 2.0 if values.min() < 0.0 else values
    levels = np.ascontiguousarray((np.clip(share, 0.0, 1.0) * 255.0).round().astype(np.uint8))
    rows, columns = levels.shape
    image = QImage(levels.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
    dark = paint_cache.colour("canvas").lightness() < 128
    image.setColorTable(_table(MAPS["dark" if dark else "light"]))
    return image.copy()  # a copy: the bytes above are freed when this function returns
