"""Mel cepstra of two readings of one text, and which of their frames belong together (dynamic time warping)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mytts_core.audio.silence import THRESHOLD_DB
from mytts_core.errors import AudioError

NUM_COEFFICIENTS = 13
"""c1 … c13: the envelope without its level (c0) and without what pitch leaves in the bands."""

DB_PER_UNIT = 10 / np.log(10) * np.sqrt(2)
_SILENT_DB = -80.0         # of the loudest frame: the root mean square of its band magnitudes, relative to 1


class TimeAlignment(NamedTuple):
    """A path through two clips.

    Attributes:
        first, second: frames of either clip, int, (num_steps,), neither of them ever falling.
        distances: mel-cepstral distance of each step in dB, float64, (num_steps,).
        waiting_share: share of steps in which one of the two does not go on, 0..1.
    """

    first: np.ndarray
    second: np.ndarray
    distances: np.ndarray
    waiting_share: float


def mel_cepstrum(mel: np.ndarray) -> np.ndarray:
    """Return mel-cepstral coefficients c1 … c13, float64, (num_frames, 13).

    They are scaled such that ln-magnitude = c0 + Σ c_k cos(kθ) over the bands, θ = π(m + ½)/M: with all M − 1
    coefficients, 10/ln 10 · √(2 Σ Δc²) is the root mean square difference of the bands in dB, its mean left out.

    Args:
        mel: ln-magnitude, (num_frames, n_mels), more bands than 13.
    """
    from scipy.fft import dct

    mel = np.asarray(mel, np.float64)
    return dct(mel, type=2, axis=1)[:, 1:NUM_COEFFICIENTS + 1] / mel.shape[1]


def spoken_frames(mel: np.ndarray) -> np.ndarray:
    """Return the frames within 40 dB of the loudest one, rising: what is left when pauses are trimmed.

    Raises:
        AudioError: where nothing is louder than −80 dB, or a value is not finite.
    """
    mel = np.asarray(mel, np.float64)
    if not np.isfinite(mel).all():
        raise AudioError("the mel holds NaN or infinite values")
    level = 10 * np.log10(np.mean(np.exp(2 * np.minimum(mel, 100.0)), axis=1)) if mel.size else np.zeros(0)
    if not level.size or level.max() < _SILENT_DB:
        raise AudioError("it is silent")
    return np.flatnonzero(level > level.max() + THRESHOLD_DB)


def align_in_time(first: np.ndarray, second: np.ndarray, first_frames: np.ndarray,
                  second_frames: np.ndarray) -> TimeAlignment:
    """Align two cepstra, (T, K), over the frames given, such that the sum of their distances is least.

    Source:
        Sakoe and Chiba 1978, steps (1, 1), (1, 0), (0, 1) of equal weight; distance: Kubichek 1993.
    """
    from scipy.spatial.distance import cdist

    distance = DB_PER_UNIT * cdist(first[first_frames], second[second_frames])
    path = warping_path(distance)
    steps = np.diff(path, axis=0)
    waiting = float((steps.min(axis=1) == 0).mean()) if len(steps) else 0.0
    return TimeAlignment(first_frames[path[:, 0]], second_frames[path[:, 1]], distance[path[:, 0], path[:, 1]], waiting)


def warping_path(distance: np.ndarray) -> np.ndarray:
    """Return the cheapest path from the first to the last cell: int, (num_steps, 2); of equals, a diagonal step.

    Args:
        distance: float, (N, M), at least 1 × 1, finite.
    """
    total = _accumulate(np.asarray(distance, np.float64))
    row, column = total.shape[0] - 1, total.shape[1] - 1
    path = []
    while row and column:
        path.append((row - 1, column - 1))
        before = (total[row - 1, column - 1], total[row - 1, column], total[row, column - 1])
        step = before.index(min(before))
        row, column = row - (step != 2), column - (step != 1)
    return np.array(path[::-1])


def _accumulate(distance: np.ndarray) -> np.ndarray:
    """Least cost of reaching each cell, (N + 1, M + 1) with a border of infinity; an antidiagonal at a time."""
    rows, columns = distance.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    padded = np.zeros_like(total)
    padded[1:, 1:] = distance
    flat, cost, width = total.reshape(-1), padded.reshape(-1), columns + 1
    for diagonal in range(2, rows + columns + 1):
        top, bottom = max(1, diagonal - columns), min(rows, diagonal - 1)
        # Cell (i, diagonal − i) is at i · width + diagonal − i: neighbours on an antidiagonal are `columns` apart.
        start, stop = top * columns + diagonal, bottom * columns + diagonal + 1
        best = np.minimum(flat[start - width - 1:stop - width - 1:columns],
                          np.minimum(flat[start - width:stop - width:columns], flat[start - 1:stop - 1:columns]))
        flat[start:stop:columns] = best + cost[start:stop:columns]
    return total
