"""The compiled part of decoding: a chunk of groups, one after the other, with cached keys and values."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import keras
from keras import ops

from mytts_core.layers.rotary import rotate
from mytts_core.model.buckets import CHUNK_GROUPS
from mytts_core.model.decoder_weights import DecoderShape
from mytts_core.model.step_operations import Past, attend_past, attend_text, normalize, product
from mytts_core.model.stopping import RUNNING, StopRule, StopState, update


class Text(NamedTuple):
    """What decoding needs of the text; constant over an utterance.

    keys, values: a list over layers of float32 (batch · heads, tokens, head_size).
    mask: boolean (batch · heads, tokens), True at valid tokens.
    last_token: float32 (batch, tokens), 1 at the last valid token.
    addition: float32 (batch, d_model), prosody's part of the decoder input, or zeros.
    head_weights: float32 (layers, heads), weight of each head in the watched attention; they add up to 1.
    """

    keys: list[Any]
    values: list[Any]
    mask: Any
    last_token: Any
    addition: Any
    head_weights: Any


class ChunkInputs(NamedTuple):
    """Precomputed inputs of CHUNK_GROUPS consecutive groups.

    positions: float32 (CHUNK_GROUPS, d_model), added to the decoder's input.
    cosine, sine: float32 (CHUNK_GROUPS, head_size / 2), rotations of self-attention (unused without RoPE).
    masks: float32 (CHUNK_GROUPS, batch, 2, units), kept prenet units, or None.
    noise: float32 (CHUNK_GROUPS, batch, n_mels), added to the frame fed.
    """

    positions: Any
    cosine: Any
    sine: Any
    masks: Any
    noise: Any


class ChunkOutputs(NamedTuple):
    """What a chunk yields; rows of groups not decoded are zero.

    mel: float32 (CHUNK_GROUPS, batch, reduction_factor * n_mels).
    stop_probabilities: float32 (CHUNK_GROUPS, batch).
    attention: float32 (CHUNK_GROUPS, batch, layers, heads, tokens).
    keys, values: a list over layers of float32 (batch · heads, CHUNK_GROUPS, head_size).
    """

    mel: Any
    stop_probabilities: Any
    attention: Any
    keys: list[Any]
    values: list[Any]


class Decoded(NamedTuple):
    """Chunks joined, as NumPy arrays; rows of groups not decoded may hold anything.

    mel: float32 (groups, batch, reduction_factor * n_mels).
    stop_probabilities: float32 (groups, batch).
    attention: float32 (groups, batch, layers, heads, tokens).
    num_groups, reasons: whole numbers (batch,), of the stop rule.
    """

    mel: Any
    stop_probabilities: Any
    attention: Any
    num_groups: Any
    reasons: Any


@lru_cache(maxsize=8)
def compiled_chunk(shape: DecoderShape):
    """Return `decode_chunk` compiled for a decoder shape; it compiles anew for each (batch, tokens, cache) size."""

    def chunk(*args):
        return decode_chunk(shape, *args)

    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(chunk)
    import tensorflow as tf

    return tf.function(chunk, jit_compile=True, autograph=False)


def decode_chunk(shape: DecoderShape, weights, text: Text, cache, inputs: ChunkInputs, rule: StopRule, start, count,
                 frame, stop: StopState):
    """Decode up to `count` groups from group `start` on, until every utterance has stopped.

    Args:
        shape: static.
        weights: of `decoder_weights.collect`.
        text: what is attended to.
        cache: of `decoding_cache`, filled before `start`.
        inputs: of the chunk's groups.
        rule: scalar tensors.
        start, count: int32 scalars; count is at most CHUNK_GROUPS.
        frame: float32 (batch, n_mels), the last frame before the chunk (the go frame at first).
        stop: the state of the stop rule.

    Returns:
        (int32 number of groups decoded, last frame, stop state, ChunkOutputs).
    """
    batch, num_tokens = frame.shape[0], text.mask.shape[1]
    head_shape = (batch * shape.num_heads, CHUNK_GROUPS, shape.head_size)
    outputs = ChunkOutputs(
        ops.zeros((CHUNK_GROUPS, batch, shape.reduction_factor * shape.n_mels), "float32"),
        ops.zeros((CHUNK_GROUPS, batch), "float32"),
        ops.zeros((CHUNK_GROUPS, batch, shape.num_layers, shape.num_heads, num_tokens), "float32"),
        [ops.zeros(head_shape, "float32") for _ in range(shape.num_layers)],
        [ops.zeros(head_shape, "float32") for _ in range(shape.num_layers)])
    watched = ops.reshape(text.head_weights[None, :, :, None] * text.last_token[:, None, None, :], (batch, -1))

    def goes_on(i, frame, stop, outputs):
        return ops.logical_and(i < count, ops.any(ops.equal(stop.reason, RUNNING)))

    def step(i, frame, stop, outputs):
        x = _embed(shape, weights, text, inputs, i, frame)
        rotation = (_row(inputs.cosine, i), _row(inputs.sine, i))
        keys, values, attention = [], [], []
        for layer in range(shape.num_layers):
            block = weights["layers"][layer]
            query, key, value = _project(shape, block, x, rotation)
            keys.append(ops.slice_update(outputs.keys[layer], (0, i, 0), key[:, None]))
            values.append(ops.slice_update(outputs.values[layer], (0, i, 0), value[:, None]))
            context = attend_past(query, Past(cache[layer], start, keys[layer], values[layer], i))
            x = x + product(_merge(shape, context), block["self_output"])
            query = _query(shape, product(normalize(x, block["cross_norm"]), block["cross_query"]))
            context, weight = attend_text(query, text.keys[layer], text.values[layer], text.mask)
            x = x + product(_merge(shape, context), block["cross_output"])
            x = x + _feed_forward(shape, block, normalize(x, block["ffn_norm"]))
            attention.append(ops.reshape(weight, (batch, shape.num_heads, num_tokens)))
        if shape.final_norm:
            x = normalize(x, weights["final_norm"])
        mel = product(x, weights["mel"])
        probability = ops.sigmoid(product(x, weights["stop"])[:, 0])
        stacked = ops.stack(attention, axis=1)
        at_end = ops.einsum("bn,bn->b", ops.reshape(stacked, (batch, -1)), watched)
        stop = update(rule, stop, start + i, probability, at_end)
        outputs = ChunkOutputs(ops.slice_update(outputs.mel, (i, 0, 0), mel[None]),
                               ops.slice_update(outputs.stop_probabilities, (i, 0), probability[None]),
                               ops.slice_update(outputs.attention, (i, 0, 0, 0, 0), stacked[None]), keys, values)
        return i + 1, mel[:, -shape.n_mels:], stop, outputs

    return ops.while_loop(goes_on, step, (ops.zeros((), "int32"), frame, stop, outputs))


def _embed(shape, weights, text, inputs, i, frame):
    x = frame + _row(inputs.noise, i)
    for layer, dense in enumerate(weights["prenet"][:-1]):
        x = ops.relu(product(x, dense))
        if inputs.masks is not None:
            x = x * _row(inputs.masks, i)[:, layer] / (1 - shape.prenet_drop)
    x = product(x, weights["prenet"][-1])
    if shape.adds_positions:
        x = x * math.sqrt(shape.d_model)
    return x + _row(inputs.positions, i)[None] + text.addition


def _project(shape, block, x, rotation):
    """Return query, key and value of self-attention, each (batch · heads, head_size)."""
    x = normalize(x, block["self_norm"])
    query = _query(shape, product(x, block["query"]))
    key, value = (_heads(shape, product(x, block[name])) for name in ("key", "value"))
    if shape.rotary:
        query, key = rotate(query, *rotation), rotate(key, *rotation)
    return query, key, value


def _feed_forward(shape, block, x):
    inner = product(x, block["w1"])
    if shape.activation == "swiglu":
        inner = inner * ops.silu(product(x, block["w_gate"]))
    else:
        inner = ops.gelu(inner, approximate=False)
    return product(inner, block["w2"])


def _query(shape, x):
    return _heads(shape, x) / math.sqrt(shape.head_size)


def _heads(shape, x):
    return ops.reshape(x, (-1, shape.head_size))


def _merge(shape, context):
    return ops.reshape(context, (-1, shape.d_model))


def _row(array, i):
    """Return array[i] for a scalar tensor i."""
    sizes = (1, *array.shape[1:])
    return ops.slice(array, (i, *(0 for _ in sizes[1:])), sizes)[0]
