"""Outliers of lines: spikes that would press everything else flat, told from the noise around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NEIGHBOURS = 25
NUM_DEVIATIONS = 8.0
MIN_POINTS = 10
_DEVIATIONS_PER_MAD = 1.4826        # of a normal distribution


def limits_without_outliers(lines: Iterable[NDArray], log_y: bool = False) -> Optional[tuple[float, float]]:
    """Return the range of all lines without their outliers, None where there is none (or nothing else).

    A point is an outlier when it lies more than `NUM_DEVIATIONS` deviations from the running median of its
    `NEIGHBOURS`, the deviation taken from the median of their distances to it.

    Args:
        lines: values of each line, shape (N,), in the order of the x axis; what is not finite is passed over.
        log_y: whether distances are taken between logarithms; values of zero and below are passed over then.

    Source:
        Hampel 1974, doi:10.1080/01621459.1974.10482962.
    """
    kept, found = [], False
    for line in lines:
        values = np.asarray(line, np.float64)
        values = values[np.isfinite(values) & ((values > 0) if log_y else True)]
        outlying = _outlying(np.log(values) if log_y else values)
        found |= bool(outlying.any())
        kept.append(values[~outlying])
    inside = np.concatenate(kept) if kept else np.empty(0)
    return (float(inside.min()), float(inside.max())) if found and len(inside) else None


def _outlying(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    if len(values) < MIN_POINTS:
        return np.zeros(len(values), np.bool_)
    # Halves: the distance of two large floats may overflow, that of their halves does not.
    halves = pd.Series(values / 2)
    distance = (halves - _running_median(halves)).abs()
    deviation = _DEVIATIONS_PER_MAD * _running_median(distance)
    return (distance > NUM_DEVIATIONS * deviation).to_numpy()


def _running_median(values: pd.Series) -> pd.Series:
    return values.rolling(NEIGHBOURS, center=True, min_periods=1).median()
