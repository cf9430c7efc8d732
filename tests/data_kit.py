"""What the engine asks of a design and its data, with the data opened in place, as the command line does."""

from __future__ import annotations

from rnnstudio.design.model import Design
from rnnstudio.design.problems import Report
from rnnstudio.engine import check
from rnnstudio.engine.datasets import inspect, open_task
from rnnstudio.engine.tasks.base import Baseline
from rnnstudio.engine.training import baseline as baselines
from rnnstudio.engine.weights import fit
from rnnstudio.engine.weights.format import Weights


def check_training(design: Design) -> Report:
    return check.check_training(design, inspect(design.task))


def load_check(design: Design) -> Report:
    return check.load_check(design, inspect(design.task))


def expected_shapes(design: Design) -> dict[str, tuple[int, ...]]:
    return fit.expected_shapes(design, inspect(design.task))


def misfits(weights: Weights, design: Design) -> list[str]:
    return fit.misfits(weights, design, inspect(design.task))


def baseline(design: Design) -> Baseline | None:
    return baselines.find_baseline(design, open_task(design.task))
