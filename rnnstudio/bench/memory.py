"""The peak memory of a training step, compared with the memory that any engine needs."""

from __future__ import annotations

import gc
import tracemalloc

from rnnstudio.bench.ours import Ours
from rnnstudio.engine.cells.node import CellNode
from rnnstudio.engine.nodes.base import RunningNode
from rnnstudio.engine.nodes.classification import Classification
from rnnstudio.engine.nodes.data import HeadNode, InputNode
from rnnstudio.engine.nodes.dropout import Dropout


def peak_memory(ours: Ours) -> int:
    """Return the peak memory in bytes of a program and a batch during a step.

    All that Python and NumPy take is counted, and the kernels take nothing by themselves. What is compiled
    and packed was so by another program's step before.
    """
    Ours(ours.workload, ours.packed).step(0)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        counted = Ours(ours.workload, ours.packed)
        counted.step(0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A batch that is packed within the step has been counted already.
    ahead = sum(rows.nbytes for rows in ours.batch(0).streams.values()) if ours.packed else 0
    return peak - before + ahead


def least_memory(ours: Ours) -> int:
    """Return the bytes of tapes, weights, gradients and the optimizer's moments for the first batch.

    Tapes are, row by row, what flows forward and back: inputs and targets; of a cell every gate and state of
    the equations, and what else the derivative of an equation names, such as the tanh(c) of an LSTM; the
    gradients of the matrix products (those of the weights are one product over all rows) and of each layer's
    output; what other nodes put out, and its gradient; the mask of dropout; the probabilities of a head.
    """
    program = ours.program
    ours.step(0)
    numbers = 4 * program.weights.size
    for node in program.nodes.values():
        numbers += _tapes(node)
    batch = sum(rows.nbytes for rows in ours.batch(0).streams.values())
    return program.weights.itemsize * numbers + batch


def _tapes(node: RunningNode) -> int:
    """Return how many numbers a node has to store during a step."""
    rows = node.packing.rows
    if isinstance(node, CellNode):
        equations, slots = node.cell.equations, node.cell.assignment.slots
        kept = len(equations.states) + len(equations.gates) + slots.get("tape", 0) + slots["gradient"]
        outputs = sum(int(layer.output.shape[1]) for layer in node.layers)
        return int(rows * (node.stack.units * kept * len(node.directions) + outputs))
    if isinstance(node, Classification):
        return int(node.softmax.size)
    if isinstance(node, InputNode | HeadNode):
        return 0  # the batch's own arrays
    mask = node.mask.size if isinstance(node, Dropout) else 0
    return mask + sum(array.size for array in (*node.outputs.values(), *node.d_outputs.values()))
