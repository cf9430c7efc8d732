"""Data sets: a design's choice of task, opened. The last one opened stays in memory."""

from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache

from rnnstudio.design.errors import DesignError
from rnnstudio.design.message import message
from rnnstudio.design.model import Choice, Value
from rnnstudio.design.signals import Content
from rnnstudio.design.streams import Facts
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.tasks.base import TASKS, TaskData
from rnnstudio.engine.tasks.columns import blocks, memory_of
from rnnstudio.engine.tokens import check_tokens

_Params = tuple[tuple[str, Value], ...]
_FACTS = 64  # of so many data sets, of which one is in memory


def open_task(choice: Choice) -> TaskData:
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
    return _open(*_request(choice))


def _request(choice: Choice) -> tuple[str, _Params, Hashable]:
    """Return the kind, the complete parameters, and the state of the files of a task."""
    catalogue()
    spec = TASKS.get(choice.kind)
    params: dict[str, Value] = {}
    for param in spec.params:
        value = choice.params.get(param.name, param.default)
        must_be = param.constraint.problem(value)
        if must_be is not None:
            raise DesignError(
                message(
                    "The {param} of the task {spec} must be {must_be}; got {value!r}.",
                    param=param.title.lower(),
                    spec=spec.title,
                    must_be=must_be,
                    value=value,
                )
            )
        params[param.name] = value
    return choice.kind, tuple(params.items()), spec.state(params)


@lru_cache(maxsize=1)
def _open(kind: str, params: _Params, _state: Hashable) -> TaskData:
    data = TASKS.get(kind).open(dict(params))
    _check_tokens(data)
    facts = replace(data.facts, examples=data.count, memory=memory_of(data.streams.values()))
    return replace(data, facts=facts)


def _check_tokens(data: TaskData) -> None:
    for stream in data.facts.streams:
        if stream.content is Content.TOKENS:
            for _, values in blocks(data.streams.get(stream.name, ())):
                check_tokens(stream, values)


def facts(choice: Choice) -> Facts:
    """Return what shape inference needs to know of a task's data; errors as in `open_task`."""
    return _facts(*_request(choice))


@lru_cache(maxsize=_FACTS)
def _facts(kind: str, params: _Params, state: Hashable) -> Facts:
    return _open(kind, params, state).facts
