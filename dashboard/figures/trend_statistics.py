"""What the last points of a line come to, and whether it still gets better, as `MetricsAggregator` says."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mytts_core.monitoring.metrics import MetricsAggregator

STATISTICS_WINDOW = 100


class LineStatistics(NamedTuple):
    """Statistics of the last `num_points` points in view; NaN where none of them is finite.

    Attributes:
        num_not_finite: of those points.
        last: the last value, NaN and infinity included.
        std: population standard deviation.
        slope, slope_low, slope_high: change per point, with its 98 % interval.
        trend: improving, worsening or stable; stable also where it is unknown in which direction a metric gets better.
    """

    num_points: int
    num_not_finite: int
    last: float
    mean: float
    std: float
    lowest: float
    highest: float
    slope: float
    slope_low: float
    slope_high: float
    trend: str


def line_statistics(metric: str, values: NDArray, window: int = STATISTICS_WINDOW) -> LineStatistics:
    """Return the statistics of the last `window` of `values`, shape (N,); the name tells what better means."""
    aggregator = MetricsAggregator(window_size=window)
    last = np.asarray(values[-window:], np.float64)
    for value in last:
        aggregator.update({metric: value})
    if not len(last):
        nan = float("nan")
        return LineStatistics(0, 0, nan, nan, nan, nan, nan, 0.0, -np.inf, np.inf, "stable")
    found = aggregator.get_statistics(metric)
    return LineStatistics(len(last), found["num_nonfinite"], float(last[-1]), found["mean"], found["std"], found["min"],
                          found["max"], found["slope"], found["slope_low"], found["slope_high"], found["trend"])
