"""The gradient check: compares the backward pass of a program with finite differences."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.rules import check as check_rules
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.streams import Facts, Stream, token_facts
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.program.batches import Batch, pack
from rnnstudio.engine.program.program import Program

LIMIT = 1e-6
ROUNDING = 8 * float(np.finfo(np.float64).eps)  # of a loss, relative
FEW = 3  # entries that are checked of weights of other nodes
_SEQUENCE, _VECTOR, _REAL, _TOKENS = Signal.SEQUENCE, Signal.VECTOR, Content.REAL, Content.TOKENS
#: A task with a stream for every input and every head; token streams come first.
FACTS = Facts(
    (
        *token_facts(5, 5, 7, start=3).streams,
        Stream("signal", "Signal", "input", _SEQUENCE, _REAL, 3),
        Stream("point", "Point", "input", _VECTOR, _REAL, 3),
        Stream("source", "Source tokens", "input", _SEQUENCE, _TOKENS, 4, clock="S"),
        Stream("source signal", "Source signal", "input", _SEQUENCE, _REAL, 3, clock="S"),
        Stream("label", "Label", "target", _VECTOR, _TOKENS, 5),
        Stream("values", "Values", "target", _SEQUENCE, _REAL, 5),
        Stream("value", "Value", "target", _VECTOR, _REAL, 5),
        Stream("flags", "Flags", "target", _SEQUENCE, _REAL, 5, binary=True),
        Stream("flag", "Flag", "target", _VECTOR, _REAL, 5, binary=True),
    ),
    {"T": 7, "S": 7},
)


def random_columns(
    facts: Facts, lengths: Sequence[int], rng: np.random.Generator
) -> dict[str, list[NDArray[Any]]]:
    """Return random values for every stream. Other clocks have the lengths in another order."""
    clocks = dict.fromkeys(stream.clock for stream in facts.streams)
    steps = {clock: list(lengths[k:]) + list(lengths[:k]) for k, clock in enumerate(clocks)}
    columns: dict[str, list[NDArray[Any]]] = {}
    for stream in facts.streams:
        rows: list[NDArray[Any]] = []
        columns[stream.name] = rows
        for length in steps[stream.clock]:
            head = (length,) if stream.signal is Signal.SEQUENCE else ()
            if stream.content is Content.TOKENS:
                rows.append(rng.integers(0, stream.size, head))
            elif stream.binary:
                rows.append(rng.integers(0, 2, (*head, stream.size)).astype(float))
            else:
                rows.append(rng.standard_normal((*head, stream.size)))
    return columns


def random_batch(facts: Facts, lengths: Sequence[int], rng: np.random.Generator) -> Batch:
    """Return a batch of `random_columns`."""
    return pack(facts, random_columns(facts, lengths, rng), len(lengths))


def relative_errors(
    design: Design,
    *,
    lengths: tuple[int, ...] = (7, 4, 4, 1),
    seed: int = 0,
    facts: Facts = FACTS,
    step: float = 1e-5,
    of: NodeId | None = None,
) -> dict[str, float]:
    """Return the relative error of each weight's gradient, by ``node.weight``.

    The design runs in float64 on random data, with random weights and biases. Every entry of every weight
    is moved by ``±step`` (central differences). With ``of``, all entries of that node's weights are checked
    and `FEW` random entries of every other weight. The error of a weight is
    ``|analytic - numeric| / (|analytic| + |numeric|)`` in Euclidean norms; two zero gradients have no error.

    For gradients that are small relative to the loss, the differences are mostly rounding errors. If the
    error is not below the limit, the check is repeated with a step 100 times as long, and the part of its
    error that the rounding of the loss explains is subtracted.
    """
    design = set_plan(design, dtype="float64")
    program = Program(design, check_rules(design, catalogue(), facts), facts)
    rng = np.random.default_rng(seed)
    program.weights[:] = rng.uniform(-0.8, 0.8, len(program.weights))
    batch = random_batch(facts, lengths, rng)

    def loss() -> float:
        program.seed(seed)  # the same dropout masks each time
        return program.loss(batch, training=True)

    loss()
    program.backward()
    errors = {}
    for name, view in program.parameters.items():
        analytic = program.d_parameters[name].copy()
        entries = list(np.ndindex(view.shape))
        if of is not None and not name.startswith(f"{of}."):
            entries = [entries[k] for k in rng.permutation(len(entries))[:FEW]]
        errors[name] = _error(view, analytic, entries, loss, step)
        if errors[name] >= LIMIT:
            rounding = ROUNDING * abs(loss())
            errors[name] = min(errors[name], _error(view, analytic, entries, loss, 100 * step, rounding))
    return errors


def _error(
    weights: NDArray[Any],
    analytic: NDArray[Any],
    entries: list[tuple[int, ...]],
    loss: Callable[[], float],
    step: float,
    rounding: float = 0.0,
) -> float:
    exact, numeric = np.empty(len(entries)), np.empty(len(entries))
    for k, index in enumerate(entries):
        original = weights[index]
        weights[index] = original + step
        above = loss()
        weights[index] = original - step
        below = loss()
        weights[index] = original
        exact[k], numeric[k] = analytic[index], (above - below) / (2 * step)
    size = float(np.linalg.norm(exact) + np.linalg.norm(numeric))
    explained = rounding / step * np.sqrt(len(entries))
    return max(0.0, float(np.linalg.norm(exact - numeric) - explained)) / size if size else 0.0


def check(
    design: Design,
    *,
    lengths: tuple[int, ...] = (7, 4, 4, 1),
    seed: int = 0,
    facts: Facts = FACTS,
    of: NodeId | None = None,
) -> float:
    """Return the largest relative error over all weights; it should be below `LIMIT`."""
    return max(relative_errors(design, lengths=lengths, seed=seed, facts=facts, of=of).values(), default=0.0)
