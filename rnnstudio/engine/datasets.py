"""Data sets: a design's choice of task, opened. The last one opened stays in memory.

The window never imports this module: it asks the training process, which keeps what it opened for the run.
"""

from dataclasses import replace
from functools import lru_cache
from threading import RLock

from rnnstudio.design.errors import DesignError, StudioError, UnknownKindError
from rnnstudio.design.model import Choice
from rnnstudio.design.signals import Content
from rnnstudio.design.streams import Facts
from rnnstudio.engine.data_report import DataKey, DataReport, data_key
from rnnstudio.engine.tasks.base import TASKS, TaskData
from rnnstudio.engine.tasks.columns import blocks, memory_of
from rnnstudio.engine.tokens import check_tokens
from rnnstudio.engine.weights.symbols import data_digest

_REPORTS = 64  # of so many data sets, of which one is in memory
_lock = RLock()  # two threads that want the same data build them once


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
    with _lock:
        return _open(data_key(choice))


@lru_cache(maxsize=1)
def _open(key: DataKey) -> TaskData:
    data = TASKS.get(key.kind).open(dict(key.params))
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
    with _lock:
        return _report(data_key(choice)).facts


def inspect(choice: Choice) -> DataReport:
    """Return what a task's data are, or why they cannot be used."""
    try:
        with _lock:
            return _report(data_key(choice))
    except (UnknownKindError, DesignError):
        return DataReport()
    except StudioError as error:
        return DataReport(error=error)


@lru_cache(maxsize=_REPORTS)
def _report(key: DataKey) -> DataReport:
    data = _open(key)
    return DataReport(data.facts, data_digest(data))
