"""Setting one value of a design by its path, as the command line's ``--set PATH=VALUE`` does.

Paths are those of the design file: ``plan.epochs``, ``plan.optimizer.params.learning_rate``,
``plan.schedule.params.factor``, ``task.params.length``, ``nodes.lstm.units``,
``nodes.lstm.start.U_f``; ``plan.optimizer``, ``plan.schedule`` and ``task`` themselves take a kind.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable

from rnnstudio.design import edits
from rnnstudio.design.errors import DesignError
from rnnstudio.design.initializers import PREFIX
from rnnstudio.design.message import joined, message
from rnnstudio.design.model import Choice, Design, Node, Value
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.registry import Catalogue, KindLookup, RegisteredKind
from rnnstudio.design.spec import ParamSpec

_CHOICES = ("optimizer", "schedule")
_OFF = ("off", "none", "null")
_YES_NO = {"yes": True, "no": False, "true": True, "false": False}


def assign(design: Design, catalogue: Catalogue, assignment: str) -> Design:
    """Return a design with one value set by text such as ``plan.epochs=3``.

    Raises
    ------
    DesignError
        If there is no ``=``, no such path (the sentence lists what there is), or the value is not
        allowed there.
    """
    path, equals, text = assignment.partition("=")
    path = path.strip()
    if not equals:
        raise DesignError(
            message(
                "“{assignment}” sets nothing. Write it as PATH=VALUE, for example plan.epochs=3.",
                assignment=assignment,
            )
        )
    head, *rest = path.split(".")
    match head, rest:
        case "name", []:
            return edits.set_name(design, text)
        case "notes", []:
            return edits.set_notes(design, text)
        case "task", _:
            return edits.set_task(design, _choice(design.task, catalogue.tasks, path, "task", rest, text))
        case "plan", ["optimizer", *tail]:
            optimizer = _choice(
                design.plan.optimizer, catalogue.optimizers, path, "plan.optimizer", tail, text
            )
            return edits.set_plan(design, optimizer=optimizer)
        case "plan", ["schedule", *tail]:
            schedule = _choice(design.plan.schedule, catalogue.schedules, path, "plan.schedule", tail, text)
            return edits.set_plan(design, schedule=schedule)
        case "plan", [name]:
            known = {param.name: param for param in PLAN_PARAMS}
            _require(name, [*known, *_CHOICES], path, "plan")
            return edits.set_plan(design, **{name: _value(known[name], path, text)})
        case "plan", _:
            raise _no_such(path, "plan", [*(param.name for param in PLAN_PARAMS), *_CHOICES])
        case "nodes", [node_id, *tail]:
            node = next((n for n in design.nodes if n.id == node_id), None)
            if node is None:
                raise _no_such(path, "nodes", [str(n.id) for n in design.nodes])
            return _node(design, node, catalogue, path, tail, text)
        case "nodes", _:
            raise _no_such(path, "nodes", [str(n.id) for n in design.nodes])
    raise _no_such(path, "a design", ["name", "notes", "task", "plan", "nodes"])


def assign_param(spec: RegisteredKind, assignment: str) -> tuple[str, Value]:
    """Return the name and value that a text such as ``compressed=yes`` gives a parameter of a kind.

    Errors as `assign`.
    """
    name, equals, text = assignment.partition("=")
    name = name.strip()
    if not equals:
        raise DesignError(
            message("“{assignment}” sets nothing. Write it as NAME=VALUE.", assignment=assignment)
        )
    params = {param.name: param for param in spec.params}
    _require(name, list(params), name, spec.kind)
    return name, _value(params[name], name, text)


def _node(design: Design, node: Node, catalogue: Catalogue, path: str, tail: list[str], text: str) -> Design:
    spec = catalogue.nodes.get(node.kind)
    params = {param.name: param for param in spec.params}
    if tail[:1] == ["params"]:
        tail = tail[1:]
    elif tail == ["title"]:
        return edits.rename_node(design, node.id, text)
    where = f"nodes.{node.id}"
    if tail[:1] == [PREFIX.removesuffix(".")]:
        starts = {start.name: start for start in spec.initializer_params(node.params)}
        tail = [".".join(tail)]
        if tail[0] not in starts:
            raise _no_such(path, f"{where}.start", [name.removeprefix(PREFIX) for name in starts])
        params |= starts
    name = tail[0] if len(tail) == 1 else ""
    _require(name, [*params, "title"], path, where)
    return edits.set_params(design, [node.id], {name: _value(params[name], path, text)})


def _choice(
    choice: Choice, kinds: KindLookup[RegisteredKind], path: str, where: str, tail: list[str], text: str
) -> Choice:
    if tail in ([], ["kind"]):
        known = {param.name for param in kinds.get(text).params}
        return Choice(text, {name: value for name, value in choice.params.items() if name in known})
    params = {param.name: param for param in kinds.get(choice.kind).params}
    if tail[:1] != ["params"]:
        raise _no_such(path, where, ["kind", *(f"params.{name}" for name in params)])
    name = tail[1] if len(tail) == 2 else ""
    _require(name, list(params), path, f"{where}.params")
    return Choice(choice.kind, {**choice.params, name: _value(params[name], path, text)})


def _require(name: str, known: list[str], path: str, where: str) -> None:
    if name not in known:
        raise _no_such(path, where, known)


def _no_such(path: str, where: str, known: Iterable[str]) -> DesignError:
    names = list(known)
    close = difflib.get_close_matches(path.rpartition(".")[2], names, 1)
    hint = message("Did you mean {close}?", close=close[0]) if close else ""
    there = (
        message("In {where} there are: {names}.", where=where, names=", ".join(names))
        if names
        else message("In {where} there is nothing to set.", where=where)
    )
    return DesignError(joined((message("There is no “{path}” to set.", path=path), hint, there)))


def _value(param: ParamSpec, path: str, text: str) -> Value:
    """Return the first interpretation of a text that the constraint of the parameter allows."""
    readings: list[Value] = []
    word = text.strip().lower()
    if word in _OFF:
        readings.append(None)
    if word in _YES_NO:
        readings.append(_YES_NO[word])
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = text
    if isinstance(read, float) and read.is_integer():
        readings.append(int(read))
    if isinstance(read, bool | int | float | str):
        readings.append(read)
    readings.append(text)
    must_be = None
    for reading in readings:
        must_be = param.constraint.problem(reading)
        if must_be is None:
            return reading
    raise DesignError(
        message("{path} must be {must_be}; got “{text}”.", path=path, must_be=must_be, text=text)
    )
