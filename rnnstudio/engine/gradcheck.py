"""The gradient law: what a program's backward pass says, held against finite differences."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Design
from rnnstudio.design.rules import check as check_rules
from rnnstudio.design.spec import Facts
from rnnstudio.engine.batches import next_token_batch
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.program import Program

LIMIT = 1e-6
FACTS = Facts(vocabulary=5, classes=5, steps=7, unit="token")


def relative_errors(
    design: Design,
    *,
    lengths: tuple[int, ...] = (7, 4, 4, 1),
    seed: int = 0,
    facts: Facts = FACTS,
    step: float = 1e-5,
) -> dict[str, float]:
    """Return the relative error of each weight's gradient, by ``node.weight``.

    The design runs in float64 on random tokens, all weights random and unequal, biases included.
    Every entry of every weight is moved by ``±step`` (central differences); the error of a weight
    is ``|analytic - numeric| / (|analytic| + |numeric|)`` in Euclidean norms, where a gradient of
    exactly zero on both sides counts as no error.
    """
    design = set_plan(design, dtype="float64")
    program = Program(design, check_rules(design, catalogue(), facts), facts)
    rng = np.random.default_rng(seed)
    program.weights[:] = rng.uniform(-0.8, 0.8, len(program.weights))
    batch = next_token_batch([rng.integers(0, facts.vocabulary, n + 1) for n in lengths])

    def loss() -> float:
        program.seed(seed)  # the same dropout masks each time
        return program.loss(batch, training=True)

    loss()
    program.backward()
    return {
        name: _error(view, program.d_parameters[name].copy(), loss, step)
        for name, view in program.parameters.items()
    }


def _error(weights: NDArray[Any], analytic: NDArray[Any], loss: Any, step: float) -> float:
    numeric = np.empty_like(analytic)
    for index in np.ndindex(weights.shape):
        kept = weights[index]
        weights[index] = kept + step
        above = loss()
        weights[index] = kept - step
        below = loss()
        weights[index] = kept
        numeric[index] = (above - below) / (2 * step)
    size = float(np.linalg.norm(analytic) + np.linalg.norm(numeric))
    return float(np.linalg.norm(analytic - numeric)) / size if size else 0.0


def check(
    design: Design, *, lengths: tuple[int, ...] = (7, 4, 4, 1), seed: int = 0, facts: Facts = FACTS
) -> float:
    """Return the worst relative error over all weights; the law asks for less than `LIMIT`."""
    return max(relative_errors(design, lengths=lengths, seed=seed, facts=facts).values(), default=0.0)
