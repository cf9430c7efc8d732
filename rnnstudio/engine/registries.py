"""Where cells, nodes, tasks, optimizers, schedules and weight formats register themselves.

Adding one is one new file in its folder (or a package that names itself in the entry point group
``rnnstudio.plugins``); nothing else is edited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import NodeSpec

if TYPE_CHECKING:
    from rnnstudio.engine.nodes.base import RunningNode
    from rnnstudio.engine.optimizers.base import OptimizerSpec
    from rnnstudio.engine.schedules.base import ScheduleSpec
    from rnnstudio.engine.tasks.base import TaskSpec
    from rnnstudio.engine.weights.base import WeightFormat

NODES: Registry[NodeSpec] = Registry("node")
TASKS: Registry[TaskSpec] = Registry("task")
OPTIMIZERS: Registry[OptimizerSpec] = Registry("optimizer")
SCHEDULES: Registry[ScheduleSpec] = Registry("schedule")
WEIGHT_FORMATS: Registry[WeightFormat] = Registry("weight format")
Running = TypeVar("Running", bound="RunningNode")
RUNNING: dict[str, Callable[..., RunningNode]] = {}


def register_node(spec: NodeSpec) -> Callable[[type[Running]], type[Running]]:
    """Register a node kind; decorates the class that runs it."""

    def keep(running: type[Running]) -> type[Running]:
        NODES.register(spec)
        RUNNING[spec.kind] = running
        return running

    return keep
