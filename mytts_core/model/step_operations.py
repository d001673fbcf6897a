"""The operations of one decoding step, written so that XLA on a CPU reads each weight once at the speed of memory.

What was measured there (2 cores, 117 MB of weights a step): a product of one vector and a matrix runs on one thread,
and on two as a batch of two halves of the inner dimension; an addition after a product is fused into it and slows it
(so biases are stored negated and subtracted); sums are faster as products with a vector of ones; an array of the loop
that is reshaped between its update and its use is copied (so batch and heads are one axis).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from keras import ops

from mytts_core.layers.encoder_block import LAYER_NORM_EPSILON

MASKED = -1e9
SMALLEST_SPLIT = 100_000  # weights; below, starting a second thread costs more than it saves


class Past(NamedTuple):
    """Keys and values up to a step; batch and heads are one axis.

    blocks: tuples (keys, values), each (batch · heads, groups, head_size): in their order, the groups before `start`.
    start: int32 scalar, group of the chunk's first step.
    keys, values: (batch · heads, chunk's groups, head_size), those of the chunk up to step `i`.
    i: int32 scalar, the step within the chunk.
    """

    blocks: Any
    start: Any
    keys: Any
    values: Any
    i: Any


def product(x, dense):
    """Return x · kernel + bias; `dense` is (kernel, negated bias), x (batch, units in)."""
    kernel, negative_bias = dense
    units_in, units_out = kernel.shape
    if units_in % 2 or units_in * units_out < SMALLEST_SPLIT:
        return ops.matmul(x, kernel) - negative_bias
    halves = ops.transpose(ops.reshape(x, (-1, 2, units_in // 2)), (1, 0, 2))
    sums = ops.matmul(halves, ops.reshape(kernel, (2, units_in // 2, units_out)))
    return sums[0] + sums[1] - negative_bias


def normalize(x, norm):
    """Return the layer normalisation of x, (batch, units); `norm` is (scale, offset)."""
    share = ops.full((x.shape[-1], 1), 1 / x.shape[-1], "float32")
    centred = x - ops.matmul(x, share)
    variance = ops.matmul(ops.square(centred), share)
    return centred * ops.rsqrt(variance + LAYER_NORM_EPSILON) * norm[0] + norm[1]


def attend_past(query, past: Past):
    """Return the self-attention of a step, (batch · heads, head_size).

    Args:
        query: (batch · heads, head_size), scaled.
        past: what is attended to, the step itself included.
    """
    scores, allowed, begin = [], [], 0
    for keys, _ in past.blocks:
        scores.append(_block_scores(past, begin, query, keys))
        allowed.append(ops.arange(begin, begin + keys.shape[1], dtype="int32") < past.start)
        begin += keys.shape[1]
    scores.append(ops.einsum("nd,ntd->nt", query, past.keys))
    allowed.append(ops.arange(past.keys.shape[1], dtype="int32") <= past.i)
    exponentials, total = _exponentials(ops.concatenate(scores, axis=1), ops.concatenate(allowed)[None])
    context = ops.einsum("nt,ntd->nd", exponentials[:, begin:], past.values)
    begin = 0
    for _, values in past.blocks:
        context = context + _block_context(past, begin, exponentials, values)
        begin += values.shape[1]
    return context / total


def attend_text(query, keys, values, allowed):
    """Return the cross-attention of a step, (batch · heads, head_size), and its weights, (batch · heads, tokens)."""
    exponentials, total = _exponentials(ops.einsum("nd,ntd->nt", query, keys), allowed)
    weights = exponentials / total
    return ops.einsum("nt,ntd->nd", weights, values), weights


def _exponentials(scores, allowed):
    """Return the exponentials of allowed scores, shifted so that none overflows, and their sums (…, 1)."""
    scores = ops.where(allowed, scores, MASKED)
    exponentials = ops.exp(scores - ops.max(scores, axis=-1, keepdims=True))
    return exponentials, ops.matmul(exponentials, ops.ones((exponentials.shape[-1], 1), "float32"))


def _block_scores(past: Past, begin: int, query, keys):
    """Return the scores of a block, or zeros while nothing has been written into it."""
    return ops.cond(past.start > begin, lambda: ops.einsum("nd,ntd->nt", query, keys),
                    lambda: ops.zeros(keys.shape[:2], "float32"))


def _block_context(past: Past, begin: int, exponentials, values):
    """Return the weighted values of a block, or zeros while nothing has been written into it."""
    size = values.shape[1]
    return ops.cond(past.start > begin,
                    lambda: ops.einsum("nt,ntd->nd", exponentials[:, begin:begin + size], values),
                    lambda: ops.zeros((values.shape[0], values.shape[2]), "float32"))
