"""One decoding step, shared out to threads: each computes columns, or heads, of its own and meets the others between.

A layer is six such parts. What is cheap, the layer normalisations, every thread computes for itself.
"""

from __future__ import annotations

import math

import numpy as np

from mytts_core.model.cpu import elementwise
from mytts_core.model.cpu.attention import attend_past, attend_text, write_key, write_value
from mytts_core.model.cpu.barrier import meet
from mytts_core.model.cpu.compiled import inner
from mytts_core.model.cpu.panels import PANEL, multiply
from mytts_core.model.cpu.weights import (
    CROSS_NORM,
    CROSS_OUTPUT,
    CROSS_QUERY,
    GATE,
    INNER,
    INNER_NORM,
    INNER_OUTPUT,
    KEY,
    NORMS_PER_LAYER,
    PER_LAYER,
    PRENET,
    QUERY,
    SELF_NORM,
    SELF_OUTPUT,
    VALUE,
)


@inner
def _share(count, number, threads):
    """Return the part [begin, end) of `count` things that a thread does."""
    return count * number // threads, count * (number + 1) // threads


@inner
def _product(shared, index, x, out, number, threads):
    """Multiply the running utterances' vectors by a matrix; return the columns [begin, end) that the thread made."""
    panels, running = shared.panels, shared.vectors.num_running[0]
    begin, end = _share(panels.panels[index], number, threads)
    multiply(x, running, x.shape[1], panels.matrices, panels.at[index], panels.rows[index], out, out.shape[1],
             begin, end)
    return begin * PANEL, end * PANEL


@inner
def _normalize(shared, index, number):
    """Write the layer normalisation of x to this thread's `fed`."""
    out, norm, units = shared.vectors.fed[number], shared.panels.norms[index], shared.sizes.d_model
    for j in range(shared.vectors.num_running[0]):
        elementwise.normalize(shared.vectors.x[j, :units], norm[0], norm[1], out[j, :units])


@inner
def embed(shared, i, number, threads, met):
    """Write the decoder's input of step i; return the count of arrivals at the threads' last meeting."""
    vectors, sizes = shared.vectors, shared.sizes
    fed, running = vectors.fed[number], vectors.num_running[0]
    for j in range(running):
        row = vectors.rows[j]
        for band in range(sizes.n_mels):
            fed[j, band] = vectors.frames[row, band] + shared.inputs.noise[i, row, band]
    if sizes.use_prenet:
        met = _hidden(shared, i, 0, fed, vectors.inner, number, threads, met)
        met = _hidden(shared, i, 1, vectors.inner, vectors.gate, number, threads, met)
        begin, end = _product(shared, PRENET - 1, vectors.gate, vectors.x, number, threads)
    else:
        begin, end = _product(shared, PRENET - 1, fed, vectors.x, number, threads)
    end = min(end, sizes.d_model)
    at, factor = shared.panels.bias_at[PRENET - 1], np.float32(1)
    bias = shared.panels.biases[at + begin:at + end]
    if sizes.adds_positions:
        factor = np.float32(math.sqrt(sizes.d_model))
    for j in range(running):
        x = vectors.x[j, begin:end]
        elementwise.add_and_scale(x, bias, factor)
        elementwise.add_both(x, shared.inputs.positions[i, begin:end], shared.text.addition[vectors.rows[j], begin:end])
    return meet(shared.arrivals, met + threads)


@inner
def _hidden(shared, i, layer, x, out, number, threads, met):
    """Compute a hidden layer of the prenet."""
    begin, end = _product(shared, layer, x, out, number, threads)
    at, masks = shared.panels.bias_at[layer], shared.inputs.masks
    bias = shared.panels.biases[at + begin:at + end]
    kept = np.float32(1 - shared.sizes.prenet_drop)
    for j in range(shared.vectors.num_running[0]):
        elementwise.add_and_rectify(out[j, begin:end], bias)
        if masks.shape[0] > 0:
            for unit in range(begin, min(end, masks.shape[3])):
                out[j, unit] *= masks[i, shared.vectors.rows[j], layer, unit] / kept
    return meet(shared.arrivals, met + threads)


@inner
def layer_step(shared, i, layer, position, number, threads, met):
    """Replace x by a layer's output; `position` is the group being decoded."""
    vectors, first = shared.vectors, PRENET + layer * PER_LAYER
    _self_attention(shared, i, layer, position, number, threads)
    met = meet(shared.arrivals, met + threads)
    met = _add_product(shared, first + SELF_OUTPUT, vectors.context, number, threads, met)
    _cross_attention(shared, i, layer, number, threads)
    met = meet(shared.arrivals, met + threads)
    met = _add_product(shared, first + CROSS_OUTPUT, vectors.context, number, threads, met)
    _inner(shared, layer, number, threads)
    met = meet(shared.arrivals, met + threads)
    return _add_product(shared, first + INNER_OUTPUT, vectors.inner, number, threads, met)


@inner
def _add_product(shared, index, x, number, threads, met):
    """Add a product to x."""
    vectors = shared.vectors
    begin, end = _product(shared, index, x, vectors.added, number, threads)
    at = shared.panels.bias_at[index]
    bias = shared.panels.biases[at + begin:at + end]
    for j in range(vectors.num_running[0]):
        elementwise.add_both(vectors.x[j, begin:end], vectors.added[j, begin:end], bias)
    return meet(shared.arrivals, met + threads)


@inner
def _by_head(shared, index, x, out, begin, end):
    """Multiply by the columns of the heads [begin, end) and add the bias."""
    panels, vectors = shared.panels, shared.vectors
    width = panels.panels[index] // shared.sizes.num_heads
    multiply(x, vectors.num_running[0], x.shape[1], panels.matrices, panels.at[index], panels.rows[index], out,
             out.shape[1], begin * width, end * width)
    columns = begin * width * PANEL, end * width * PANEL
    at = shared.panels.bias_at[index]
    bias = shared.panels.biases[at + columns[0]:at + columns[1]]
    for j in range(vectors.num_running[0]):
        elementwise.add(out[j, columns[0]:columns[1]], bias)


@inner
def _scale(query, head_size):
    factor = np.float32(1 / math.sqrt(head_size))
    for k in range(len(query)):
        query[k] *= factor


@inner
def _self_attention(shared, i, layer, position, number, threads):
    """Write the self-attention of this thread's heads to `context`, and their keys and values to the cache."""
    vectors, sizes, cache = shared.vectors, shared.sizes, shared.cache
    first, size = PRENET + layer * PER_LAYER, sizes.head_size
    x = vectors.fed[number]
    _normalize(shared, layer * NORMS_PER_LAYER + SELF_NORM, number)
    begin, end = _share(sizes.num_heads, number, threads)
    for index, out in ((QUERY, vectors.query), (KEY, vectors.key), (VALUE, vectors.value)):
        _by_head(shared, first + index, x, out, begin, end)
    stride, capacity = vectors.query.shape[1], cache.values.shape[4]
    key_size, value_size = cache.keys[0, 0, 0].size, cache.values[0, 0, 0].size
    keys, values = cache.keys.reshape(cache.keys.size), cache.values.reshape(cache.values.size)
    width = stride // sizes.num_heads
    for j in range(vectors.num_running[0]):
        row = vectors.rows[j]
        for head in range(begin, end):
            query = vectors.query[j, head * width:head * width + size]
            key = vectors.key[j, head * width:head * width + size]
            if sizes.rotary:
                elementwise.rotate(query, shared.inputs.cosine[i], shared.inputs.sine[i])
                elementwise.rotate(key, shared.inputs.cosine[i], shared.inputs.sine[i])
            _scale(query, size)
            at = (layer * cache.keys.shape[1] + row) * sizes.num_heads + head
            write_key(keys, at * key_size, position, key)
            write_value(values, at * value_size, capacity, position,
                        vectors.value[j, head * width:head * width + size])
            attend_past(vectors.query, j * stride + head * width, keys, at * key_size, values, at * value_size,
                        capacity, position + 1, vectors.context[j, head * size:(head + 1) * size],
                        vectors.scores[number], vectors.scratch[number])


@inner
def _cross_attention(shared, i, layer, number, threads):
    """Write the cross-attention of this thread's heads to `context`, and its weights to what the chunk yields."""
    vectors, sizes, text = shared.vectors, shared.sizes, shared.text
    size, tokens = sizes.head_size, text.valid.shape[1]
    x = vectors.fed[number]
    _normalize(shared, layer * NORMS_PER_LAYER + CROSS_NORM, number)
    begin, end = _share(sizes.num_heads, number, threads)
    _by_head(shared, PRENET + layer * PER_LAYER + CROSS_QUERY, x, vectors.query, begin, end)
    stride = vectors.query.shape[1]
    width = stride // sizes.num_heads
    key_size, value_size = text.keys[0, 0, 0].size, text.values[0, 0, 0].size
    for j in range(vectors.num_running[0]):
        row = vectors.rows[j]
        for head in range(begin, end):
            _scale(vectors.query[j, head * width:head * width + size], size)
            at = (layer * text.keys.shape[1] + row) * sizes.num_heads + head
            attend_text(vectors.query, j * stride + head * width, text.keys, at * key_size, text.values,
                        at * value_size, tokens, text.valid[row], vectors.context[j, head * size:(head + 1) * size],
                        shared.yields.attention[i, row, layer, head], vectors.scores[number], vectors.scratch[number])


@inner
def _inner(shared, layer, number, threads):
    """Compute this thread's columns of the feed-forward's inner units."""
    vectors, first = shared.vectors, PRENET + layer * PER_LAYER
    x = vectors.fed[number]
    _normalize(shared, layer * NORMS_PER_LAYER + INNER_NORM, number)
    begin, end = _product(shared, first + INNER, x, vectors.inner, number, threads)
    at = shared.panels.bias_at[first + INNER]
    bias = shared.panels.biases[at + begin:at + end]
    if shared.sizes.swiglu:
        _product(shared, first + GATE, x, vectors.gate, number, threads)
        gate_at = shared.panels.bias_at[first + GATE]
        gate_bias = shared.panels.biases[gate_at + begin:gate_at + end]
        for j in range(vectors.num_running[0]):
            elementwise.add_and_gate(vectors.inner[j, begin:end], bias, vectors.gate[j, begin:end], gate_bias)
    else:
        for j in range(vectors.num_running[0]):
            elementwise.add_and_gelu(vectors.inner[j, begin:end], bias)


@inner
def project(shared, number, threads, met):
    """Write mel and stop logits of the step to `mel` and `stop`, the biases added."""
    vectors, sizes = shared.vectors, shared.sizes
    matrix = PRENET + sizes.num_layers * PER_LAYER
    x = vectors.x
    if sizes.final_norm:
        x = vectors.fed[number]
        _normalize(shared, sizes.num_layers * NORMS_PER_LAYER, number)
    _with_bias(shared, matrix, x, vectors.mel, number, threads)
    if number == 0:
        _with_bias(shared, matrix + 1, x, vectors.stop, 0, 1)
    return meet(shared.arrivals, met + threads)


@inner
def _with_bias(shared, index, x, out, number, threads):
    begin, end = _product(shared, index, x, out, number, threads)
    at = shared.panels.bias_at[index]
    bias = shared.panels.biases[at + begin:at + end]
    for j in range(shared.vectors.num_running[0]):
        elementwise.add(out[j, begin:end], bias)
