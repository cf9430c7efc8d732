"""The identity of a run: digests that must match for a checkpoint to be continued."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec.structs import replace

from rnnstudio.design import codec
from rnnstudio.design.model import Design, TrainingPlan
from rnnstudio.design.paths import without_paths
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.tasks.columns import blocks


def identity(design: Design, data: TaskData) -> dict[str, str]:
    """Return digests of the network, the plan and the data, which must match for a run to be continued.

    Names, notes, positions on the canvas, paths of data files and the number of epochs do not matter.
    """
    task = without_paths(design.task, catalogue())
    nodes = tuple(replace(node, title="", x=0.0, y=0.0) for node in design.nodes)
    bare = Design(nodes=nodes, links=design.links)
    plan = Design(plan=replace(design.plan, epochs=TrainingPlan().epochs))
    return {
        "network": _digest([codec.encode(bare).encode()]),
        "plan": _digest([codec.encode(plan).encode()]),
        "data": _digest(chain([codec.encode(Design(task=task)).encode()], data_bytes(data))),
    }


def data_bytes(data: TaskData) -> Iterator[bytes]:
    """Yield the name of each stream, the sizes of its examples and their values, a block at a time."""
    for name, column in data.streams.items():
        yield name.encode()
        for sizes, _ in blocks(column):
            yield sizes.tobytes()
        for _, values in blocks(column):
            yield values.tobytes()


def _digest(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()[:24]
