"""Rules for the parameters of nodes, task, optimizer, schedule and training plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from rnnstudio.design import edits
from rnnstudio.design.constraints import Mistake, Text
from rnnstudio.design.initializers import PREFIX, InitializerConstraint
from rnnstudio.design.message import Message, message
from rnnstudio.design.model import Choice, Design, Node, NodeId, Params, Value
from rnnstudio.design.network import Network
from rnnstudio.design.phrases import shown, within
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.problems import Fix, Problem
from rnnstudio.design.registry import Catalogue, KindLookup, RegisteredKind
from rnnstudio.design.spec import NodeSpec, ParamSpec
from rnnstudio.design.spec_cache import spec_cache

_CHOICES = {  # its name alone, within a sentence and at the beginning of one
    "task": (message("task"), message("the task"), message("The task")),
    "optimizer": (message("optimizer"), message("the optimizer"), message("The optimizer")),
    "schedule": (message("schedule"), message("the schedule"), message("The schedule")),
}


class _Owner(NamedTuple):
    """The owner of parameters: its name, and how its parameters are changed."""

    name: Message | str
    subject: Message | str  # the same at the beginning of a sentence
    node: NodeId | None
    set: Callable[[dict[str, Value]], Callable[[Design], Design]]
    remove: Callable[[str], Callable[[Design], Design]]


def _params(
    owner: _Owner, specs: Iterable[ParamSpec], given: Params, complete: dict[str, Value]
) -> list[Problem]:
    """Report invalid parameters; fill ``complete`` with all values, defaults for invalid ones."""
    problems = []
    for param in specs:
        value = complete[param.name] = given.get(param.name, param.default)
        wanted = param.constraint.problem(value)
        if wanted is None:
            continue
        complete[param.name] = param.default
        if isinstance(param.constraint, Text) and isinstance(value, str):
            problems.append(_mistake(owner, param, param.constraint, value))
            continue
        fix = None
        if param.constraint.problem(param.default) is None:
            fix = Fix(
                message("Set {param} to {default}", param=within(param.title), default=shown(param.default)),
                owner.set({param.name: param.default}),
            )
        sentence = message(
            "The {param} of {owner} must be {wanted}; got {value}.",
            param=within(param.title),
            owner=owner.name,
            wanted=wanted,
            value=shown(value),
        )
        problems.append(Problem("param", sentence, owner.node, fix=fix, param=param.name))
    if len(given) > 0 and not given.keys() <= complete.keys():
        for name in sorted(n for n in given.keys() - complete.keys() if not n.startswith(PREFIX)):
            sentence = message(
                "{owner} has no parameter {name}; it is ignored.",
                owner=owner.subject,
                name=shown(name),
            )
            fix = Fix(message("Remove {name}", name=shown(name)), owner.remove(name))
            problems.append(Problem("unknown-param", sentence, owner.node, fix=fix, severity="warning"))
    return problems


def _mistake(owner: _Owner, param: ParamSpec, text: Text, value: str) -> Problem:
    """Report a mistake in a text with its location."""
    mistake = text.mistake(value)
    assert mistake is not None
    return Problem("param", _at(param, owner.name, mistake), owner.node, param=param.name)


def check_node(network: Network, node: Node, params: dict[NodeId, dict[str, Value]]) -> list[Problem]:
    """Check one node; add its parameters to ``params`` unless its size is unknown."""
    spec, name = network.specs.get(node.id), network.names[node.id]
    if spec is None:
        sentence = message(
            "“{name}” is of a kind that is not installed here: {kind}. Install the plug-in that has "
            "it, or remove the node.",
            name=name,
            kind=shown(node.kind),
        )
        fix = Fix(message("Remove {name}", name=name), partial(edits.remove, node_ids=(node.id,)))
        return [Problem("unknown-kind", sentence, node.id, fix=fix)]
    problems = []
    if not (math.isfinite(node.x) and math.isfinite(node.y)):
        fix = Fix(message("Move it to the origin"), partial(edits.move, positions={node.id: (0.0, 0.0)}))
        sentence = message("{name} has no place on the canvas. Move it to one.", name=name)
        problems.append(Problem("place", sentence, node.id, fix=fix))
    known = spec_cache.params(spec, node.params)
    if known is not None:
        params[node.id] = known
    elif spec.params or node.params:
        complete: dict[str, Value] = {}
        owner = _Owner(
            name,
            f"{name[:1].upper()}{name[1:]}",
            node.id,
            lambda values: partial(edits.set_params, node_ids=(node.id,), values=values),
            lambda unknown: partial(edits.remove_params, node_ids=(node.id,), names=(unknown,)),
        )
        found = _params(owner, spec.params, node.params, complete)
        size = spec.size_param
        sized = size is None or not found or complete[size] == node.params.get(size, complete[size])
        # The size of a state may depend on a text, so it is unknown if the text is invalid.
        texts = {param.name for param in spec.params if isinstance(param.constraint, Text)}
        if sized and not any(problem.param in texts for problem in found):
            params[node.id] = complete
            found += _starts(node, name, spec, complete)
            if not found:
                spec_cache.keep_params(spec, node.params, complete)
        problems += found
    else:
        params[node.id] = {}
        spec_cache.keep_params(spec, node.params, params[node.id])
    if spec.texts and node.id in params:
        problems += _hints(node, name, spec, params[node.id])
    return problems


def _hints(node: Node, name: str, spec: NodeSpec, complete: Params) -> list[Problem]:
    """Report hints about the texts of a node."""
    return [
        Problem("hint", _at(param, name, hint), node.id, severity="warning", param=param.name)
        for param, text in spec.texts
        for hint in text.hints(str(complete[param.name]))
    ]


def _at(param: ParamSpec, name: Message | str, mistake: Mistake) -> Message:
    """Return a message with its location."""
    return message(
        "{param} of {node}, line {line}, column {column}: {mistake}",
        param=param.title,
        node=name,
        line=mistake.line,
        column=mistake.column,
        mistake=mistake.message,
    )


def _starts(node: Node, name: str, spec: NodeSpec, complete: Params) -> list[Problem]:
    """Check the initializers of a node."""
    asked = {key.removeprefix(PREFIX): value for key, value in node.params.items() if key.startswith(PREFIX)}
    if not asked:
        return []
    matrices = spec.weight_names(complete)
    problems = []
    for weight, value in asked.items():
        remove = partial(edits.remove_params, node_ids=(node.id,), names=(PREFIX + weight,))
        if weight not in matrices:
            sentence = message(
                "{name} has no weight {weight}; how it starts is ignored.", name=name, weight=shown(weight)
            )
            fix = Fix(message("Remove the start of {weight}", weight=shown(weight)), remove)
            problems.append(Problem("unknown-param", sentence, node.id, fix=fix, severity="warning"))
            continue
        wanted = InitializerConstraint(matrices[weight]).problem(value)
        if wanted is not None:
            sentence = message(
                "The start of {weight} of {name} must be {wanted}; got {value}.",
                weight=weight,
                name=name,
                wanted=wanted,
                value=shown(value),
            )
            fix = Fix(message("Let {weight} start as usual", weight=weight), remove)
            problems.append(Problem("param", sentence, node.id, fix=fix, param=PREFIX + weight))
    return problems


def check_choices(design: Design, catalogue: Catalogue) -> list[Problem]:
    """Check the task, the optimizer, the schedule and the training plan."""
    plan = {param.name: getattr(design.plan, param.name) for param in PLAN_PARAMS}
    return [
        *_choice(
            "task",
            design.task,
            catalogue.tasks,
            edits.set_task,
            edits.set_task_params,
            edits.remove_task_params,
        ),
        *_choice(
            "optimizer",
            design.plan.optimizer,
            catalogue.optimizers,
            lambda design, choice: edits.set_plan(design, optimizer=choice),
            edits.set_optimizer_params,
            edits.remove_optimizer_params,
        ),
        *_choice(
            "schedule",
            design.plan.schedule,
            catalogue.schedules,
            lambda design, choice: edits.set_plan(design, schedule=choice),
            edits.set_schedule_params,
            edits.remove_schedule_params,
        ),
        *_params(
            _Owner(
                message("the training plan"),
                message("The training plan"),
                None,
                lambda values: lambda design: edits.set_plan(design, **values),
                lambda _name: lambda design: design,
            ),
            PLAN_PARAMS,
            plan,
            {},
        ),
    ]


def _choice(
    what: str,
    choice: Choice,
    registry: KindLookup[RegisteredKind],
    choose: Callable[[Design, Choice], Design],
    set_params: Callable[[Design, Mapping[str, Value]], Design],
    remove_params: Callable[[Design, tuple[str, ...]], Design],
) -> list[Problem]:
    if choice.kind not in registry:
        known = ", ".join(spec.kind for spec in registry)
        sentence = message(
            "There is no {what} of kind {kind} here. Choose one of: {known}.",
            what=_CHOICES[what][0],
            kind=shown(choice.kind),
            known=known,
        )
        first = next(iter(registry), None)
        fix = None
        if first is not None:
            chosen = Choice(first.kind)
            fix = Fix(message("Choose {kind}", kind=first.title), lambda design: choose(design, chosen))
        return [Problem(f"unknown-{what}", sentence, fix=fix)]
    owner = _Owner(
        *_CHOICES[what][1:],
        None,
        lambda values: lambda design: set_params(design, values),
        lambda name: lambda design: remove_params(design, (name,)),
    )
    return _params(owner, registry.get(choice.kind).params, choice.params, {})
