"""The innermost loop of a product: it computes a tile of the result in registers.

``c[r, j] (+)= sum over k of a[r, k] * b[k, j]`` for a few rows ``r`` and the columns ``j`` of one tile, with
``b`` packed: its rows of that width are contiguous. It is written in LLVM IR, because compilers do not keep
two dozen sums in registers when they unroll a loop.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from rnnstudio.engine.native.language import Intrinsic
from rnnstudio.engine.native.options import Real

I64, I32 = ir.IntType(64), ir.IntType(32)


def tile_of(real: Real, rows: int, *, turned: bool = False) -> Intrinsic:
    """Return ``tile(a, a_stride, b, c, c_stride, depth, valid, add)`` for a number of rows.

    ``valid`` columns are written; ``add`` is 1 to add to ``c`` and 0 to overwrite it. With ``turned``, the
    transpose of ``a`` is read, ``a[k, r]``.
    """

    @Intrinsic
    def tile(body: Any, *arguments: Any) -> None:
        _Tile(body, real, rows, turned).write(*map(body.typed, arguments))

    return tile


class _Tile:
    def __init__(self, body: Any, real: Real, rows: int, turned: bool) -> None:
        self.body, self.builder, self.real, self.rows, self.turned = body, body.builder, real, rows, turned
        self.number = real.number
        self.vector = ir.VectorType(self.number, real.lanes)
        name = f"llvm.fma.v{real.lanes}{real.suffix}"
        self.fma = body.unit.external(name, ir.FunctionType(self.vector, [self.vector] * 3))
        self.size = real.size

    def write(
        self, a: Any, a_stride: Any, b: Any, c: Any, c_stride: Any, depth: Any, valid: Any, add: Any
    ) -> None:
        builder, columns = self.builder, range(self.real.columns)
        apart = I64(1) if self.turned else a_stride
        starts = [builder.gep(a, [builder.mul(apart, I64(r))]) for r in range(self.rows)]
        ends = [builder.gep(c, [builder.mul(c_stride, I64(r))]) for r in range(self.rows)]
        full = builder.icmp_signed(">=", valid, I64(self.real.width))
        adds = builder.icmp_signed("!=", add, I64(0))

        entry = builder.block
        before = builder.append_basic_block("load")
        loop = builder.append_basic_block("depth")
        done = builder.append_basic_block("done")
        # Only a whole tile is loaded; a partial tile is added when it is stored.
        builder.cbranch(builder.and_(adds, full), before, loop)
        builder.position_at_end(before)
        loaded = [[self.load(ends[r], I64(v * self.real.lanes)) for v in columns] for r in range(self.rows)]
        builder.branch(loop)

        builder.position_at_end(loop)
        k = builder.phi(I64)
        k.add_incoming(I64(0), entry)
        k.add_incoming(I64(0), before)
        zero = ir.Constant(self.vector, None)
        sums = [[builder.phi(self.vector) for _ in columns] for _ in range(self.rows)]
        right = [
            self.load(b, builder.add(builder.mul(k, I64(self.real.width)), I64(v * self.real.lanes)))
            for v in columns
        ]
        following = builder.add(k, I64(1))
        here = builder.mul(k, a_stride) if self.turned else k
        results = []
        for r in range(self.rows):
            left = self.spread(builder.load(builder.gep(starts[r], [here]), typ=self.number))
            results.append([builder.call(self.fma, [left, right[v], sums[r][v]]) for v in columns])
            for v in columns:
                sums[r][v].add_incoming(zero, entry)
                sums[r][v].add_incoming(loaded[r][v], before)
                sums[r][v].add_incoming(results[r][v], loop)
        k.add_incoming(following, loop)
        again = builder.cbranch(builder.icmp_signed("<", following, depth), loop, done)
        again.set_metadata("llvm.loop", self.not_unrolled())

        builder.position_at_end(done)
        with builder.if_else(full, likely=True) as (all_of_it, a_part):
            with all_of_it:
                for r in range(self.rows):
                    for v in columns:
                        at = builder.gep(ends[r], [I64(v * self.real.lanes)])
                        builder.store(
                            results[r][v], builder.bitcast(at, self.vector.as_pointer()), align=self.size
                        )
            with a_part:
                self.store_part(results, ends, valid, adds)

    def not_unrolled(self) -> Any:
        """Return the metadata of a loop that must not be unrolled.

        For some processors LLVM unrolls it, for AMD's Zen 4 twice. Then the sums and the values loaded ahead
        no longer fit into the registers, and the product runs at half speed.
        """
        module = self.builder.module
        name = module.add_metadata([None, module.add_metadata(["llvm.loop.unroll.disable"])])
        name.operands = (name, name.operands[1])  # the first operand of the metadata is the metadata itself
        return name

    def load(self, start: Any, index: Any) -> Any:
        at = self.builder.bitcast(self.builder.gep(start, [index]), self.vector.as_pointer())
        return self.builder.load(at, align=self.size, typ=self.vector)

    def spread(self, number: Any) -> Any:
        """Return a vector with a number in every lane."""
        nothing = ir.Constant(self.vector, ir.Undefined)
        one = self.builder.insert_element(nothing, number, I32(0))
        return self.builder.shuffle_vector(
            one, nothing, ir.Constant(ir.VectorType(I32, self.real.lanes), None)
        )

    def store_part(self, results: Any, ends: Any, valid: Any, adds: Any) -> None:
        """Store the first ``valid`` columns one by one, through a temporary whole tile."""
        builder, width = self.builder, self.real.width
        kind = ir.ArrayType(self.number, self.rows * width)
        aside = builder.gep(self.body.alloca(kind), [I64(0), I64(0)])
        for r in range(self.rows):
            for v, vector in enumerate(results[r]):
                at = builder.gep(aside, [I64(r * width + v * self.real.lanes)])
                builder.store(vector, builder.bitcast(at, self.vector.as_pointer()), align=self.size)
        before = builder.block
        loop, done = builder.append_basic_block("columns"), builder.append_basic_block("stored")
        builder.branch(loop)  # there is at least one column
        builder.position_at_end(loop)
        column = builder.phi(I64)
        for r, end in enumerate(ends):
            number = builder.load(builder.gep(aside, [builder.add(column, I64(r * width))]), typ=self.number)
            at = builder.gep(end, [column])
            there = builder.select(adds, builder.load(at, typ=self.number), self.number(0.0))
            builder.store(builder.fadd(there, number), at)
        following = builder.add(column, I64(1))
        column.add_incoming(I64(0), before)
        column.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, valid), loop, done)
        builder.position_at_end(done)
