"""The mean of a measure over sentences, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

RESAMPLINGS = 2_000


def mean_interval(values: Sequence[float], weights: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Return the weighted mean and its 95 % interval, by resampling sentences with replacement; NaN is left out.

    Args:
        values: a sentence each.
        weights: above 0, of the same length.

    Returns:
        (mean, low, high); NaN without any value.

    Source:
        Efron 1979; the percentile interval. Of one sentence it has no width: that says nothing of its certainty.
    """
    given, weight = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    known = np.isfinite(given) & (weight > 0)
    given, weight = given[known], weight[known]
    if not len(given):
        return math.nan, math.nan, math.nan
    rows = np.random.default_rng(seed).integers(0, len(given), (RESAMPLINGS, len(given)))
    means = (given * weight)[rows].sum(axis=1) / weight[rows].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float((given * weight).sum() / weight.sum()), float(low), float(high)
