"""Lowering: from the functions of kernels to LLVM IR."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from llvmlite import ir

from rnnstudio.engine.native.expressions import Expressions
from rnnstudio.engine.native.language import WHOLE, Function, Pointer, Value, function_of


class Unit:
    """Functions that are compiled together.

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
        """Lower a function that is called from outside, with 64-bit integers and addresses only."""
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


class Body(Expressions):
    """The body of one function, as it is lowered."""

    def __init__(
        self, unit: Unit, function: Function, lowered: ir.Function, parameters: Sequence[ir.Type | Pointer]
    ) -> None:
        super().__init__(unit, function)
        self.lowered = lowered
        self._entry = lowered.append_basic_block("entry")  # holds stack allocations only
        self.builder = ir.IRBuilder(lowered.append_basic_block("begin"))
        self._following: list[Any] = []  # the block where `continue` of each loop continues
        lowered.attributes.add("nounwind")
        names = [argument.arg for argument in function.node.args.args]
        for name, kind, value in zip(names, parameters, lowered.args, strict=True):
            if isinstance(kind, Pointer):
                self.columns[name] = kind.columns
                value = self.builder.inttoptr(value, kind.element.as_pointer())
            self._assign(name, value)
        self._statements(function.node.body)
        if not self.builder.block.is_terminated:
            self.builder.ret_void()
        ir.IRBuilder(self._entry).branch(lowered.blocks[1])

    def alloca(self, kind: ir.Type) -> Any:
        """Return memory on the stack, valid until the function returns."""
        return ir.IRBuilder(self._entry).alloca(kind)

    # ---------------------------------------------------------------------------- statements

    def _statements(self, nodes: Sequence[ast.stmt]) -> None:
        for node in nodes:
            if self.builder.block.is_terminated:
                return
            getattr(self, f"_do_{type(node).__name__.lower()}", self.refuse)(node)

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
            old = self.builder.load(self.slots[node.target.id])
            self._assign(node.target.id, self.arithmetic(node.op, old, value))
        else:
            at = self.place(node.target)
            self.store(self.arithmetic(node.op, self.load(at), value), at)

    def _put(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self._assign(target.id, value)
        else:
            self.store(value, self.place(target))

    def _assign(self, name: str, value: Value) -> None:
        if name not in self.slots:
            value = self.typed(value)
            self.slots[name] = self.alloca(value.type)
        slot = self.slots[name]
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
