"""Products with matrices stored in panels, the one operation that decoding spends its time in.

A panel holds PANEL columns of a matrix, row after row, so that it is read from memory in one go and from beginning to
end; each value read meets up to eight vectors. Sums run over the rows in their order, whatever the number of vectors
and threads: a text gives the same bits alone and in a batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from mytts_core.model.cpu.compiled import compiled

PANEL = 32  # columns
LANES = 16  # float32 values of the widest vector register
PREFETCH = 32  # rows of a panel that are asked of memory ahead of their use

_FLOAT, _INT, _INDEX = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)


def num_panels(columns: int) -> int:
    """Return the panels that hold so many columns."""
    return -(-columns // PANEL)


def aligned(size: int, dtype: Any) -> np.ndarray:
    """Return a one-dimensional array of zeros that begins at a cache line."""
    itemsize = np.dtype(dtype).itemsize
    memory = np.zeros(size * itemsize + 64, np.uint8)
    offset = -memory.ctypes.data % 64
    return memory[offset:offset + size * itemsize].view(dtype)


def write_panels(matrix: np.ndarray, out: np.ndarray) -> None:
    """Write a float32 matrix (rows, columns) into `out`, flat, (panels, rows, PANEL); what is left over stays zero.

    An `out` of uint16 takes bfloat16: the upper half of each float32, rounded to nearest, ties to even.
    """
    rows, columns = matrix.shape
    panels = out.reshape(-1, rows, PANEL)
    if out.dtype == np.uint16:
        bits = np.ascontiguousarray(matrix).view(np.uint32)
        matrix = ((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))
    whole = columns // PANEL
    panels[:whole] = matrix[:, :whole * PANEL].reshape(rows, whole, PANEL).transpose(1, 0, 2)
    if columns % PANEL:
        panels[whole, :, :columns % PANEL] = matrix[:, whole * PANEL:]


def _tile(num_vectors: int):
    """Return the compiled product of `num_vectors` vectors with one panel; see `multiply` for its arguments."""
    @intrinsic
    def tile(typing_context, x, x_at, x_stride, panel, panel_at, rows, out, out_at, out_stride):
        index = types.intp
        signature = types.void(x, index, index, panel, index, index, out, index, index)

        def generate(context, builder, signature, args):
            x_type, panel_type, out_type = (signature.args[i] for i in (0, 3, 6))

            def pointer(array_type, array, offset):
                return builder.gep(context.make_array(array_type)(context, builder, array).data, [offset])

            xs = pointer(x_type, args[0], args[1])
            xs = [builder.gep(xs, [builder.mul(args[2], _INDEX(i))]) for i in range(num_vectors)]
            sums = _emit_tile(builder, xs, pointer(panel_type, args[3], args[4]), args[5],
                              panel_type.dtype == types.uint16)
            outs = pointer(out_type, args[6], args[7])
            for i, pair in enumerate(sums):
                row = builder.gep(outs, [builder.mul(args[8], _INDEX(i))])
                for j, value in enumerate(pair):
                    at = builder.bitcast(builder.gep(row, [_INDEX(j * LANES)]), _VECTOR.as_pointer())
                    builder.store(value, at, align=4)
            return context.get_dummy_value()

        return signature, generate

    return tile


def _emit_tile(builder, xs, panel, rows, bfloat16: bool) -> list[list[Any]]:
    """Emit the loop over a panel's rows (at least one) and return the sums, two vectors for each of `xs`."""
    fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(_VECTOR, [_VECTOR] * 3), "llvm.fma.v16f32")
    before, loop = builder.block, builder.append_basic_block("rows")
    after = builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    row = builder.phi(_INDEX)
    row.add_incoming(_INDEX(0), before)
    sums = [[builder.phi(_VECTOR) for _ in range(PANEL // LANES)] for _ in xs]
    for pair in sums:
        for value in pair:
            value.add_incoming(ir.Constant(_VECTOR, [0.0] * LANES), before)
    at = builder.gep(panel, [builder.mul(row, _INDEX(PANEL))])
    _emit_prefetch(builder, at, 1 if bfloat16 else 2)
    weights = [_emit_load(builder, builder.gep(at, [_INDEX(j * LANES)]), bfloat16) for j in range(PANEL // LANES)]
    undefined, zeros = ir.Constant(_VECTOR, ir.Undefined), ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES)
    following = builder.add(row, _INDEX(1))
    row.add_incoming(following, loop)
    results = []
    for x, pair in zip(xs, sums):
        scalar = builder.load(builder.gep(x, [row]), align=4)
        spread = builder.shuffle_vector(builder.insert_element(undefined, scalar, _INT(0)), undefined, zeros)
        results.append([builder.call(fma, [spread, weight, value]) for weight, value in zip(weights, pair)])
        for value, result in zip(pair, results[-1]):
            value.add_incoming(result, loop)
    builder.cbranch(builder.icmp_signed("<", following, rows), loop, after)
    builder.position_at_end(after)
    return results


def _emit_prefetch(builder, at, num_lines: int) -> None:
    kind = ir.FunctionType(ir.VoidType(), [at.type, _INT, _INT, _INT])
    prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    for line in range(num_lines):
        ahead = builder.gep(at, [_INDEX(PREFETCH * PANEL + line * LANES)])
        builder.call(prefetch, [ahead, _INT(0), _INT(3), _INT(1)])  # to read, into every cache, as data


def _emit_load(builder, at, bfloat16: bool):
    """Emit the load of LANES weights as float32."""
    if not bfloat16:
        return builder.load(builder.bitcast(at, _VECTOR.as_pointer()), align=4)
    wide = ir.VectorType(_INT, LANES)
    halves = builder.load(builder.bitcast(at, ir.VectorType(ir.IntType(16), LANES).as_pointer()), align=2)
    return builder.bitcast(builder.shl(builder.zext(halves, wide), ir.Constant(wide, [16] * LANES)), _VECTOR)


_tile_1, _tile_2, _tile_4, _tile_8 = (_tile(count) for count in (1, 2, 4, 8))


@compiled
def multiply_one(x, x_at, panel, panel_at, rows, out, out_at):
    """Multiply one vector by one panel: out[out_at:][:PANEL] = x[x_at:][:rows] · panel[panel_at:][:rows · PANEL]."""
    _tile_1(x, x_at, 0, panel, panel_at, rows, out, out_at, 0)


@compiled
def multiply(x, vectors, x_stride, panels, at, rows, out, out_stride, begin, end):
    """Multiply vectors by the panels [begin, end) of a matrix.

    Args:
        x: float32, flat; vector i is x[i * x_stride:][:rows].
        vectors: how many.
        panels: float32, or uint16 holding bfloat16, flat; the matrix begins at `at`.
        rows: of the matrix, at least one.
        out: float32, flat; columns of result i are out[i * out_stride + column], written by whole panels.
    """
    for index in range(begin, end):
        panel, column, i = at + index * rows * PANEL, index * PANEL, 0
        while vectors - i >= 8:
            _tile_8(x, i * x_stride, x_stride, panels, panel, rows, out, i * out_stride + column, out_stride)
            i += 8
        if vectors - i >= 4:
            _tile_4(x, i * x_stride, x_stride, panels, panel, rows, out, i * out_stride + column, out_stride)
            i += 4
        if vectors - i >= 2:
            _tile_2(x, i * x_stride, x_stride, panels, panel, rows, out, i * out_stride + column, out_stride)
            i += 2
        if vectors - i >= 1:
            _tile_1(x, i * x_stride, x_stride, panels, panel, rows, out, i * out_stride + column, out_stride)
