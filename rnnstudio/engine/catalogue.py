"""The catalogue of all kinds that a design can name, found by importing their folders."""

import importlib
import pkgutil
from functools import cache
from typing import Any, cast

from rnnstudio.design.plugins import load_plugins
from rnnstudio.design.registry import Catalogue, OptimizerKind, RegisteredKind, Registry
from rnnstudio.design.spec import NodeSpec
from rnnstudio.engine.nodes.base import NODES, RUNNING
from rnnstudio.engine.optimizers.base import OPTIMIZERS, OptimizerSpec
from rnnstudio.engine.schedules.base import SCHEDULES, ScheduleSpec
from rnnstudio.engine.tasks.base import TASKS, TaskSpec
from rnnstudio.engine.weights.emitter import EMITTERS, Emitter
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, WeightFormat

FOLDERS = ("nodes", "cells", "optimizers", "schedules", "tasks", "weights")
PLUGINS = "rnnstudio.plugins"


def catalogue() -> Catalogue:
    """Import all parts once and return their registries."""
    return _load()[0]


def broken_plugins() -> tuple[str, ...]:
    """Return a sentence for each plug-in that could not be loaded; see `load_plugins`."""
    return _load()[1]


def _require_running() -> None:
    for spec in NODES:
        if spec.kind not in RUNNING:
            raise LookupError(f"nothing runs the node {spec.kind!r}; register it with register_node")


@cache
def _load() -> tuple[Catalogue, tuple[str, ...]]:
    for folder in FOLDERS:
        package = importlib.import_module(f"rnnstudio.engine.{folder}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    spec_types: dict[Registry[Any], type] = {
        NODES: NodeSpec,
        TASKS: TaskSpec,
        OPTIMIZERS: OptimizerSpec,
        SCHEDULES: ScheduleSpec,
        WEIGHT_FORMATS: WeightFormat,
        EMITTERS: Emitter,
    }
    broken = load_plugins(PLUGINS, spec_types, _require_running)
    known = Catalogue(
        nodes=NODES,
        tasks=cast("Registry[RegisteredKind]", TASKS),
        optimizers=cast("Registry[OptimizerKind]", OPTIMIZERS),
        schedules=cast("Registry[RegisteredKind]", SCHEDULES),
    )
    return known, broken
