"""Loading plug-ins from installed packages; a broken plug-in does not affect anything else.

A plug-in is an entry point that names a module, which registers kinds when it is imported.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from typing import Any

from rnnstudio.design.message import brief
from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import ParamSpec

# Anything may be raised by the code of another package, or by its description of itself. An interrupt from
# the keyboard is none of its errors.
_ANYTHING = (Exception, SystemExit)


def load_plugins(
    group: str, spec_types: Mapping[Registry[Any], type], require: Callable[[], None] = lambda: None
) -> tuple[str, ...]:
    """Import the plug-ins of a group of entry points.

    Parameters
    ----------
    group
        The name of the group.
    spec_types
        The registries that they may add to, and the type of what each holds.
    require
        Called after each plug-in; raises where what it registered is of no use.

    Returns
    -------
    tuple of str
        A message for each broken plug-in; none of its kinds is registered.
    """
    plugins, broken = _find(group)
    for plugin in plugins:
        before = {registry: tuple(registry) for registry in spec_types}
        try:
            plugin.load()
            for registry, spec_type in spec_types.items():
                for spec in registry:
                    if spec not in before[registry]:
                        _require_usable(spec, spec_type, registry.what)
            require()
        except _ANYTHING as error:
            for registry, specs in before.items():
                registry.reset(specs)
            module = plugin.value.partition(":")[0]
            broken.append(_left_out(f"“{plugin.name}” ({module})", plugin.dist, error))
    return tuple(broken)


def _find(group: str) -> tuple[list[EntryPoint], list[str]]:
    """Return the entry points of a group, and a message for each package with unreadable entry points."""
    try:
        return list(entry_points(group=group)), []
    except _ANYTHING:
        pass  # find the broken package below
    found: list[EntryPoint] = []
    broken: list[str] = []
    for package in distributions():
        try:
            found += [point for point in package.entry_points.select(group=group) if point not in found]
        except _ANYTHING as error:
            broken.append(_left_out("", package, error))
    return found, broken


def _require_usable(spec: Any, spec_type: Any, what: str) -> None:
    """Raise ``TypeError`` or ``ValueError`` if the fields of a specification have wrong types."""
    if not isinstance(spec, spec_type):
        raise TypeError(f"{what} {spec.kind!r} is not a {spec_type.__name__}")
    for field in fields(spec_type):
        value = getattr(spec, field.name)
        if not _is_of(value, str(field.type)):
            raise TypeError(f"{field.name} of {what} {spec.kind!r} is {value!r}")
    for param in spec.params:
        if not isinstance(param, ParamSpec):
            raise TypeError(f"a parameter of {what} {spec.kind!r} is {param!r}")
        if problem := param.constraint.problem(param.default):
            raise ValueError(f"the default of {param.name} of {what} {spec.kind!r} {problem}")


def _is_of(value: object, annotation: str) -> bool:
    """Return whether a value matches the annotation of a field: a text, tuple or function."""
    if value is None:
        return "None" in annotation
    if annotation.startswith("Callable"):
        return callable(value)
    expected = {"str": str, "tuple": tuple}.get(annotation.partition("[")[0].partition(" ")[0], object)
    return isinstance(value, expected)


def _left_out(plugin: str, package: Distribution | None, error: BaseException) -> str:
    reason = " ".join(traceback.format_exception_only(error)[-1].split()).rstrip(".")
    words = " ".join(filter(None, ("The plug-in", plugin, f"of the package “{_name(package)}”")))
    return brief(
        f"{words} is broken and was left out: {reason}. "
        "All else works; install the package again, or remove it."
    )


def _name(package: Distribution | None) -> str:
    try:
        return str(package.metadata["Name"]) if package is not None else "unknown"
    except _ANYTHING:
        return "unknown"
