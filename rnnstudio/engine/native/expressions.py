"""Lowering of expressions: values, arithmetic, memory and calls."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from types import FunctionType
from typing import Any, Protocol

import numpy as np
from llvmlite import ir

from rnnstudio.engine.native.language import DOUBLE, SINGLE, TRUTH, WHOLE, Function, Intrinsic, Value

ON_WHOLE: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.FloorDiv: "sdiv",
    ast.Mod: "srem",
}
REAL: dict[type[ast.operator], str] = {
    ast.Add: "fadd",
    ast.Sub: "fsub",
    ast.Mult: "fmul",
    ast.Div: "fdiv",
}
SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
BUILT_IN: dict[str, Any] = {"min": min, "max": max, "abs": abs}
NUMBERS: tuple[Any, ...] = (np.float32, np.float64)
MATHEMATICS: dict[Any, str] = {
    abs: "fabs",
    math.fabs: "fabs",
    math.sqrt: "sqrt",
    math.exp: "exp",
    math.log: "log",
    math.log1p: "log1p",
    math.expm1: "expm1",
    math.pow: "pow",
    math.copysign: "copysign",
    math.floor: "floor",
    np.floor: "floor",
    np.sqrt: "sqrt",
    np.log: "log",
    np.log1p: "log1p",
    np.abs: "fabs",
    np.copysign: "copysign",
}
OF_THE_SYSTEM = ("log1p", "expm1")


def _size(kind: ir.Type) -> int:
    return 4 if kind == SINGLE else 8


class Module(Protocol):
    """What expressions need of the module that they are lowered into."""

    real: ir.Type
    flags: tuple[str, ...]

    def of(self, function: FunctionType) -> Function:
        """Return a Python function ready to be lowered."""

    def lowered(self, function: Function, types: Sequence[ir.Type]) -> ir.Function:
        """Return a function lowered for arguments of these types."""

    def external(self, name: str, kind: ir.FunctionType) -> ir.Function:
        """Return a function that the module is linked with."""


class Expressions:
    """Lowers the expressions of a function, at the position of the builder.

    Parameters
    ----------
    unit : what the function is compiled with
    function : the function
    """

    builder: Any

    def __init__(self, unit: Module, function: Function) -> None:
        self.unit, self.function = unit, function
        self.flags = (*unit.flags, *function.flags)
        self.slots: dict[str, Any] = {}  # the address of each variable
        self.columns: dict[str, int] = {}  # of the tables among them

    def wrong(self, node: ast.AST, what: str) -> TypeError:
        """Return the error for source that is not allowed in a kernel."""
        name, line = self.function.node.name, getattr(node, "lineno", 0)
        return TypeError(f"{what} in line {line} of {name}: {ast.unparse(node)}")

    def refuse(self, node: ast.AST) -> Any:
        """Raise the error for a construct that is not in the language."""
        raise self.wrong(node, "a kernel cannot have this")

    def value(self, node: ast.expr) -> Value:
        """Lower an expression."""
        return getattr(self, f"_of_{type(node).__name__.lower()}", self.refuse)(node)

    def typed(self, value: Value, kind: ir.Type | None = None) -> Any:
        """Return a value as an LLVM value, of the given type if there is one."""
        if isinstance(value, np.floating):
            value = ir.Constant(SINGLE if isinstance(value, np.float32) else DOUBLE, float(value))
        if isinstance(value, bool | int | float):
            if kind is None:
                kind = self.unit.real if isinstance(value, float) else WHOLE
            if isinstance(value, float) and kind not in (SINGLE, DOUBLE):
                raise TypeError(f"{value} where {kind} is due in {self.function.node.name}")
            return ir.Constant(kind, float(value) if kind in (SINGLE, DOUBLE) else int(value))
        if kind is None or value.type == kind:
            return value
        if kind == DOUBLE and value.type == SINGLE:
            return self.builder.fpext(value, DOUBLE)
        if kind == SINGLE and value.type == DOUBLE:
            return self.builder.fptrunc(value, SINGLE)
        raise TypeError(f"{value.type} where {kind} is due in {self.function.node.name}")

    def truth(self, value: Value) -> Any:
        """Return whether a value is not 0."""
        value = self.typed(value)
        if value.type == TRUTH:
            return value
        return self.builder.icmp_signed("!=", value, ir.Constant(value.type, 0))

    def both(self, a: Value, b: Value) -> tuple[Any, Any]:
        """Return two values in one type: the wider, or that of the one that has a type."""
        kinds = [v.type for v in (a, b) if isinstance(v, ir.Value)]
        kinds += [
            SINGLE if isinstance(v, np.float32) else DOUBLE for v in (a, b) if isinstance(v, np.floating)
        ]
        if not kinds and isinstance(a, float) != isinstance(b, float):
            kinds = [self.unit.real]
        kind = DOUBLE if DOUBLE in kinds else kinds[0] if kinds else None
        return self.typed(a, kind), self.typed(b, kind)

    def _of_constant(self, node: ast.Constant) -> Value:
        return node.value

    def _of_name(self, node: ast.Name) -> Value:
        if node.id in self.slots:
            return self.builder.load(self.slots[node.id])
        if node.id in self.function.names:
            return self.function.names[node.id]
        raise self.wrong(node, "a name that nothing defines")

    def _of_attribute(self, node: ast.Attribute) -> Value:
        return getattr(self.value(node.value), node.attr)

    def _of_tuple(self, node: ast.Tuple) -> Value:
        return tuple(self.value(element) for element in node.elts)

    def _of_unaryop(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return self.builder.not_(self.truth(value))
        if not isinstance(node.op, ast.USub):
            self.refuse(node)
        if not isinstance(value, ir.Value):
            return -value
        return self.builder.neg(value) if value.type == WHOLE else self.builder.fneg(value)

    def _of_binop(self, node: ast.BinOp) -> Value:
        return self.arithmetic(node.op, self.value(node.left), self.value(node.right))

    def arithmetic(self, op: ast.operator, a: Value, b: Value) -> Value:
        """Return the result of an operator."""
        if isinstance(op, ast.Pow):
            return self._power(a, b)
        x, y = self.both(a, b)
        real = x.type in (SINGLE, DOUBLE)
        method = (REAL if real else ON_WHOLE).get(type(op))
        if method is None:
            raise TypeError(f"{type(op).__name__} of {x.type} in {self.function.node.name}")
        flags = self.flags if real else ("nsw",) if type(op) in (ast.Add, ast.Sub, ast.Mult) else ()
        return getattr(self.builder, method)(x, y, flags=flags)

    def _power(self, a: Value, exponent: Value) -> Value:
        if not isinstance(exponent, int):
            return self.mathematics("pow", *self.both(a, exponent))
        result, square, left = None, self.typed(a, None if isinstance(a, ir.Value) else self.unit.real), 0
        left = abs(exponent)
        while left:
            if left % 2:
                result = square if result is None else self.arithmetic(ast.Mult(), result, square)
            left //= 2
            if left:
                square = self.arithmetic(ast.Mult(), square, square)
        if result is None:
            return self.typed(1.0, square.type)
        return self.arithmetic(ast.Div(), 1.0, result) if exponent < 0 else result

    def _of_compare(self, node: ast.Compare) -> Value:
        left, result = self.value(node.left), None
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            x, y = self.both(left, right)
            sign = SIGNS[type(op)]
            if x.type not in (SINGLE, DOUBLE):
                one = self.builder.icmp_signed(sign, x, y)
            elif sign == "!=":  # true for NaN
                one = self.builder.fcmp_unordered(sign, x, y)
            else:
                one = self.builder.fcmp_ordered(sign, x, y)
            result = one if result is None else self.builder.and_(result, one)
            left = right
        return result

    def _of_boolop(self, node: ast.BoolOp) -> Value:
        first, *others = [self.truth(self.value(value)) for value in node.values]
        method = self.builder.and_ if isinstance(node.op, ast.And) else self.builder.or_
        for other in others:
            first = method(first, other)
        return first

    def _of_ifexp(self, node: ast.IfExp) -> Value:
        test = self.value(node.test)
        a, b = self.both(self.value(node.body), self.value(node.orelse))
        return self.builder.select(self.truth(test), a, b)

    # -------------------------------------------------------------------------------- memory

    def place(self, node: ast.expr) -> Any:
        """Return the address of a number behind a pointer or in a table."""
        if not isinstance(node, ast.Subscript):
            raise self.wrong(node, "only names and numbers behind a pointer can be set")
        pointer, index = self.value(node.value), self.value(node.slice)
        if isinstance(index, tuple):
            assert isinstance(node.value, ast.Name)
            row, column = index
            start = self.arithmetic(ast.Mult(), row, self.columns[node.value.id])
            index = self.arithmetic(ast.Add(), start, column)
        return self.builder.gep(pointer, [self.typed(index)], inbounds=True)

    def _of_subscript(self, node: ast.Subscript) -> Value:
        return self.load(self.place(node))

    def load(self, place: Any) -> Any:
        """Read a number."""
        return self.builder.load(place, align=_size(place.type.pointee), typ=place.type.pointee)

    def store(self, value: Value, place: Any) -> None:
        """Write a number."""
        kind = place.type.pointee
        self.builder.store(self.typed(value, kind), place, align=_size(kind))

    # --------------------------------------------------------------------------------- calls

    def _of_call(self, node: ast.Call) -> Value:
        if isinstance(node.func, ast.Name) and node.func.id in BUILT_IN and node.func.id not in self.slots:
            called: Any = self.function.names.get(node.func.id, BUILT_IN[node.func.id])
        else:
            called = self.value(node.func)
        arguments = [self.value(argument) for argument in node.args]
        if isinstance(called, Intrinsic):
            return called.emit(self, *arguments)
        if called in NUMBERS:
            kind = SINGLE if called is np.float32 else DOUBLE
            return self.typed(arguments[0], kind)
        if called in MATHEMATICS:
            return self._mathematics_of(MATHEMATICS[called], arguments)
        if called is min or called is max:
            return self._extreme("<" if called is min else ">", *arguments)
        function = self.unit.of(called) if isinstance(called, FunctionType) else called
        if not isinstance(function, Function):
            raise self.wrong(node, "a kernel cannot call this")
        values = [self.typed(argument) for argument in arguments]
        lowered = self.unit.lowered(function, [value.type for value in values])
        result = self.builder.call(lowered, values)
        return None if isinstance(result.type, ir.VoidType) else result

    def _mathematics_of(self, name: str, arguments: Sequence[Value]) -> Value:
        if len(arguments) == 2:
            return self.mathematics(name, *self.both(*arguments))
        return self.mathematics(name, self.typed(arguments[0]))

    def mathematics(self, name: str, *values: Any) -> Any:
        """Call a mathematical function: LLVM's if it has one, otherwise the system's."""
        kind = values[0].type
        if kind == WHOLE and name == "fabs":
            negative = self.builder.icmp_signed("<", values[0], WHOLE(0))
            return self.builder.select(negative, self.builder.neg(values[0]), values[0])
        if name in OF_THE_SYSTEM:
            called = f"{name}f" if kind == SINGLE else name
        else:
            called = f"llvm.{name}.{'f32' if kind == SINGLE else 'f64'}"
        function = self.unit.external(called, ir.FunctionType(kind, [kind] * len(values)))
        return self.builder.call(function, values, fastmath=self.flags)

    def _extreme(self, sign: str, first: Value, *others: Value) -> Any:
        for other in others:
            x, y = self.both(first, other)
            first = self.builder.select(self.builder.icmp_signed(sign, y, x), y, x)
        return first
