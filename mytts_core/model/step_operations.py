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
    cached = sum(keys.shape[1] for keys, _ in past.blocks)
    scores = ops.concatenate([_block_scores(past, 0, 0, query), ops.einsum("nd,ntd->nt", query, past.keys)], axis=1)
    allowed = ops.concatenate([ops.arange(cached, dtype="int32") < past.start,
                               ops.arange(past.keys.shape[1], dtype="int32") <= past.i])
    exponentials, total = _exponentials(scores, allowed[None])
    context = ops.einsum("nt,ntd->nd", exponentials[:, cached:], past.values)
    return (context + _block_context(past, 0, 0, exponentials)) / total


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


def _block_scores(past: Past, index: int, begin: int, query):
    """Return the scores of the blocks from `index` on, (batch · heads, groups), zeros where nothing was written yet."""
    keys = past.blocks[index][0]
    rest = sum(block.shape[1] for block, _ in past.blocks[index + 1:])

    def filled():
        scores = ops.einsum("nd,ntd->nt", query, keys)
        if not rest:
            return scores
        return ops.concatenate([scores, _block_scores(past, index + 1, begin + keys.shape[1], query)], axis=1)

    return ops.cond(past.start > begin, filled, lambda: ops.zeros((keys.shape[0], keys.shape[1] + rest), "float32"))


def _block_context(past: Past, index: int, begin: int, exponentials):
    """Return the weighted values of the blocks from `index` on, (batch · heads, head_size)."""
    values = past.blocks[index][1]
    end = begin + values.shape[1]

    def filled():
        context = ops.einsum("nt,ntd->nd", exponentials[:, begin:end], values)
        if index + 1 == len(past.blocks):
            return context
        return context + _block_context(past, index + 1, end, exponentials)

    return ops.cond(past.start > begin, filled, lambda: ops.zeros((values.shape[0], values.shape[2]), "float32"))
