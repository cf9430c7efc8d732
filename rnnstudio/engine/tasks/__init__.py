"""Tasks: one file for each. Here a design's choice of task becomes data."""

from collections.abc import Hashable
from functools import lru_cache
from typing import TYPE_CHECKING

from rnnstudio.design.errors import DesignError
from rnnstudio.design.model import Choice, Value
from rnnstudio.design.streams import Facts
from rnnstudio.engine import registries

if TYPE_CHECKING:
    from rnnstudio.engine.tasks.base import TaskData

_KEPT = 4  # data sets in memory at a time


def open_task(choice: Choice) -> "TaskData":
    """Return the data of a task; read once for the same parameters and the same state of its files.

    Raises
    ------
    UnknownKindError
        If no task of that kind is registered.
    DesignError
        If a parameter is out of bounds.
    DataError, FileError
        If the data cannot be read or used.
    """
    from rnnstudio.engine.catalogue import catalogue  # it imports this package

    catalogue()
    spec = registries.TASKS.get(choice.kind)
    params: dict[str, Value] = {}
    for param in spec.params:
        value = choice.params.get(param.name, param.default)
        must_be = param.constraint.problem(value)
        if must_be is not None:
            raise DesignError(
                f"The {param.title.lower()} of the task {spec.title} must be {must_be}; got {value!r}."
            )
        params[param.name] = value
    return _open(choice.kind, tuple(params.items()), spec.state(params))


@lru_cache(maxsize=_KEPT)
def _open(kind: str, params: tuple[tuple[str, Value], ...], _state: Hashable) -> "TaskData":
    return registries.TASKS.get(kind).open(dict(params))


def facts(choice: Choice) -> Facts:
    """Return what shape inference needs to know of a task's data; errors as in `open_task`."""
    return open_task(choice).facts
