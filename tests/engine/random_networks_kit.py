"""Every network that passes `check` runs, obeys the gradient law, and trains a step."""

from __future__ import annotations

import numpy as np

from rnnstudio.design.edits import set_task
from rnnstudio.design.model import Choice, Design
from rnnstudio.engine.program.gradcheck import FACTS, random_batch, random_columns
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.tasks.base import TaskData, TaskSpec
from rnnstudio.engine.training.trainer import StepDone, Trainer
from tests.engine.network_kit import report

LENGTHS = ((4, 3, 1), (3, 3), (1, 1), (5,))
STEPS = (1e-6, 1e-5, 1e-4)  # rounding spoils the first for large values, curvature the last
LIMIT = 1e-6


def open_random(_params: object) -> TaskData:
    """Generate a few examples of every stream of `FACTS`."""
    rng = np.random.default_rng(0)
    return TaskData(FACTS, random_columns(FACTS, LENGTHS[0], rng))


RANDOM = TaskSpec("random", "Random", "A few random values of every kind.", (), open_random)


def is_sound(design: Design) -> bool:
    return report(design).trainable


def gradient_error(design: Design, seed: int) -> float:
    """Return the relative error of the gradient against a difference in one random direction."""
    rng = np.random.default_rng(seed)
    program = Program(design, report(design), FACTS)
    program.weights[:] = rng.uniform(-0.8, 0.8, len(program.weights))
    batch = random_batch(FACTS, LENGTHS[seed % len(LENGTHS)], rng)

    def loss() -> float:
        program.seed(seed)  # the same dropout and the same own predictions each time
        return program.loss(batch, training=True)

    assert np.isfinite(loss())
    program.backward()
    direction, kept = rng.standard_normal(len(program.weights)), program.weights.copy()
    exact = float(program.gradients @ direction)
    norm = float(np.linalg.norm(program.gradients)) + abs(exact) + 1e-3
    errors = []
    for step in STEPS:
        program.weights[:] = kept + step * direction
        above = loss()
        program.weights[:] = kept - step * direction
        errors.append(abs((above - loss()) / (2 * step) - exact) / norm)
    return min(errors)


def train_a_step(design: Design) -> None:
    """Train an epoch of one step on `RANDOM`, which must be registered."""
    events = list(Trainer(set_task(design, Choice(RANDOM.kind))).run())
    (step,) = (event for event in events if isinstance(event, StepDone))
    assert np.isfinite(step.loss)
