"""Initializers: functions of a random generator and a shape ``(units, inputs)`` or ``(units,)``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import StudioError
from rnnstudio.design.initializers import parse_initializer
from rnnstudio.design.message import message

Array = NDArray[Any]
Shape = tuple[int, ...]
Initialiser = Callable[
    ["np.random.Generator", Shape], Array
]  # quoted, because NumPy loads `random` on first use


def zeros(_rng: np.random.Generator, shape: Shape) -> Array:
    """Return zeros."""
    return np.zeros(shape)


def constant(value: float) -> Initialiser:
    """Return an initialiser that gives every entry one value."""

    def initialise(_rng: np.random.Generator, shape: Shape) -> Array:
        return np.full(shape, value)

    return initialise


def normal(rng: np.random.Generator, shape: Shape) -> Array:
    """Draw from the normal distribution of standard deviation 1."""
    return rng.standard_normal(shape)


def uniform(least: float, most: float) -> Initialiser:
    """Return an initialiser that draws uniformly from a range."""

    def initialise(rng: np.random.Generator, shape: Shape) -> Array:
        return rng.uniform(least, most, shape)

    return initialise


def as_pytorch(rng: np.random.Generator, shape: Shape) -> Array:
    """Draw uniformly within ±1/√units, as PyTorch's ``nn.RNNBase.reset_parameters`` does."""
    limit = 1 / math.sqrt(shape[0])
    return rng.uniform(-limit, limit, shape)


def glorot_uniform(rng: np.random.Generator, shape: Shape) -> Array:
    """Draw uniformly within ±√(6 / (inputs + units)). Glorot & Bengio 2010, equation 16."""
    limit = math.sqrt(6 / sum(shape))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(rng: np.random.Generator, shape: Shape) -> Array:
    """Draw normally, of deviation √(2 / (inputs + units)). Glorot & Bengio 2010, equation 12."""
    return rng.standard_normal(shape) * math.sqrt(2 / sum(shape))


def orthogonal(rng: np.random.Generator, shape: Shape) -> Array:
    """Return orthonormal rows or columns, whichever are fewer. Saxe et al. 2013, section 3."""
    rows, columns = shape
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))
    return q if rows >= columns else q.T


def identity(_rng: np.random.Generator, shape: Shape) -> Array:
    """Return ones on the diagonal. Le, Jaitly & Hinton 2015, section 3 (IRNN)."""
    rows, columns = shape
    return np.eye(rows, columns)


def _scaled(start: Initialiser, factor: float) -> Initialiser:
    return lambda rng, shape: start(rng, shape) * factor


_PLAIN: dict[str, Initialiser] = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "uniform": as_pytorch,
    "zeros": zeros,
}
_NUMBERED: dict[str, Callable[[float], Initialiser]] = {
    "orthogonal": lambda gain: _scaled(orthogonal, gain),
    "identity": lambda scale: _scaled(identity, scale),
    "uniform": lambda limit: uniform(-limit, limit),
    "normal": lambda deviation: _scaled(normal, deviation),
    "constant": constant,
}


def named(text: str) -> Initialiser:
    """Return the initialiser of a design's words: ``orthogonal``, ``constant 0.5`` (see ``design.starts``).

    Raises
    ------
    StudioError
        If the text is no start; `rules.check` reports such a design before.
    """
    rule = parse_initializer(text)
    if rule is None:
        raise StudioError(
            message("“{text}” is no way for a weight to start. Choose another in the inspector.", text=text)
        )
    return _PLAIN[rule.word] if rule.number is None else _NUMBERED[rule.word](rule.number)
