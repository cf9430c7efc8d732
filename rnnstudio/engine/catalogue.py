"""Everything a design may name, found by looking into the folders that hold it."""

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from typing import cast

from rnnstudio.design.registry import Catalogue, Described, OptimizerKind, Registry
from rnnstudio.engine import registries

FOLDERS = ("nodes", "cells", "optimizers", "schedules", "tasks", "weights")
PLUGINS = "rnnstudio.plugins"


@cache
def catalogue() -> Catalogue:
    """Import every part once and return the registries that hold them."""
    for folder in FOLDERS:
        package = importlib.import_module(f"rnnstudio.engine.{folder}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    for plugin in entry_points(group=PLUGINS):
        plugin.load()
    return Catalogue(
        nodes=registries.NODES,
        tasks=cast("Registry[Described]", registries.TASKS),
        optimizers=cast("Registry[OptimizerKind]", registries.OPTIMIZERS),
        schedules=cast("Registry[Described]", registries.SCHEDULES),
    )
