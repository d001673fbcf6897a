"""Points of one scalar tag, growing in place; what was handed out stays as it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mytts_core.runs.types import Series

_FIRST_CAPACITY = 16


class Column:
    """Steps, wall times and values in the order they were written.

    `series` gives views: later points are written behind their ends, or into new memory, never over them.
    """

    __slots__ = ("_steps", "_wall_times", "_values", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._steps = np.empty(0, np.int64)
        self._wall_times = np.empty(0, np.float64)
        self._values = np.empty(0, np.float64)

    @classmethod
    def joined(cls, pieces: Sequence[Series]) -> Column:
        """Return a column of the points of several series, one after the other."""
        column = cls()
        column._steps, column._wall_times, column._values = (
            np.concatenate(parts) for parts in zip(*(piece[:3] for piece in pieces)))
        column._size = len(column._steps)
        return column

    def __len__(self) -> int:
        return self._size

    def extend(self, steps: ArrayLike, wall_times: ArrayLike, values: ArrayLike) -> None:
        """Add points; three arrays of one length."""
        steps = np.asarray(steps, np.int64)
        start, stop = self._size, self._size + len(steps)
        if stop > len(self._steps):
            capacity = max(stop, _FIRST_CAPACITY, start + start // 2)
            self._steps = _grown(self._steps, start, capacity)
            self._wall_times = _grown(self._wall_times, start, capacity)
            self._values = _grown(self._values, start, capacity)
        self._steps[start:stop] = steps
        self._wall_times[start:stop] = wall_times
        self._values[start:stop] = values
        self._size = stop

    def series(self, start: int = 0) -> Series:
        """Return the points from position `start` on, as views."""
        stop = self._size
        return Series(self._steps[start:stop], self._wall_times[start:stop], self._values[start:stop])


def _grown(old: np.ndarray, used: int, capacity: int) -> np.ndarray:
    new = np.empty(capacity, old.dtype)
    new[:used] = old[:used]
    return new
