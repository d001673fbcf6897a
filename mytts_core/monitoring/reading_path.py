"""The path on which an attention matrix reads its text: one token a frame, found by dynamic programming. NumPy alone.

The argmax of each row alone jitters: one diffuse row can point anywhere. The path here goes forward or stays; a
jump costs evidence, so that it takes a few frames which agree, not one, to make it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mytts_core.monitoring.alignment import clean_rows

FLOOR = 0.05
"""Attention below this is noise. One frame of sharp attention speaks for its token with ln((1 + 0.05) / 0.05) ≈ 3."""

REFERENCE_FRAMES_PER_SECOND = 86.13
"""Evidence is counted per 11.6 ms, so that the path depends neither on the hop length nor on the reduction factor."""

FORWARD_COST = 0.5
FORWARD_LIMIT = 8.0
"""Cost of leaving out a token, and of any jump ahead at most: three sharp frames (35 ms) outweigh it."""

BACK_COST = 1.0
BACK_BASE = 3.0
BACK_LIMIT = 12.0
"""Cost a token back, of going back at all, and at most. There and back costs 20: glances under 80 ms do not count."""

NEIGHBOURS = 2
"""Attention within this many tokens of the path counts as time spent on a token; farther away it is noise."""


class ReadingPath(NamedTuple):
    """Where attention is, frame by frame.

    Attributes:
        tokens: int64, shape (T,), the token of each frame.
        frames: float64, shape (S,), attention that each token got near the path, in frames.
    """

    tokens: np.ndarray
    frames: np.ndarray


def trace_path(attention: np.ndarray, frames_per_second: float = REFERENCE_FRAMES_PER_SECOND) -> ReadingPath:
    """Return the most plausible path through an attention matrix.

    Args:
        attention: shape (T, S), a row a mel frame, without padding.
        frames_per_second: of the rows.
    """
    matrix = clean_rows(attention)
    starts = np.flatnonzero(np.r_[True, (matrix[1:] != matrix[:-1]).any(axis=1)])
    durations = np.diff(np.r_[starts, len(matrix)])
    rows = matrix[starts]
    # Equal neighbours (a reduction factor repeats rows) are one state that lasts: same path, less work.
    disbelief = np.log((rows.max(axis=1, keepdims=True) + FLOOR) / (rows + FLOOR))
    cost = disbelief * durations[:, None] * (REFERENCE_FRAMES_PER_SECOND / frames_per_second)
    tokens = np.repeat(_cheapest_path(cost), durations)
    return ReadingPath(tokens, _frames_near_path(matrix, tokens))


def _cheapest_path(cost: np.ndarray) -> np.ndarray:
    """Return the Viterbi path through `cost` (N, S) with the jump costs above."""
    num_rows, num_tokens = cost.shape
    offsets, steps = _near_steps()
    reach = int(np.abs(offsets).max())
    origins = np.arange(num_tokens)[:, None] - offsets[None, :]
    total = cost[0].copy()
    back = np.zeros((num_rows, num_tokens), np.int64)
    for row in range(1, num_rows):
        padded = np.pad(total, reach, constant_values=np.inf)
        near = padded[origins + reach] + steps
        choice = near.argmin(axis=1)
        best, origin = near.min(axis=1), np.take_along_axis(origins, choice[:, None], axis=1)[:, 0]
        for far, source in _far_jumps(total):
            better = far < best
            best, origin = np.where(better, far, best), np.where(better, source, origin)
        total, back[row] = best + cost[row], origin
    path = np.empty(num_rows, np.int64)
    path[-1] = total.argmin()
    for row in range(num_rows - 1, 0, -1):
        path[row - 1] = back[row, path[row]]
    return path


def _near_steps() -> tuple[np.ndarray, np.ndarray]:
    """Return the steps dearer than staying and cheaper than the limits: distances in tokens, and their costs."""
    ahead = np.arange(int(FORWARD_LIMIT / FORWARD_COST) + 1)
    behind = np.arange(1, int((BACK_LIMIT - BACK_BASE) / BACK_COST) + 1)
    # Staying comes first: argmin takes the first of equals.
    costs = np.r_[np.maximum(ahead - 1, 0) * FORWARD_COST, BACK_BASE + behind * BACK_COST]
    return np.r_[ahead, -behind], costs


def _far_jumps(total: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for a jump from anywhere before and from anywhere after, its cost at each token and where it starts."""
    count = len(total)
    before = np.minimum.accumulate(total)
    after = np.minimum.accumulate(total[::-1])[::-1]
    index = np.arange(count)
    before_source = np.maximum.accumulate(np.where(total == before, index, 0))
    after_source = np.minimum.accumulate(np.where(total == after, index, count - 1)[::-1])[::-1]
    return [(before + FORWARD_LIMIT, before_source), (after + BACK_LIMIT, after_source)]


def _frames_near_path(matrix: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    near = np.abs(np.arange(matrix.shape[1])[None, :] - tokens[:, None]) <= NEIGHBOURS
    return np.asarray((matrix * near).sum(axis=0))
