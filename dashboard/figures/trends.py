"""A metric over the training, of one run or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import labels
from dashboard.figures.lines import ReducedLine, reduce_line, smooth
from dashboard.theme import BAD, COLOURS, NEUTRAL
from mytts_core.runs.types import Series

ALIGNED_THRESHOLD = 0.5
_DASHES = ("solid", "dash", "dot", "dashdot")
_PART_ORDER = ("training", "held out", "free running", "")


class TrendLine(NamedTuple):
    """One line: `smoothed` is drawn; `raw` faintly behind it, None without smoothing. Escaped by the plot, not here."""

    run: str
    part: str
    smoothed: ReducedLine
    raw: Optional[ReducedLine]


class TrendInfo(NamedTuple):
    """What a trend figure shows. `hidden` counts points that a logarithmic axis cannot show (zero and below)."""

    metric: str
    x_title: str
    y_title: str
    lines: tuple[TrendLine, ...]
    threshold: Optional[float]
    log_y: bool
    hidden: int

    @property
    def is_empty(self) -> bool:
        return not self.lines


def get_trend_info(runs: Mapping[str, Mapping[str, Series]], metric: str, *, smoothing: float = 0.0,
                   against: str = "steps", log_y: bool = False) -> TrendInfo:
    """Gather every series of a metric.

    Args:
        runs: run name → tag → series.
        metric: as `labels.split_tag` gives it.
        smoothing: share of the past in each point, 0 to below 1.
        against: 'steps', or 'hours' since the run's first record.
        log_y: whether the value axis is logarithmic.
    """
    lines, hidden = [], 0
    for run, scalars in runs.items():
        start = _first_time(scalars)
        parts = {labels.split_tag(tag)[1]: series for tag, series in scalars.items()
                 if labels.split_tag(tag)[0] == metric and len(series.steps)}
        for part in sorted(parts, key=_PART_ORDER.index):
            series = parts[part]
            x = (series.wall_times - start) / 3600 if against == "hours" else series.steps.astype(np.float64)
            y = np.asarray(series.values, np.float64)
            if log_y:
                unshowable = np.isfinite(y) & (y <= 0)
                hidden += int(unshowable.sum())
                x, y = x[~unshowable], y[~unshowable]
            if against == "hours":
                x, y = x[np.isfinite(x)], y[np.isfinite(x)]
            if len(x):
                raw = reduce_line(x, y) if smoothing > 0 else None
                lines.append(TrendLine(run, part, reduce_line(x, smooth(y, smoothing)), raw))
    threshold = ALIGNED_THRESHOLD if metric == "diagonality" else None
    x_title = "time since the first record (hours)" if against == "hours" else "training step (updates)"
    return TrendInfo(metric, x_title, labels.axis_title(metric), tuple(lines), threshold, log_y, hidden)


def plot_trend(info: TrendInfo) -> go.Figure:
    """Draw a metric: colour tells runs apart (or parts, for one run), dashes tell parts apart."""
    runs = list(dict.fromkeys(line.run for line in info.lines))
    parts = list(dict.fromkeys(line.part for line in info.lines))
    figure = go.Figure()
    for line in info.lines:
        part_index = parts.index(line.part)
        colour = COLOURS[(runs.index(line.run) if len(runs) > 1 else part_index) % len(COLOURS)]
        _add_line(figure, line, _line_name(line, runs), colour, _DASHES[part_index % len(_DASHES)])
    marked = [line for line in info.lines if line.smoothed.num_not_finite]
    for line in marked:
        add_marks(figure, line.raw or line.smoothed, f"{_line_name(line, runs)}: " if len(marked) > 1 else "")
    if info.threshold is not None:
        figure.add_hline(y=info.threshold, line=dict(color=NEUTRAL, width=1, dash="dash"),
                         annotation=dict(text="not aligned below", font=dict(size=11, color=NEUTRAL)),
                         annotation_position="bottom right")
    figure.update_layout(title_text=labels.metric_name(info.metric), height=300)
    has_legend = len(figure.data) > 1
    figure.update_layout(showlegend=has_legend, margin=dict(t=64 if has_legend else 44))
    figure.update_xaxes(title_text=info.x_title)
    set_value_axis(figure, info.y_title, info.log_y, labels.axis_range(info.metric))
    return figure


def metrics_by_section(runs: Mapping[str, Mapping[str, Series]]) -> dict[str, list[str]]:
    """Return section → metrics present in any run, in the order they are shown; sections without a metric left out."""
    present = {labels.split_tag(tag)[0] for scalars in runs.values() for tag in scalars}
    known = [metric for metric in labels.known_metrics() if metric in present]
    ordered = known + sorted(present.difference(known))
    sections: dict[str, list[str]] = {name: [] for name in labels.SECTION_NAMES}
    for metric in ordered:
        sections[labels.section(metric)].append(metric)
    return {name: metrics for name, metrics in sections.items() if metrics}


def set_value_axis(figure: go.Figure, title: str, log_y: bool, limits: Optional[tuple[float, float]] = None) -> None:
    """Name the value axis; a metric with limits is always shown between them, so that charts compare."""
    if log_y:
        figure.update_layout(yaxis=dict(title_text=title, type="log", exponentformat="power"))
        return
    if limits:
        margin = 0.03 * (limits[1] - limits[0])
        figure.update_layout(yaxis=dict(title_text=title, range=[limits[0] - margin, limits[1] + margin]))
        return
    lowest = min((np.nanmin(trace.y) for trace in figure.data if np.isfinite(trace.y).any()), default=0.0)
    figure.update_layout(yaxis=dict(title_text=title, rangemode="nonnegative" if lowest >= 0 else "normal"))


def add_marks(figure: go.Figure, line: ReducedLine, name: str = "") -> None:
    """Mark steps whose value is not finite: crosses on the bottom edge, so that they show at any zoom.

    `name` goes before the count in the legend.
    """
    if not line.num_not_finite:
        return
    figure.add_trace(go.Scatter(
        x=line.marks_x, y=np.zeros(len(line.marks_x)), yaxis="y2", mode="markers", cliponaxis=False,
        marker=dict(symbol="x", size=9, color=BAD), name=f"{name}{line.num_not_finite:,} not finite",
        customdata=line.marks_kind, hovertemplate="%{customdata} at %{x:,}<extra></extra>", showlegend=True))
    figure.update_layout(yaxis2=dict(overlaying="y", range=[0, 1], visible=False, fixedrange=True), showlegend=True)


def _add_line(figure: go.Figure, line: TrendLine, name: str, colour: str, dash: str) -> None:
    if line.raw is not None:
        figure.add_trace(go.Scatter(x=line.raw.x, y=line.raw.y, mode="lines", line=dict(color=colour, width=1),
                                    opacity=0.28, hoverinfo="skip", showlegend=False, name=f"{name} (raw)"))
    points = line.smoothed
    alone = np.isfinite(points.y).sum() < 2
    mode = "markers" if alone else "lines+markers" if len(points.x) <= 60 else "lines"
    figure.add_trace(go.Scatter(
        x=points.x, y=points.y, mode=mode, name=name, line=dict(color=colour, width=2, dash=dash),
        marker=dict(color=colour, size=8 if alone else 5),
        hovertemplate="%{y:.5g} at %{x:,}<extra>" + name + "</extra>"))


def _line_name(line: TrendLine, runs: Sequence[str]) -> str:
    words = ([line.run] if len(runs) > 1 else []) + ([line.part] if line.part else [])
    return labels.plain(" · ".join(words) or line.run)


def _first_time(scalars: Mapping[str, Series]) -> float:
    times = [float(np.nanmin(series.wall_times)) for series in scalars.values()
             if len(series.wall_times) and np.isfinite(series.wall_times).any()]
    return min(times, default=float("nan"))
