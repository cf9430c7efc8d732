"""What can be known of a task's data without holding them: how they are asked for, and the answer."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from rnnstudio.design.errors import DesignError, StudioError
from rnnstudio.design.message import message
from rnnstudio.design.model import Choice, Value
from rnnstudio.design.streams import Facts
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.tasks.base import TASKS


class DataKey(NamedTuple):
    """What the data of a task depend on: its kind, its complete parameters and the state of its files."""

    kind: str
    params: tuple[tuple[str, Value], ...]
    state: Hashable


@dataclass(frozen=True)
class DataReport:
    """What a task's data are, or why they cannot be used.

    Attributes
    ----------
    facts : what shape inference needs to know; without streams where the data are not known
    symbols : the digest of their symbols, empty where the data are not known
    error : why they cannot be read or used. None also where the choice of the task itself is wrong: the rules
        report that.
    """

    facts: Facts = Facts()
    symbols: str = ""
    error: StudioError | None = None


def data_key(choice: Choice) -> DataKey:
    """Return the key of a task's data. No data are read, but the state of its files is looked up.

    Raises
    ------
    UnknownKindError
        If no task of that kind is registered.
    DesignError
        If a parameter is out of bounds.
    """
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
    return DataKey(choice.kind, tuple(params.items()), spec.state(params))
