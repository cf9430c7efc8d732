"""The language of kernels: a small part of Python, for LLVM.

Kernels use integers, floating-point numbers and pointers; ``for … in range``, ``while``, ``if``; and calls of
other such functions and of intrinsics, which emit LLVM instructions themselves. Types can be inferred in the
order of the text, so lowering a cell (see `lowering`) takes 0.05 s.

Two rules differ from Python: both sides of ``and``, ``or`` and of a conditional expression are computed, and
``//`` and ``%`` are defined for integers that are not negative only. A variable has one type. A function
returns a number of its unit's floating-point type, or nothing.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from llvmlite import ir

WHOLE, TRUTH = ir.IntType(64), ir.IntType(1)
SINGLE, DOUBLE = ir.FloatType(), ir.DoubleType()

Value = Any  # an LLVM value, or a Python number whose type the other operand decides


@dataclass(frozen=True, eq=False)
class Function:
    """A function to be lowered, and the values of the global names in it.

    ``flags`` are LLVM's fast-math flags of its arithmetic, in addition to those of the unit.
    """

    node: ast.FunctionDef
    names: Mapping[str, Any]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Intrinsic:
    """A function that emits its instructions itself: ``emit(body, *arguments)``."""

    emit: Callable[..., Value]

    def __call__(self, *_arguments: Any) -> Any:
        """Raise an error; this exists so that kernels can be type-checked and read as Python."""
        raise TypeError("only a compiled function can call this")


@dataclass(frozen=True)
class Pointer:
    """A parameter that points to numbers; ``columns`` is that of a table, read as ``table[row, column]``."""

    element: ir.Type
    columns: int = 0


def function_of(function: FunctionType, *flags: str) -> Function:
    """Return a function of a module or a closure, ready to be lowered."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(node, ast.FunctionDef)
    cells = function.__closure__ or ()
    closure = {n: c.cell_contents for n, c in zip(function.__code__.co_freevars, cells, strict=True)}
    return Function(node, {**function.__globals__, **closure}, flags)


def functions_in(source: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names that generated source defines: functions to be lowered, and constants.

    Its imports and decorators are ignored: ``names`` has what it imports.
    """
    tree = ast.parse(source)
    space: dict[str, Any] = dict(names)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            space[node.name] = Function(node, space)
        elif isinstance(node, ast.Assign):
            exec(compile(ast.Module([node], []), "<generated from equations>", "exec"), space)
    return space
