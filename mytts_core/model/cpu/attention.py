"""Attention of one query over keys and values that lie in panels."""

from __future__ import annotations

import numpy as np

from mytts_core.model.cpu.compiled import compiled
from mytts_core.model.cpu.elementwise import exponentials
from mytts_core.model.cpu.panels import PANEL, multiply_one

MASKED = np.float32(-1e9)


@compiled
def write_key(keys, at, position, key):
    """Write a key (head_size,) as a column: keys are (panels of positions, head_size, PANEL), flat from `at` on."""
    begin = at + position // PANEL * len(key) * PANEL + position % PANEL
    for i in range(len(key)):
        keys[begin + i * PANEL] = key[i]


@compiled
def write_value(values, at, capacity, position, value):
    """Write a value (head_size,) as a row: values are (panels of the head, capacity, PANEL), flat from `at` on."""
    for i in range(len(value)):
        values[at + (i // PANEL * capacity + position) * PANEL + i % PANEL] = value[i]


@compiled
def score(query, query_at, head_size, keys, at, count, scores):
    """Write the products of a query, scaled already, and the first `count` keys; whole panels are written."""
    for begin in range(0, count, PANEL):
        multiply_one(query, query_at, keys, at + begin * head_size, head_size, scores, begin)


@compiled
def combine(weights, count, values, at, capacity, factor, out, scratch):
    """Write `factor` times the sum of the first `count` values, each times its weight, to `out`, (head_size,)."""
    for begin in range(0, len(out), PANEL):
        multiply_one(weights, 0, values, at + begin * capacity, count, scratch, 0)
        part = out[begin:begin + PANEL]
        for i in range(len(part)):
            part[i] = scratch[i] * factor


@compiled
def attend_past(query, query_at, keys, key_at, values, value_at, capacity, count, out, scores, scratch):
    """Write the self-attention over the first `count` positions to `out`, (head_size,)."""
    score(query, query_at, len(out), keys, key_at, count, scores)
    total = exponentials(scores[:count])
    combine(scores, count, values, value_at, capacity, np.float32(1) / total, out, scratch)


@compiled
def attend_text(query, query_at, keys, key_at, values, value_at, capacity, valid, out, weights, scores, scratch):
    """Write the cross-attention over the valid tokens to `out`, (head_size,), and its weights to `weights`."""
    count = len(weights)
    score(query, query_at, len(out), keys, key_at, count, scores)
    for i in range(count):
        if not valid[i]:
            scores[i] = MASKED
    total = exponentials(scores[:count])
    for i in range(count):
        weights[i] = scores[i] / total if valid[i] else np.float32(0)
    combine(weights, count, values, value_at, capacity, np.float32(1), out, scratch)
