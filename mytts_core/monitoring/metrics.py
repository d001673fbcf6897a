"""Running statistics of training metrics over a window, with a trend one can trust. NumPy alone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

import numpy as np

FALLING_WORDS = frozenset("loss losses error errors wer cer mae mse rmse nll perplexity distance".split())
RISING_WORDS = frozenset("accuracy acc diagonality coverage focus monotonicity success precision recall f1".split())
SETTING_WORDS = frozenset("weight scale threshold".split())
"""Words of what is set, not measured: a loss weight does not get better."""

MAX_TREND_POINTS = 200
"""Points that a slope is taken from: 19,900 pairs, a few milliseconds."""

TREND_Z = 2.326
"""A trend is one where the 98 % interval of the slope leaves out 0: five values in strict order are the fewest."""


class Slope(NamedTuple):
    """A change per update, and the interval it lies in with 98 % confidence."""

    value: float
    low: float
    high: float


class MetricsAggregator:
    """Statistics of each metric over its last `window_size` updates.

    Memory is one ring of `window_size` numbers a metric; an update is O(1), statistics are worked out when read.
    Values that are not finite are counted and kept out of the statistics.

    Args:
        window_size: updates that statistics look back on, at least 1.
        directions: 'falls' or 'rises' for a metric's name, where the name itself does not tell (or tells wrongly) in
            which direction it gets better; None for neither.

    Raises:
        ValueError: for a window below 1 or an unknown direction.
    """

    def __init__(self, window_size: int = 100, directions: Optional[Mapping[str, Optional[str]]] = None) -> None:
        if isinstance(window_size, bool) or not isinstance(window_size, int) or window_size < 1:
            raise ValueError(f"window_size is {window_size!r}; it must be a whole number of at least 1")
        for name, direction in (directions or {}).items():
            if direction not in ("falls", "rises", None):
                raise ValueError(f"the direction of {name!r} is {direction!r}; it must be 'falls', 'rises' or None")
        self.window_size = window_size
        self.directions = dict(directions or {})
        self._rings: dict[str, _Ring] = {}

    def update(self, metrics: Mapping[str, Any]) -> None:
        """Add one value to each metric given: numbers, or arrays and eager tensors of one element.

        Raises:
            ValueError: for a value that is not one number; nothing is added then.
        """
        values = {name: _number(name, value) for name, value in metrics.items()}
        for name, value in values.items():
            self._rings.setdefault(name, _Ring(self.window_size)).add(value)

    def get_statistics(self, name: str) -> dict[str, Any]:
        """Return the statistics of a metric.

        Returns:
            mean, std (population), min, max over the finite values of the window; recent: the last finite value (NaN,
            like the others, where the window has none); count: updates since the start; num_nonfinite: those that were
            NaN or infinite; slope, slope_low, slope_high: change per update with its 98 % interval; trend: 'improving',
            'worsening' or 'stable'.

        Raises:
            KeyError: for a name never updated; the message lists those that were.
        """
        if name not in self._rings:
            raise KeyError(f"no metric {name!r}; there are: {', '.join(sorted(self._rings)) or 'none yet'}")
        ring = self._rings[name]
        positions, values = ring.finite()
        slope = robust_slope(positions, values)
        summary = [np.nan] * 5
        if len(values):
            summary = [values.mean(), values.std(), values.min(), values.max(), values[-1]]
        return {**dict(zip(("mean", "std", "min", "max", "recent"), map(float, summary))), "count": ring.count,
                "num_nonfinite": ring.num_nonfinite, "slope": slope.value, "slope_low": slope.low,
                "slope_high": slope.high, "trend": _trend(slope, self.direction(name))}

    def get_all_statistics(self) -> dict[str, dict[str, Any]]:
        """Return the statistics of every metric, by name."""
        return {name: self.get_statistics(name) for name in self._rings}

    def direction(self, name: str) -> Optional[str]:
        """Return in which direction a metric gets better: 'falls', 'rises', or None where that is unknown."""
        return self.directions[name] if name in self.directions else direction_of(name)


def direction_of(name: str) -> Optional[str]:
    """Return 'falls' or 'rises' by the words of a metric's name ('train/mel_loss' falls), or None."""
    words = set(re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()))
    if words & SETTING_WORDS:
        return None
    if words & FALLING_WORDS:
        return "falls"
    return "rises" if words & RISING_WORDS else None


def robust_slope(positions: np.ndarray, values: np.ndarray) -> Slope:
    """Return the median slope over all pairs of points, with its 98 % interval.

    One wild value does not move it. The interval is Sen's, from the variance of Kendall's S, widened by the lag-1
    autocorrelation of the residuals, because the neighbours in a loss curve are not independent. With fewer than five
    points it is infinite. More than 200 points are thinned evenly.

    Args:
        positions: shape (N,), increasing.
        values: shape (N,), finite.

    Source:
        Sen 1968, doi:10.1080/01621459.1968.10480934; Yue and Wang 2004, doi:10.1023/B:WARM.0000043140.61082.60.
    """
    if len(values) > MAX_TREND_POINTS:
        kept = np.linspace(0, len(values) - 1, MAX_TREND_POINTS).round().astype(int)
        positions, values = positions[kept], values[kept]
    count = len(values)
    if count < 2:
        return Slope(0.0, -math.inf, math.inf)
    first, second = np.triu_indices(count, 1)
    # Halves first: the difference of two large floats may overflow, that of their halves does not.
    rise = (values[second] / 2 - values[first] / 2) / (positions[second] - positions[first])
    slopes = np.sort(rise) * 2
    median = float(np.median(slopes))
    variance = count * (count - 1) * (2 * count + 5) / 18 * _autocorrelation_factor(values - median * positions)
    reach = TREND_Z * math.sqrt(variance) / 2
    low, high = math.floor(len(slopes) / 2 - reach), math.ceil(len(slopes) / 2 + reach)
    return Slope(median, float(slopes[low]) if low >= 0 else -math.inf,
                 float(slopes[high - 1]) if high <= len(slopes) else math.inf)


class _Ring:
    """The last values of one metric, with the number of the update that each came with."""

    def __init__(self, size: int) -> None:
        self.count = 0
        self.num_nonfinite = 0
        # Grown by doubling up to the window: a window of a million costs nothing before it fills.
        self._values = np.empty(min(size, 16))
        self._size = size

    def add(self, value: float) -> None:
        if self.count == len(self._values) < self._size:
            self._values = np.resize(self._values, min(2 * self.count, self._size))
        self._values[self.count % self._size] = value
        self.count += 1
        self.num_nonfinite += not math.isfinite(value)

    def finite(self) -> tuple[np.ndarray, np.ndarray]:
        """Return positions (from the window's start) and values of what is finite, oldest first."""
        full = self.count > self._size
        values = np.roll(self._values, -(self.count % self._size)) if full else self._values[:self.count]
        positions = np.flatnonzero(np.isfinite(values))
        return positions.astype(np.float64), values[positions]


def _number(name: str, value: Any) -> float:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        raise ValueError(f"metric {name!r} is {value!r}; it must be one number")
    return float(array.reshape(()).astype(np.float64))


def _autocorrelation_factor(residuals: np.ndarray) -> float:
    scale = float(np.abs(residuals).max())
    if not math.isfinite(scale) or scale == 0:
        return 1.0
    centred = residuals / scale - np.median(residuals / scale)
    power = float((centred**2).sum())
    if power < 1e-20 * len(centred):
        return 1.0
    correlation = min(max(float((centred[1:] * centred[:-1]).sum()) / power, 0.0), 0.95)
    return (1 + correlation) / (1 - correlation)


def _trend(slope: Slope, direction: Optional[str]) -> str:
    if direction is None or slope.low <= 0 <= slope.high:
        return "stable"
    return "improving" if (slope.high < 0) == (direction == "falls") else "worsening"
