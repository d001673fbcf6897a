"""The keys and values of decoded groups, kept in blocks between the calls of the compiled loop."""

from __future__ import annotations

from typing import Any

from keras import ops

from mytts_core.model.buckets import BLOCK_GROUPS
from mytts_core.model.decoder_weights import DecoderShape

# A list over layers of lists of blocks (keys, values), each float32 (batch · heads, BLOCK_GROUPS, head_size).
Cache = list[list[tuple[Any, Any]]]


def empty_cache(shape: DecoderShape, batch: int, blocks: int) -> Cache:
    """Return a cache of zeros; its blocks share one array until they are written."""
    zeros = _empty_block(shape, batch)
    return [[(zeros, zeros) for _ in range(blocks)] for _ in range(shape.num_layers)]


def grown(cache: Cache, shape: DecoderShape, blocks: int) -> Cache:
    """Return the cache with empty blocks added, `blocks` in all."""
    zeros = _empty_block(shape, cache[0][0][0].shape[0] // shape.num_heads)
    return [layer + [(zeros, zeros)] * (blocks - len(layer)) for layer in cache]


def with_chunk(cache: Cache, start: int, keys: list[Any], values: list[Any]) -> Cache:
    """Return the cache with a chunk of groups written from group `start` on; a chunk never crosses a block's border.

    Args:
        cache: before.
        start: a multiple of the chunk's groups.
        keys, values: a list over layers of (batch · heads, groups, head_size).
    """
    index, offset = divmod(start, BLOCK_GROUPS)
    written = []
    for layer, key, value in zip(cache, keys, values):
        block = tuple(ops.slice_update(old, (0, offset, 0), new) for old, new in zip(layer[index], (key, value)))
        written.append([*layer[:index], block, *layer[index + 1:]])
    return written


def _empty_block(shape: DecoderShape, batch: int):
    return ops.zeros((batch * shape.num_heads, BLOCK_GROUPS, shape.head_size), "float32")
