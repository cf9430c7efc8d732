"""How weights start; each takes the generator and the textbook shape ``(units, inputs)``."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def zeros(_rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return zeros."""
    return np.zeros(shape)


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw from the normal distribution of standard deviation 1."""
    return rng.standard_normal(shape)


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw uniformly within ±√(6 / (inputs + units)). Glorot & Bengio 2010, equation 16."""
    limit = np.sqrt(6 / sum(shape))
    return rng.uniform(-limit, limit, shape)


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return orthonormal rows or columns, whichever are fewer. Saxe et al. 2013, section 3."""
    rows, columns = shape
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))
    return q if rows >= columns else q.T
