"""What a list shows of a metric: last and best values and a small line, kept up to date point by point."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mytts_core.runs.types import Series

MAX_STRETCHES = 64


@dataclass(frozen=True, eq=False)
class Digest:
    """One scalar tag in a few numbers; NaN and -1 where there is no (finite) point.

    Attributes:
        count: points of the newest attempt; `non_finite` those of them that are NaN or infinite.
        first_step, last_step: steps of the first and the last point.
        last: the last value, NaN and infinity included; `last_finite` the last that is finite.
        last_wall_time: seconds since 1970 UTC of the last point.
        best_min, best_max: lowest and highest finite value, each with its (first) step.
        attempt: as in `Series`.
        sparkline: float64, shape (P,), P ≤ 2 · `MAX_STRETCHES`: the extremes of equal stretches in the order they
            came, NaN for a stretch without a finite value; every value where there are few.
        sparkline_steps: int64, shape (P,); means nothing where the value is NaN.
    """

    count: int = 0
    non_finite: int = 0
    first_step: int = -1
    last_step: int = -1
    last: float = math.nan
    last_finite: float = math.nan
    last_wall_time: float = math.nan
    best_min: float = math.nan
    best_min_step: int = -1
    best_max: float = math.nan
    best_max_step: int = -1
    attempt: int = 0
    sparkline: NDArray[np.float64] = field(default_factory=lambda: np.empty(0, np.float64))
    sparkline_steps: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


class DigestBuilder:
    """Builds a `Digest` from points as they come: the work of an update follows the new points alone.

    Stretches are of 2^k points; when there would be more than `MAX_STRETCHES`, neighbours are joined.
    """

    def __init__(self) -> None:
        self._count = self._non_finite = 0
        self._width = 1
        self._first = self._last = (-1, math.nan, math.nan)
        self._last_finite = math.nan
        # Per stretch: position, step and value of its lowest and of its highest finite point; NaN without one.
        self._extremes = np.zeros((2, MAX_STRETCHES), [("position", "i8"), ("step", "i8"), ("value", "f8")])
        self._extremes["value"] = math.nan

    @property
    def count(self) -> int:
        """Points taken in so far."""
        return self._count

    def update(self, points: Series) -> None:
        """Take in the points that follow those taken in before."""
        size = len(points.steps)
        if not size:
            return
        while self._count + size > MAX_STRETCHES * self._width:
            self._join_neighbours()
        if not self._count:
            self._first = _point(points, 0)
        self._last = _point(points, -1)
        finite = np.flatnonzero(np.isfinite(points.values))
        self._non_finite += size - len(finite)
        if len(finite):
            self._last_finite = float(points.values[finite[-1]])
            self._take_in(points, finite)
        self._count += size

    def digest(self, attempt: int = 0) -> Digest:
        """Return the digest of everything taken in."""
        used = self._extremes[:, :-(-self._count // self._width)]
        lows, highs = used
        steps, values = self._line(used)
        if not np.isfinite(lows["value"]).any():
            return Digest(self._count, self._non_finite, self._first[0], self._last[0], self._last[2],
                          last_wall_time=self._last[1], attempt=attempt, sparkline=values, sparkline_steps=steps)
        low, high = lows[np.nanargmin(lows["value"])], highs[np.nanargmax(highs["value"])]
        return Digest(self._count, self._non_finite, self._first[0], self._last[0], self._last[2], self._last_finite,
                      self._last[1], float(low["value"]), int(low["step"]), float(high["value"]), int(high["step"]),
                      attempt, values, steps)

    def _line(self, used: NDArray) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if self._width == 1:
            return used[0]["step"].copy(), used[0]["value"].copy()
        in_order = np.where(used[0]["position"] <= used[1]["position"], used, used[::-1]).T.ravel()
        return in_order["step"].copy(), in_order["value"].copy()

    def _take_in(self, points: Series, finite: NDArray[np.int64]) -> None:
        values = points.values[finite]
        stretches = (self._count + finite) // self._width
        starts = np.flatnonzero(np.diff(stretches, prepend=-1))
        for row, reduce in enumerate((np.minimum, np.maximum)):
            extremes = np.repeat(reduce.reduceat(values, starts), np.diff(starts, append=len(values)))
            hits = np.flatnonzero(values == extremes)
            hits = hits[np.flatnonzero(np.diff(stretches[hits], prepend=-1))]       # the first of each stretch
            new = np.empty(len(hits), self._extremes.dtype)
            new["position"] = self._count + finite[hits]
            new["step"], new["value"] = points.steps[finite[hits]], values[hits]
            places = stretches[hits]
            known = self._extremes[row, places]
            self._extremes[row, places] = _better(known, new, row)

    def _join_neighbours(self) -> None:
        half = MAX_STRETCHES // 2
        for row in range(2):
            self._extremes[row, :half] = _better(self._extremes[row, ::2], self._extremes[row, 1::2], row)
            self._extremes[row, half:]["value"] = math.nan
        self._width *= 2


def digest_of(series: Series) -> Digest:
    """Return the digest of a whole series."""
    builder = DigestBuilder()
    builder.update(series)
    return builder.digest(series.attempt)


def _better(first: NDArray, second: NDArray, row: int) -> NDArray:
    """Return the lower (row 0) or higher (row 1) of two extremes, the first where they are equal; NaN is none."""
    is_better = second["value"] > first["value"] if row else second["value"] < first["value"]
    return np.where(is_better | np.isnan(first["value"]), second, first)


def _point(points: Series, index: int) -> tuple[int, float, float]:
    return int(points.steps[index]), float(points.wall_times[index]), float(points.values[index])
