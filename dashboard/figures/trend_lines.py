"""A metric over the training, of one run or of several: which lines, how smooth, which part of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Optional

import numpy as np
from numpy.typing import NDArray

from dashboard.figures import labels
from dashboard.figures.lines import MAX_POINTS, ReducedLine, reduce_line, smooth, thin
from dashboard.figures.outliers import limits_without_outliers
from dashboard.figures.trend_index import TrendIndex
from dashboard.figures.trend_statistics import LineStatistics, line_statistics
from mytts_core.runs.types import Series

ALIGNED_THRESHOLD = 0.5
CHART_POINTS = 6_400        # of all lines of a chart together: with them its JSON stays under 200 KB
CHART_MARKS = 480
MAX_LINES = 40
AXES = {"steps": "training step (updates)", "hours": "time since the first record (hours)",
        "wall time": "wall time (UTC)"}


class TrendOptions(NamedTuple):
    """How a metric is drawn.

    Attributes:
        smoothing: share of the past in each point, 0 to below 1.
        against: a key of `AXES`.
        log_y: whether the value axis is logarithmic.
        clip: whether the value axis leaves out outliers.
        window: the range of x to prepare points for, None for all; on the wall-time axis in ms since 1970 UTC.
    """

    smoothing: float = 0.0
    against: str = "steps"
    log_y: bool = False
    clip: bool = False
    window: Optional[tuple[float, float]] = None


class Clipped(NamedTuple):
    """Outliers beyond the value axis: where some of them are, their values, and how many there are in all."""

    x: NDArray[np.float64]
    values: NDArray[np.float64]
    num_clipped: int


class TrendLine(NamedTuple):
    """One line. Names may come from logs: the plot escapes them.

    Attributes:
        part: 'training', 'held out', 'free running', or empty.
        attempt: number of an earlier attempt that a restart replaced, counted from 1; 0 for what counts.
        smoothed: is drawn; `raw` faintly behind it, None without smoothing.
        statistics: of the last points in view; None for earlier attempts.
    """

    run: str
    part: str
    attempt: int
    smoothed: ReducedLine
    raw: Optional[ReducedLine]
    clipped: Clipped
    statistics: Optional[LineStatistics]


class TrendInfo(NamedTuple):
    """What a trend figure shows.

    Attributes:
        limits: of the value axis where outliers are clipped, None otherwise.
        hidden: points that a logarithmic axis cannot show (zero and below).
        left_out: lines beyond `MAX_LINES`.
    """

    metric: str
    options: TrendOptions
    lines: tuple[TrendLine, ...]
    threshold: Optional[float]
    limits: Optional[tuple[float, float]]
    hidden: int
    left_out: int

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def x_title(self) -> str:
        return AXES[self.options.against]

    @property
    def y_title(self) -> str:
        return labels.axis_title(self.metric)


class _Points(NamedTuple):
    """A line before it is reduced; `start` and `stop` bound its points in view."""

    run: str
    part: str
    attempt: int
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    hidden: int
    start: int
    stop: int


def get_trend_info(index: TrendIndex, metric: str, options: Optional[TrendOptions] = None, *,
                   older: Optional[Mapping[tuple[str, str], Sequence[Series]]] = None) -> TrendInfo:
    """Gather every series of a metric.

    Args:
        index: of the runs to show.
        metric: as `labels.split_tag` gives it.
        older: (run name, tag) → earlier attempts to show as well, oldest first.
    """
    options = options or TrendOptions()
    found = list(_points(index, metric, options, older or {}))
    hidden = sum(points.hidden for points in found)
    shown = [points for points in found if len(points.x)]
    kept = shown[:MAX_LINES]
    # Raw and smoothed line share the room of a chart; an even number keeps a minimum and a maximum of each stretch.
    traces = max(1, len(kept) * (2 if options.smoothing > 0 else 1))
    room = min(MAX_POINTS, CHART_POINTS // traces // 2 * 2)
    marks = max(4, CHART_MARKS // max(1, len(kept)))
    raw = [reduce_line(*_in_view(points, points.y), room, marks) for points in kept]
    limits = limits_without_outliers((line.y for line in raw), options.log_y) if options.clip else None
    lines = [_line(points, line, options, limits, metric, room, marks) for points, line in zip(kept, raw)]
    threshold = ALIGNED_THRESHOLD if metric == "diagonality" else None
    return TrendInfo(metric, options, tuple(lines), threshold, limits, hidden, len(shown) - len(kept))


def line_name(line: TrendLine, runs: Sequence[str]) -> str:
    """Return what tells a line from the others of its chart, not escaped."""
    words = ([line.run] if len(runs) > 1 else []) + ([line.part] if line.part else [])
    return " · ".join(words or [line.run]) + (f" · attempt {line.attempt}" if line.attempt else "")


def _points(index: TrendIndex, metric: str, options: TrendOptions,
            older: Mapping[tuple[str, str], Sequence[Series]]) -> Iterator[_Points]:
    for run, part, tag in index.places.get(metric, ()):
        for attempt, series in [*enumerate(older.get((run, tag), ()), 1), (0, index.runs[run][tag])]:
            yield _on_axes(run, part, attempt, series, index.starts[run], options)


def _on_axes(run: str, part: str, attempt: int, series: Series, first: float, options: TrendOptions) -> _Points:
    x, y = _x_values(series, first, options.against), np.asarray(series.values, np.float64)
    placed = np.isfinite(x)
    unshowable = np.isfinite(y) & (y <= 0) if options.log_y else np.zeros(len(y), np.bool_)
    if not placed.all() or unshowable.any():
        x, y = x[placed & ~unshowable], y[placed & ~unshowable]
    return _Points(run, part, attempt, x, y, int((placed & unshowable).sum()), *_bounds(x, options.window))


def _x_values(series: Series, first: float, against: str) -> NDArray[np.float64]:
    if against == "steps":
        return series.steps.astype(np.float64)
    return (series.wall_times - first) / 3600 if against == "hours" else series.wall_times * 1000


def _bounds(x: NDArray[np.float64], window: Optional[tuple[float, float]]) -> tuple[int, int]:
    """Return the first and last position (exclusive) in a window; clocks may have jumped."""
    if window is None:
        return 0, len(x)
    inside = np.flatnonzero((x >= window[0]) & (x <= window[1]))
    if len(inside):
        return int(inside[0]), int(inside[-1]) + 1
    between = int((x < window[0]).sum())
    return between, between


def _in_view(points: _Points, values: NDArray) -> tuple[NDArray, NDArray]:
    """Return x and values in view and one neighbour on each side, so that a line leaves the chart."""
    part = slice(max(points.start - 1, 0), points.stop + 1)
    return points.x[part], values[part]


def _line(points: _Points, raw: ReducedLine, options: TrendOptions, limits: Optional[tuple[float, float]], metric: str,
          room: int, marks: int) -> TrendLine:
    beyond = np.zeros(len(points.y), np.bool_)
    if limits:
        beyond = np.isfinite(points.y) & ((points.y < limits[0]) | (points.y > limits[1]))
    smoothed = raw
    if options.smoothing > 0:
        # What is clipped would go on in the average long after its step.
        kept = points._replace(x=points.x[~beyond], y=points.y[~beyond])
        start, stop = _bounds(kept.x, options.window)
        kept = kept._replace(start=start, stop=stop)
        smoothed = reduce_line(*_in_view(kept, smooth(kept.y, options.smoothing)), room, marks)
    in_view = points.y[points.start:points.stop]
    name = f"{points.part} {metric}"
    return TrendLine(points.run, points.part, points.attempt, smoothed, raw if options.smoothing > 0 else None,
                     _clipped(points, beyond, marks), None if points.attempt else line_statistics(name, in_view))


def _clipped(points: _Points, beyond: NDArray[np.bool_], limit: int) -> Clipped:
    positions = points.start + np.flatnonzero(beyond[points.start:points.stop])
    kept = thin(positions, limit)
    if len(kept) < len(positions):      # the worst is never among those left out
        values = points.y[positions]
        kept = np.union1d(kept, positions[[int(values.argmin()), int(values.argmax())]])
    return Clipped(points.x[kept], points.y[kept], len(positions))
