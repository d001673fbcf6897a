"""Noisy series as a few robust points, so that a rule sees the course of a training and not its jitter."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mytts_core.runs.types import Series

MOST_POINTS = 100
FEWEST_IN_A_POINT = 3
"""A median of three already drops a single wild value."""

SHORT = 20
"""Up to this many values are left as they are: validations come far apart and are means already."""


class Curve(NamedTuple):
    """Points of a series, steps rising.

    Attributes:
        steps: int64, shape (N,), the last step that each point stands for.
        values: float64, shape (N,), finite.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)

    def at(self, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the values at other steps, between points by interpolation; the curve must not be empty."""
        return np.interp(steps, self.steps, self.values)

    def until(self, step: float) -> Curve:
        """Return the points up to a step, included."""
        kept = self.steps <= step
        return Curve(self.steps[kept], self.values[kept])

    def since(self, step: float) -> Curve:
        """Return the points from a step on."""
        kept = self.steps >= step
        return Curve(self.steps[kept], self.values[kept])

    @property
    def last_step(self) -> int:
        """The last point's step."""
        return int(self.steps[-1])


def finite(series: Series) -> Curve:
    """Return every finite value as a point of its own; of a step that came twice, the last."""
    kept = np.isfinite(series.values)
    steps, values = series.steps[kept], series.values[kept]
    if len(steps):
        newest = np.append(steps[1:] != steps[:-1], True)
        steps, values = steps[newest], values[newest]
    return Curve(steps, values)


def smooth(series: Series, most: int = MOST_POINTS) -> Curve:
    """Return medians of neighbouring finite values: about `most` points at most, each of at least three values.

    A series of up to `SHORT` values stays as it is. What does not fill a point goes into the first one.
    """
    steps, values = finite(series)
    if len(values) <= SHORT:
        return Curve(steps, values)
    width = max(FEWEST_IN_A_POINT, len(values) // most)
    first = width + len(values) % width
    rest = values[first:].reshape(-1, width)
    medians = np.concatenate([[np.median(values[:first])], np.median(rest, axis=1)])
    return Curve(steps[first - 1::width], medians)


def best_before(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each value the lowest of those before it; the first one's is itself."""
    if not len(values):
        return values
    return np.concatenate([values[:1], np.minimum.accumulate(values)[:-1]])
