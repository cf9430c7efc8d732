"""Estimating the memory of a training run before it starts.

The estimate counts numbers in the precision of the plan: those that depend on the weights only, and those
per sequence of a batch at the length of the longest sequence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.network import Network
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.shapes import ShapeInference
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.streams import Facts

# Vectors of the length of the weights, in addition to optimizer state: weights, gradients, the last finite
# weights, and the gradients of the program that traces are recorded with.
VECTORS = 4
# Additional copies of the weights of a cell, transposed or packed, in both programs.
CELL_COPIES = 3
EXAMPLE = 4  # bytes per example for the order of examples
SORTED_EXAMPLE = 28  # additional bytes per example while sorting by length
SMALL = 2 * 2**20  # bytes of everything else


@dataclass(frozen=True)
class Memory:
    """Bytes: of the data; of everything that does not depend on the batch size; in total."""

    data: int
    fixed: int
    total: int


def plan_memory(
    design: Design,
    network: Network,
    shapes: ShapeInference,
    facts: Facts,
    catalogue: Catalogue,
    weights: Mapping[NodeId, int],
) -> Memory:
    """Return the peak memory of training with a batch of the longest sequences."""
    plan = design.plan
    number = 8 if plan.dtype == "float64" else 4
    slots = _optimizer_slots(design, catalogue)
    all_weights = sum(weights.values())
    cells = sum(n for i, n in weights.items() if network.specs[i].family == "cell")
    vectors = VECTORS + slots + (2 if plan.patience is not None else 0)
    # A checkpoint is copied, and the file is assembled from the copies.
    fixed = number * (all_weights * (vectors + 2 * (1 + slots)) + CELL_COPIES * cells) + SMALL
    batch = plan.batch_size if isinstance(plan.batch_size, int) else 0
    each = _each_sequence(shapes, facts, plan.truncate, number)
    data = facts.memory + facts.examples * (EXAMPLE + (SORTED_EXAMPLE if plan.bucket else 0))
    fixed += data
    return Memory(data, max(0, fixed), max(0, fixed + batch * each))


def _optimizer_slots(design: Design, catalogue: Catalogue) -> int:
    choice = design.plan.optimizer
    if choice.kind not in catalogue.optimizers:
        return 0
    spec = catalogue.optimizers.get(choice.kind)
    return spec.slots({p.name: choice.params.get(p.name, p.default) for p in spec.params})


def _each_sequence(
    shapes: ShapeInference,
    facts: Facts,
    truncate: int | None,
    number: int,
) -> int:
    """Return the bytes per sequence of a batch."""
    longest = max(facts.steps.values(), default=0)
    cut = truncate if isinstance(truncate, int) and truncate > 0 else longest

    known = {clock: min(steps, cut) for clock, steps in facts.steps.items()}
    usual = min(longest, cut)
    numbers, widest = 0, 0
    for node_id, inputs in shapes.inputs.items():
        steps = 1 if inputs else usual
        for shape in inputs.values():
            if shape.signal is Signal.SEQUENCE:
                steps = known.get(shape.clock, usual)
                break
        width, size = shapes.inferences[node_id].tape
        numbers += steps * width + size
    for shape in shapes.outputs.values():
        width = shape.size if shape.content is Content.REAL else 1
        if shape.signal is Signal.SEQUENCE:
            width *= known.get(shape.clock, usual)
        numbers += 2 * width
        widest = width if width > widest else widest
    streams = sum(
        (facts.steps.get(s.clock, longest) if s.signal is Signal.SEQUENCE else 1)
        * (16 * s.size if s.content is Content.REAL else 8)
        for s in facts.streams
    )
    return number * (numbers + 2 * widest) + streams  # and two temporary arrays of the largest size
