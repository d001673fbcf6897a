"""How far takes of one text lie apart: within each text over its seeds, then averaged over texts. NumPy and SciPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mytts_core.evaluation.time_alignment import warping_path

DB_PER_NEPER = 20 / math.log(10)
CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def scaled(self, factor: float) -> Estimate:
        """Return it in another unit."""
        return Estimate(*(factor * part for part in self))


def mean_over_texts(values: Sequence[float]) -> Estimate:
    """Return the mean of a figure that each text has, with Student's t interval; of one text it is unbounded.

    Texts without it (NaN) are left out.
    """
    from scipy.stats import t

    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan)
    mean = float(known.mean())
    if len(known) == 1:
        return Estimate(mean, -math.inf, math.inf)
    margin = float(t.ppf((1 + CONFIDENCE) / 2, len(known) - 1) * known.std(ddof=1) / math.sqrt(len(known)))
    return Estimate(mean, mean - margin, mean + margin)


def share(hits: int, count: int) -> Estimate:
    """Return a share, 0..1, with its Wilson interval (Wilson 1927); NaN of nothing."""
    from scipy.stats import binomtest

    if not count:
        return Estimate(math.nan, math.nan, math.nan)
    interval = binomtest(hits, count).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(hits / count, float(interval.low), float(interval.high))


def spread(values: Sequence[float]) -> float:
    """Return the standard deviation over the takes of a text (n − 1), NaN left out; NaN of fewer than two."""
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(known.std(ddof=1)) if len(known) > 1 else math.nan


def mean_known(values: Sequence[float] | np.ndarray) -> float:
    """Return the mean, NaN left out; NaN of none."""
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else math.nan


def variation_percent(lengths: Sequence[float]) -> float:
    """Return the coefficient of variation of the lengths of a text's takes, in percent."""
    return 100 * spread(lengths) / float(np.mean(lengths))


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Return Pearson's correlation of the takes of which both are known; NaN where one does not vary."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < 3 or not one[known].std() * other[known].std():
        return math.nan
    return float(np.corrcoef(one[known], other[known])[0, 1])


def mel_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return how far two mels lie apart once aligned in time, in dB: 0 for a mel and itself, or a slower copy of it.

    The distance of two frames is the root mean square difference of their bands; it is averaged along the path that
    dynamic time warping finds. Level counts: a take that is 3 dB louder throughout lies 3 dB apart.

    Args:
        first, second: ln-magnitude, (num_frames, n_mels).

    Source:
        The path: Sakoe and Chiba 1978, steps (1, 1), (1, 0), (0, 1). The distance is our own: the log-spectral distance
        of Gray and Markel 1976, "Distance measures for speech processing", over mel bands.
    """
    from scipy.spatial.distance import cdist

    distance = DB_PER_NEPER / math.sqrt(first.shape[1]) * cdist(first.astype(np.float64), second.astype(np.float64))
    path = warping_path(distance)
    return float(distance[path[:, 0], path[:, 1]].mean())


def distance_between_takes(mels: Sequence[np.ndarray]) -> float:
    """Return the mean distance of each take of a text to the next one, the last to the first: two of each take."""
    if len(mels) < 2:
        return math.nan
    return float(np.mean([mel_distance(mels[number - 1], mel) for number, mel in enumerate(mels)]))
