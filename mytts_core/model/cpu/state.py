"""What the threads of a decoding share: sizes, text, caches, the vectors of a step, and what it yields."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mytts_core.model.buckets import CHUNK_GROUPS
from mytts_core.model.cpu.panels import PANEL, aligned, num_panels
from mytts_core.model.cpu.weights import INNER, PRENET, Panels
from mytts_core.model.decode_loop import Text
from mytts_core.model.decoder_weights import DecoderShape
from mytts_core.model.stopping import MAX_WINDOW_GROUPS

FIRST_CAPACITY = 256  # groups that a new cache holds


class Sizes(NamedTuple):
    """Whole numbers of a decoder, the options of its shape among them as 0 or 1."""

    num_layers: int
    d_model: int
    num_heads: int
    head_size: int
    n_mels: int
    swiglu: int
    rotary: int
    adds_positions: int
    use_prenet: int
    final_norm: int
    prenet_drop: float

    @classmethod
    def of(cls, shape: DecoderShape) -> Sizes:
        """Return the sizes of a decoder's shape."""
        return cls(shape.num_layers, shape.d_model, shape.num_heads, shape.head_size, shape.n_mels,
                   int(shape.activation == "swiglu"), int(shape.rotary), int(shape.adds_positions),
                   int(shape.use_prenet), int(shape.final_norm), float(shape.prenet_drop))


class TextPanels(NamedTuple):
    """The texts as `decode_loop.Text` has them, without the padding of its buckets.

    keys: float32 (layers, batch, heads, panels of tokens, head_size, PANEL).
    values: float32 (layers, batch, heads, panels of the head, tokens, PANEL).
    valid: bool (batch, tokens).
    last_token: int64 (batch,).
    addition: float32 (batch, d_model).
    head_weights: float32 (layers, heads).
    """

    keys: np.ndarray
    values: np.ndarray
    valid: np.ndarray
    last_token: np.ndarray
    addition: np.ndarray
    head_weights: np.ndarray

    @classmethod
    def of(cls, shape: DecoderShape, text: Text, batch: int, tokens: int) -> TextPanels:
        """Return the panels of the first `batch` texts and `tokens` tokens."""
        def unpadded(parts: list[Any]) -> np.ndarray:
            array = np.stack([np.asarray(part).reshape(-1, shape.num_heads, *part.shape[1:])[:batch, :, :tokens]
                              for part in parts])
            return array.astype(np.float32, copy=False)

        keys = _in_panels(np.moveaxis(unpadded(text.keys), -2, -1))
        values = _in_panels(unpadded(text.values))
        valid = np.asarray(text.mask).reshape(-1, shape.num_heads, text.mask.shape[-1])[:batch, 0, :tokens]
        return cls(keys, values, valid.copy(), np.asarray(text.last_token)[:batch].argmax(axis=1),
                   np.array(text.addition)[:batch].copy(), np.array(text.head_weights))


class Cache(NamedTuple):
    """Keys and values of the groups decoded; the last two axes but one grow.

    keys: float32 (layers, batch, heads, capacity / PANEL, head_size, PANEL).
    values: float32 (layers, batch, heads, panels of the head, capacity, PANEL).
    """

    keys: np.ndarray
    values: np.ndarray

    @classmethod
    def empty(cls, shape: DecoderShape, batch: int, groups: int) -> Cache:
        """Return a cache that holds at least so many groups."""
        panels, outer = num_panels(groups), (shape.num_layers, batch, shape.num_heads)
        return cls(_zeros(*outer, panels, shape.head_size, PANEL),
                   _zeros(*outer, num_panels(shape.head_size), panels * PANEL, PANEL))

    def grown(self, shape: DecoderShape, groups: int) -> Cache:
        """Return a cache of at least so many groups that begins with this one."""
        new = self.empty(shape, self.keys.shape[1], groups)
        for array, old in zip(new, self):
            array[:, :, :, :old.shape[3], :old.shape[4]] = old
        return new


class Vectors(NamedTuple):
    """The vectors of a step; the first axis counts the utterances that still run, or the threads.

    rows: int64 (batch,), rows of the batch that still run, in order; num_running: int64 (1,), how many.
    frames: float32 (batch, n_mels), the last frame of each row of the batch.
    x, context, added: float32 (batch, padded d_model).
    query, key, value: float32 (batch, heads · padded head_size).
    inner, gate: float32 (batch, units of the feed-forward or prenet).
    mel, stop: float32 (batch, padded bands of a group), (batch, PANEL).
    fed: float32 (threads, batch, units), input of a product, the same on every thread.
    scores, scratch: float32 (threads, longest of groups and tokens), (threads, PANEL).
    """

    rows: np.ndarray
    num_running: np.ndarray
    frames: np.ndarray
    x: np.ndarray
    context: np.ndarray
    added: np.ndarray
    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    inner: np.ndarray
    gate: np.ndarray
    mel: np.ndarray
    stop: np.ndarray
    fed: np.ndarray
    scores: np.ndarray
    scratch: np.ndarray

    @classmethod
    def new(cls, shape: DecoderShape, panels: Panels, frames: np.ndarray, longest: int, threads: int) -> Vectors:
        """Return vectors for a batch that starts from `frames`, all of it running."""
        batch, width = len(frames), num_panels(shape.d_model) * PANEL
        heads = shape.num_heads * num_panels(shape.head_size) * PANEL
        inner = int(max(panels.panels[:PRENET].max(), panels.panels[PRENET + INNER])) * PANEL
        fed = max(width, num_panels(shape.n_mels) * PANEL)
        mel = int(panels.panels[-2]) * PANEL
        x, context, added = (_zeros(batch, width) for _ in range(3))
        query, key, value = (_zeros(batch, heads) for _ in range(3))
        return cls(np.arange(batch), np.array([batch]), frames.copy(), x, context, added, query, key, value,
                   _zeros(batch, inner), _zeros(batch, inner), _zeros(batch, mel), _zeros(batch, PANEL),
                   _zeros(threads, batch, fed), _zeros(threads, num_panels(longest) * PANEL), _zeros(threads, PANEL))


class Stops(NamedTuple):
    """`stopping.StopState` as arrays that are written in place."""

    reason: np.ndarray
    num_groups: np.ndarray
    history: np.ndarray
    checks_above: np.ndarray
    groups_at_end: np.ndarray

    @classmethod
    def initial(cls, batch: int) -> Stops:
        """Return the state before the first group."""
        reason, num_groups, checks_above, groups_at_end = (np.zeros(batch, np.int64) for _ in range(4))
        history = np.zeros((batch, MAX_WINDOW_GROUPS), np.float32)
        return cls(reason, num_groups, history, checks_above, groups_at_end)


class Yields(NamedTuple):
    """What a chunk yields: mel (groups, batch, bands of a group), stop probabilities (groups, batch), attention
    (groups, batch, layers, heads, tokens), all float32 and zero where an utterance has stopped; done: int64 (1,).
    """

    mel: np.ndarray
    stop_probabilities: np.ndarray
    attention: np.ndarray
    done: np.ndarray

    @classmethod
    def zeros(cls, shape: DecoderShape, batch: int, tokens: int) -> Yields:
        """Return what a chunk starts from."""
        return cls(np.zeros((CHUNK_GROUPS, batch, shape.reduction_factor * shape.n_mels), np.float32),
                   np.zeros((CHUNK_GROUPS, batch), np.float32),
                   np.zeros((CHUNK_GROUPS, batch, shape.num_layers, shape.num_heads, tokens), np.float32),
                   np.zeros(1, np.int64))


def _zeros(*sizes: int) -> np.ndarray:
    return aligned(int(np.prod(sizes)), np.float32).reshape(sizes)


def _in_panels(array: np.ndarray) -> np.ndarray:
    """Return (…, rows, columns) as (…, panels, rows, PANEL), padded with zeros."""
    *outer, rows, columns = array.shape
    panels = num_panels(columns)
    padded = np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, panels * PANEL - columns)])
    return np.ascontiguousarray(np.moveaxis(padded.reshape(*outer, rows, panels, PANEL), -2, -3))
