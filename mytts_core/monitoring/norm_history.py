"""The history of gradient norms behind percentile clipping, kept on the host. NumPy alone."""

from __future__ import annotations

import bisect
import math
from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np


class NormHistory:
    """The last global gradient norms, and the clipping threshold they give (AutoClip).

    Feed it every step's norm before clipping and give `threshold(max_norm)` to the next step. Non-finite norms never
    enter. At the default percentile of 10 most steps are clipped, by design.

    Args:
        percentile: of the history, in (0, 100].
        capacity: norms kept, the newest ones; AutoClip keeps all, which 100,000 amounts to in our trainings.
        norms: earlier norms, oldest first: `NormHistory(norms=saved)` restores `to_array()`.

    Source:
        Seetharaman et al. 2020, "AutoClip: adaptive gradient clipping for source separation networks",
        arXiv:2007.14469, section 2.
    """

    def __init__(self, percentile: float = 10.0, capacity: int = 100_000, norms: Iterable[float] = ()) -> None:
        if not 0 < percentile <= 100:
            raise ValueError(f"percentile is {percentile!r}; it must be in (0, 100]")
        if capacity < 1:
            raise ValueError(f"capacity is {capacity!r}; it must be at least 1")
        self.percentile = float(percentile)
        self.capacity = int(capacity)
        self._order: deque[float] = deque()
        self._sorted: list[float] = []
        for norm in norms:
            self.add(norm)

    def __iter__(self) -> Iterator[float]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def add(self, norm: float) -> bool:
        """Remember a global norm; return False, and remember nothing, where it is not finite."""
        value = float(norm)
        if not math.isfinite(value):
            return False
        if len(self._order) == self.capacity:
            self._sorted.pop(bisect.bisect_left(self._sorted, self._order.popleft()))
        self._order.append(value)
        bisect.insort(self._sorted, value)
        return True

    def threshold(self, max_norm: float) -> float:
        """Return the norm to clip the next step to: the percentile, at most `max_norm`; `max_norm` without history."""
        if not self._sorted:
            return float(max_norm)
        rank = (len(self._sorted) - 1) * self.percentile / 100
        below = int(rank)
        above = min(below + 1, len(self._sorted) - 1)
        value = self._sorted[below] + (self._sorted[above] - self._sorted[below]) * (rank - below)
        return float(min(value, max_norm))

    def to_array(self) -> np.ndarray:
        """Return the norms, float64, oldest first: what a checkpoint keeps."""
        return np.array(self._order, np.float64)
