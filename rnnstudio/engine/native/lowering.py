"""Lowering: from Python functions over numbers and pointers to LLVM's language.

Kernels use a small part of Python: whole numbers, floating-point numbers, pointers; ``for … in range``,
``while``, ``if``; calls of other such functions and of intrinsics, which write LLVM instructions themselves.
That part needs no type inference beyond the order of the text, so lowering a cell takes a tenth of a second.

Two rules differ from Python: both sides of ``and``, ``or`` and of a conditional expression are computed, and
``//`` and ``%`` are those of whole numbers that are not negative. A variable has one type. A function returns
a number of the unit's floating-point type, or nothing.
"""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
from llvmlite import ir

WHOLE, TRUTH = ir.IntType(64), ir.IntType(1)
SINGLE, DOUBLE = ir.FloatType(), ir.DoubleType()

Value = Any  # an LLVM value, or a Python number whose type the other operand decides


@dataclass(frozen=True, eq=False)
class Function:
    """A function to be lowered, and what the global names in it stand for.

    ``flags`` are LLVM's fast-math flags of its arithmetic, beside those of the unit.
    """

    node: ast.FunctionDef
    names: Mapping[str, Any]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Intrinsic:
    """A function that writes its instructions itself: ``emit(body, *arguments)``."""

    emit: Callable[..., Value]

    def __call__(self, *_arguments: Any) -> Any:
        """Refuse to run in Python; it exists so that kernels can be type-checked and read as Python."""
        raise TypeError("only a compiled function can call this")


@dataclass(frozen=True)
class Pointer:
    """A parameter that points at numbers; ``columns`` of a table that is read as ``table[row, column]``."""

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
    """Return the names that generated source defines: functions to be lowered and constants.

    Its imports and decorators are left out: ``names`` holds what it imports.
    """
    tree = ast.parse(source)
    space: dict[str, Any] = dict(names)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            space[node.name] = Function(node, space)
        elif isinstance(node, ast.Assign):
            exec(compile(ast.Module([node], []), "<generated from equations>", "exec"), space)
    return space


class Unit:
    """What is compiled together.

    Parameters
    ----------
    real : the floating-point type of its numbers
    flags : LLVM's fast-math flags of all arithmetic
    """

    def __init__(self, real: ir.Type, flags: Sequence[str]) -> None:
        self.module = ir.Module()
        self.real, self.flags = real, tuple(flags)
        self._lowered: dict[tuple[Any, ...], ir.Function] = {}
        self._cache: dict[FunctionType, Function] = {}

    def export(self, name: str, function: Function, parameters: Sequence[ir.Type | Pointer]) -> None:
        """Lower a function that is called from outside, with 64-bit whole numbers and addresses only."""
        kind = ir.FunctionType(ir.VoidType(), [WHOLE] * len(parameters))
        lowered = ir.Function(self.module, kind, name)
        Body(self, function, lowered, parameters)

    def of(self, function: FunctionType) -> Function:
        """Return a Python function ready to be lowered."""
        if function not in self._cache:
            self._cache[function] = function_of(function)
        return self._cache[function]

    def lowered(self, function: Function, types: Sequence[ir.Type]) -> ir.Function:
        """Return a function lowered for arguments of these types."""
        key = (function.node, *map(str, types), *(str(getattr(t, "pointee", "")) for t in types))
        if key not in self._lowered:
            gives = any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(function.node))
            kind = ir.FunctionType(self.real if gives else ir.VoidType(), types)
            lowered = ir.Function(self.module, kind, f"{function.node.name}.{len(self._lowered)}")
            lowered.linkage = "internal"
            lowered.attributes.add("alwaysinline")
            self._lowered[key] = lowered
            Body(self, function, lowered, types)
        return self._lowered[key]

    def external(self, name: str, kind: ir.FunctionType) -> ir.Function:
        """Return a function that the unit is linked with."""
        known = self.module.globals.get(name)
        return known if known is not None else ir.Function(self.module, kind, name)


class Body:
    """The body of one function, as it is lowered."""

    def __init__(
        self, unit: Unit, function: Function, lowered: ir.Function, parameters: Sequence[ir.Type | Pointer]
    ) -> None:
        self.unit, self.function, self.lowered = unit, function, lowered
        self.flags = (*unit.flags, *function.flags)
        self.builder = ir.IRBuilder(lowered.append_basic_block("entry"))
        self._entry = self.builder.block
        self.builder = ir.IRBuilder(lowered.append_basic_block("begin"))
        self._slots: dict[str, Any] = {}
        self._columns: dict[str, int] = {}
        self._following: list[Any] = []  # where `continue` of each loop goes on
        lowered.attributes.add("nounwind")
        names = [argument.arg for argument in function.node.args.args]
        for name, kind, value in zip(names, parameters, lowered.args, strict=True):
            if isinstance(kind, Pointer):
                self._columns[name] = kind.columns
                value = self.builder.inttoptr(value, kind.element.as_pointer())
            self._assign(name, value)
        self._statements(function.node.body)
        if not self.builder.block.is_terminated:
            self.builder.ret_void()
        ir.IRBuilder(self._entry).branch(lowered.blocks[1])

    def alloca(self, kind: ir.Type) -> Any:
        """Return room on the stack that lasts as long as the function."""
        return ir.IRBuilder(self._entry).alloca(kind)

    def wrong(self, node: ast.AST, what: str) -> TypeError:
        """Return the error of a text that no kernel may have."""
        name, line = self.function.node.name, getattr(node, "lineno", 0)
        return TypeError(f"{what} in line {line} of {name}: {ast.unparse(node)}")

    # ---------------------------------------------------------------------------- statements

    def _statements(self, nodes: Sequence[ast.stmt]) -> None:
        for node in nodes:
            if self.builder.block.is_terminated:
                return
            getattr(self, f"_do_{type(node).__name__.lower()}", self._refuse)(node)

    def _refuse(self, node: ast.AST) -> Any:
        raise self.wrong(node, "a kernel cannot have this")

    def _do_expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.value(node.value)

    def _do_pass(self, _node: ast.Pass) -> None:
        pass

    def _do_continue(self, _node: ast.Continue) -> None:
        self.builder.branch(self._following[-1])

    def _do_return(self, node: ast.Return) -> None:
        if node.value is None:
            self.builder.ret_void()
        else:
            self.builder.ret(self.typed(self.value(node.value), self.unit.real))

    def _do_assign(self, node: ast.Assign) -> None:
        (target,) = node.targets
        if isinstance(target, ast.Tuple):
            assert isinstance(node.value, ast.Tuple)
            values = [self.value(element) for element in node.value.elts]
            for name, value in zip(target.elts, values, strict=True):
                self._put(name, value)
        else:
            self._put(target, self.value(node.value))

    def _do_augassign(self, node: ast.AugAssign) -> None:
        value = self.value(node.value)
        if isinstance(node.target, ast.Name):
            old = self.builder.load(self._slots[node.target.id])
            self._assign(node.target.id, self.arithmetic(node.op, old, value))
        else:
            at = self._place(node.target)
            self._store(self.arithmetic(node.op, self._load(at), value), at)

    def _put(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self._assign(target.id, value)
        else:
            self._store(value, self._place(target))

    def _assign(self, name: str, value: Value) -> None:
        if name not in self._slots:
            value = self.typed(value)
            self._slots[name] = self.alloca(value.type)
        slot = self._slots[name]
        self.builder.store(self.typed(value, slot.allocated_type), slot)

    def _do_if(self, node: ast.If) -> None:
        test = self.truth(self.value(node.test))
        then, after = self._block("then"), self._block("after")
        other = self._block("else") if node.orelse else after
        self.builder.cbranch(test, then, other)
        self._branch(then, node.body, after)
        if node.orelse:
            self._branch(other, node.orelse, after)
        self.builder.position_at_end(after)

    def _do_while(self, node: ast.While) -> None:
        head, body, after = self._block("head"), self._block("body"), self._block("after")
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(self.truth(self.value(node.test)), body, after)
        self._following.append(head)
        self._branch(body, node.body, head)
        self._following.pop()
        self.builder.position_at_end(after)

    def _do_for(self, node: ast.For) -> None:
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
            raise self.wrong(call, "only a range can be looped over")
        bounds = [self.value(argument) for argument in call.args]
        start, stop = (0, bounds[0]) if len(bounds) == 1 else bounds[:2]
        step = bounds[2] if len(bounds) == 3 else 1
        stop, step_value = self.typed(stop), self.typed(step)
        counter = self.alloca(WHOLE)
        self.builder.store(self.typed(start), counter)
        head, body, after = self._block("head"), self._block("body"), self._block("after")
        following = self._block("following")
        self.builder.branch(head)
        self.builder.position_at_end(head)
        at = self.builder.load(counter)
        backwards = isinstance(step, int) and step < 0
        self.builder.cbranch(self.builder.icmp_signed(">" if backwards else "<", at, stop), body, after)
        self.builder.position_at_end(body)
        assert isinstance(node.target, ast.Name)
        self._assign(node.target.id, at)
        self._following.append(following)
        self._branch(body, node.body, following)
        self._following.pop()
        self.builder.position_at_end(following)
        self.builder.store(self.builder.add(self.builder.load(counter), step_value, flags=("nsw",)), counter)
        self.builder.branch(head)
        self.builder.position_at_end(after)

    def _block(self, name: str) -> Any:
        return self.lowered.append_basic_block(name)

    def _branch(self, block: Any, nodes: Sequence[ast.stmt], following: Any) -> None:
        self.builder.position_at_end(block)
        self._statements(nodes)
        if not self.builder.block.is_terminated:
            self.builder.branch(following)

    # --------------------------------------------------------------------------- expressions

    def value(self, node: ast.expr) -> Value:
        """Lower an expression."""
        return getattr(self, f"_of_{type(node).__name__.lower()}", self._refuse)(node)

    def typed(self, value: Value, kind: ir.Type | None = None) -> Any:
        """Return a value as an LLVM value, of a type where one is given."""
        if isinstance(value, np.floating):
            value = ir.Constant(SINGLE if isinstance(value, np.float32) else DOUBLE, float(value))
        if isinstance(value, bool | int | float):
            if kind is None:
                kind = self.unit.real if isinstance(value, float) else WHOLE
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
        if node.id in self._slots:
            return self.builder.load(self._slots[node.id])
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
            raise self.wrong(node, "a kernel cannot have this")
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
            elif sign == "!=":  # true of what is not a number
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

    def _place(self, node: ast.expr) -> Any:
        if not isinstance(node, ast.Subscript):
            raise self.wrong(node, "only names and numbers behind a pointer can be set")
        pointer, index = self.value(node.value), self.value(node.slice)
        if isinstance(index, tuple):
            assert isinstance(node.value, ast.Name)
            row, column = index
            start = self.arithmetic(ast.Mult(), row, self._columns[node.value.id])
            index = self.arithmetic(ast.Add(), start, column)
        return self.builder.gep(pointer, [self.typed(index)], inbounds=True)

    def _of_subscript(self, node: ast.Subscript) -> Value:
        return self._load(self._place(node))

    def _load(self, place: Any) -> Any:
        return self.builder.load(place, align=_size(place.type.pointee), typ=place.type.pointee)

    def _store(self, value: Value, place: Any) -> None:
        kind = place.type.pointee
        self.builder.store(self.typed(value, kind), place, align=_size(kind))

    # --------------------------------------------------------------------------------- calls

    def _of_call(self, node: ast.Call) -> Value:
        if isinstance(node.func, ast.Name) and node.func.id in BUILT_IN and node.func.id not in self._slots:
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
        """Call a function of mathematics: LLVM's where it has one, the system's otherwise."""
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
