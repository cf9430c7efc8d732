"""The activation strip of a node: a small image of a gate, units by time steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from rnnstudio.ui.theme.colormaps import SEQUENTIAL, lookup_table

MAX_ROWS, MAX_COLUMNS = 12, 96


def _average_rows(values: NDArray[np.floating], max_rows: int) -> NDArray[np.floating]:
    """Return at most ``max_rows`` rows, each the mean of consecutive rows."""
    if len(values) <= max_rows:
        return values
    starts = np.linspace(0, len(values), max_rows, endpoint=False).astype(int)
    counts = np.diff(np.append(starts, len(values)))
    means: NDArray[np.floating] = np.add.reduceat(values, starts, axis=0) / counts[:, None]
    return means


def strip_image(values: NDArray[np.floating]) -> QImage:
    """Return an image of ``values`` (units, T), from 0 to 1, or from -1 to 1 if any is negative."""
    values = np.nan_to_num(np.atleast_2d(np.asarray(values, dtype=np.float32)))
    if values.size == 0:
        return QImage()
    values = _average_rows(_average_rows(values, MAX_ROWS).T, MAX_COLUMNS).T
    share = (values + 1.0) / 2.0 if values.min() < 0.0 else values
    levels = np.ascontiguousarray((np.clip(share, 0.0, 1.0) * 255.0).round().astype(np.uint8))
    rows, columns = levels.shape
    image = QImage(levels.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
    rgba = lookup_table(SEQUENTIAL).astype(np.uint32)
    colours = (rgba[:, 3] << 24) | (rgba[:, 0] << 16) | (rgba[:, 1] << 8) | rgba[:, 2]
    image.setColorTable(colours.tolist())
    return image.copy()  # with memory of its own: the bytes above are freed
