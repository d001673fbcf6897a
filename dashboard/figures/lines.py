"""Series made small enough for a browser, with everything that must stay visible kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tsdownsample import MinMaxDownsampler

MAX_POINTS = 2_000
MAX_MARKS = 200


class ReducedLine(NamedTuple):
    """A line to draw.

    Attributes:
        x, y: float64, at most `MAX_POINTS` plus gaps; `y` is NaN where the line is broken by values not finite.
        marks_x: where values were not finite, at most `MAX_MARKS`, first and last always.
        marks_kind: 'NaN', '+inf' or '-inf' for each mark.
        num_not_finite: how many values were not finite.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    marks_x: NDArray[np.float64]
    marks_kind: tuple[str, ...]
    num_not_finite: int


def reduce_line(x: NDArray, y: NDArray, max_points: int = MAX_POINTS, max_marks: int = MAX_MARKS) -> ReducedLine:
    """Reduce a line by minima and maxima, so that a spike of one step never vanishes; its ends stay too.

    Args:
        x, y: shape (N,), x never falling.
        max_points: an even number of points to keep where there are more finite ones.
        max_marks: marks, and breaks of the line, to keep where there are more.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    finite = np.isfinite(y)
    bad = np.flatnonzero(~finite)
    good = np.flatnonzero(finite)
    kept = good
    if len(good) > max_points:
        chosen = MinMaxDownsampler().downsample(np.ascontiguousarray(y[good]), n_out=max(2, max_points - 2))
        kept = np.union1d(good[np.asarray(chosen, np.int64)], good[[0, -1]])
    # One NaN a run of bad values breaks the line there; runs beyond the limit are left to the marks.
    breaks = bad[np.diff(bad, prepend=-2) > 1] if len(bad) else bad
    shown = np.sort(np.concatenate([kept, thin(breaks, max_marks)]))
    marks = thin(bad, max_marks)
    return ReducedLine(x[shown], np.where(finite, y, np.nan)[shown], x[marks], tuple(map(_kind, y[marks])), len(bad))


def smooth(y: NDArray, weight: float) -> NDArray[np.float64]:
    """Return the exponential moving average, without the bias of its start; values not finite stay and count nothing.

    Args:
        y: shape (N,).
        weight: share of the past in each value, 0 (no smoothing) to below 1.
    """
    y = np.asarray(y, np.float64)
    if weight <= 0 or not len(y):
        return y
    smoothed = y.copy()
    finite = np.isfinite(y)
    # `adjust` divides by the sum of the weights so far, which takes the bias of the start away.
    smoothed[finite] = pd.Series(y[finite]).ewm(alpha=1 - weight, adjust=True).mean()
    return smoothed


def compact(values: NDArray) -> NDArray:
    """Return numbers in the smallest type that a chart shows alike: int32, float32 (seven digits) or as they are."""
    values = np.asarray(values, np.float64)
    known = values[~np.isnan(values)]
    if len(known) == len(values) and np.array_equal(np.round(known), known) and np.abs(known).max(initial=0) < 2**31:
        return values.astype(np.int32)
    sizes = np.abs(known[known != 0])
    fits = not len(sizes) or (sizes.max() < 1e38 and sizes.min() > 1e-37)
    return values.astype(np.float32) if fits else values


def thin(indices: NDArray, limit: int) -> NDArray:
    """Return at most `limit` of `indices`, evenly spread, the first and the last among them."""
    if len(indices) <= limit:
        return indices
    return indices[np.unique(np.linspace(0, len(indices) - 1, limit).round().astype(np.int64))]


def _kind(value: float) -> str:
    if np.isnan(value):
        return "NaN"
    return "+inf" if value > 0 else "-inf"
