"""Series made small: the points of a window, reduced by minima and maxima so that a one-step spike never vanishes."""

from __future__ import annotations

from typing import Optional

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxDownsampler

from mytts_core.runs.types import Series

AXES = ("step", "wall_time")
MIN_POINTS = 8


def window(series: Series, first: Optional[float] = None, last: Optional[float] = None, axis: str = "step") -> Series:
    """Return the points between two places of an axis and one neighbour on each side: a line leaves the window.

    Args:
        first, last: both inclusive, None for open; steps, or seconds since 1970 UTC.
        axis: `step` or `wall_time`. Where clocks jumped, all from the first to the last point inside are in the answer.

    Raises:
        ValueError: if `axis` is another word.
    """
    if axis not in AXES:
        raise ValueError(f"axis is {axis!r}; it must be one of {', '.join(AXES)}")
    start, stop = _by_step(series, first, last) if axis == "step" else _by_time(series, first, last)
    return series.part(max(start - 1, 0), stop + 1)


def _by_step(series: Series, first: Optional[float], last: Optional[float]) -> tuple[int, int]:
    start = 0 if first is None else int(np.searchsorted(series.steps, first))
    return start, len(series.steps) if last is None else int(np.searchsorted(series.steps, last, side="right"))


def _by_time(series: Series, first: Optional[float], last: Optional[float]) -> tuple[int, int]:
    times = series.wall_times
    early = np.zeros(len(times), np.bool_) if first is None else times < first
    late = np.zeros(len(times), np.bool_) if last is None else times > last
    inside = np.flatnonzero(~(early | late | np.isnan(times)))
    if len(inside):
        return int(inside[0]), int(inside[-1]) + 1
    between = int(np.count_nonzero(early))
    return between, between


def reduce_series(series: Series, max_points: int) -> Series:
    """Return at most `max_points` points: minima and maxima of equal stretches, first, last, and where values break.

    Points that are not finite are kept as long as they are a quarter of `max_points` at most; of more, the ends of
    each run of them are kept, thinned evenly. The number of points left out is the caller's to tell.

    Args:
        max_points: `MIN_POINTS` at least; less counts as that.
    """
    max_points = max(max_points, MIN_POINTS)
    if len(series.steps) <= max_points:
        return series
    finite = np.isfinite(series.values)
    bad = _kept_bad(np.flatnonzero(~finite), max_points // 4)
    good = np.flatnonzero(finite)
    room = (max_points - len(bad) - 2) // 2 * 2
    if len(good) > room:
        chosen = MinMaxDownsampler().downsample(np.ascontiguousarray(series.values[good]), n_out=room)
        good = np.concatenate([good[:1], good[np.asarray(chosen, np.int64)], good[-1:]])
    return take(series, np.union1d(good, bad))


def take(series: Series, positions: NDArray[np.int64]) -> Series:
    """Return the points at `positions`."""
    return Series(series.steps[positions], series.wall_times[positions], series.values[positions], series.attempt)


def _kept_bad(bad: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    if len(bad) > limit:
        jumps = np.diff(bad) > 1
        bad = bad[np.concatenate([[True], jumps]) | np.concatenate([jumps, [True]])]
    if len(bad) > limit:
        bad = bad[np.unique(np.linspace(0, len(bad) - 1, limit).round().astype(np.int64))]
    return bad
