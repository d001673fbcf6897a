"""A metric over the training as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import labels
from dashboard.figures.lines import ReducedLine, compact
from dashboard.figures.trend_lines import ALIGNED_THRESHOLD, TrendInfo, TrendLine, line_name
from dashboard.theme import BAD, COLOURS, NEUTRAL

__all__ = ["ALIGNED_THRESHOLD", "add_marks", "line_styles", "plot_trend", "set_value_axis"]

CHART_HEIGHT = 264
_DASHES = ("solid", "dash", "dot", "dashdot")


class LineStyle(NamedTuple):
    """A colour as plotly and CSS read it, and one of plotly's dashes."""

    colour: str
    dash: str


def plot_trend(info: TrendInfo) -> go.Figure:
    """Draw a metric: colour tells runs apart (or parts, for one run), dashes tell parts apart."""
    figure = go.Figure()
    runs, _ = _distinct(info)
    on_date_axis = info.options.against == "wall time"
    for line, look in zip(info.lines, line_styles(info)):
        _add_line(figure, line, labels.plain(labels.shortened(line_name(line, runs))), look, on_date_axis)
    marked = [line for line in info.lines if (line.raw or line.smoothed).num_not_finite]
    for line in marked:
        name = f"{labels.plain(labels.shortened(line_name(line, runs)))}: " if len(marked) > 1 else ""
        add_marks(figure, line.raw or line.smoothed, name, on_date_axis)
    _add_clipped(figure, info)
    if info.threshold is not None:
        figure.add_hline(y=info.threshold, line=dict(color=NEUTRAL, width=1, dash="dash"),
                         annotation=dict(text="not aligned below", font=dict(size=11, color=NEUTRAL)),
                         annotation_position="bottom right")
    # No legend: the table beside the chart names the lines, and leaves the room to the curves.
    figure.update_layout(title_text=labels.metric_name(info.metric), height=CHART_HEIGHT, showlegend=False,
                         margin=dict(l=52, r=10, t=36, b=42))
    figure.update_xaxes(title_text=info.x_title, type="date" if on_date_axis else "linear")
    set_value_axis(figure, info.y_title, info.options.log_y, labels.axis_range(info.metric), info.limits)
    return figure


def line_styles(info: TrendInfo) -> list[LineStyle]:
    """Return how each line of a figure looks."""
    runs, parts = _distinct(info)
    styles = []
    for line in info.lines:
        part = parts.index(line.part)
        colour = COLOURS[(runs.index(line.run) if len(runs) > 1 else part) % len(COLOURS)]
        styles.append(LineStyle(colour, "dot" if line.attempt else _DASHES[part % len(_DASHES)]))
    return styles


def set_value_axis(figure: go.Figure, title: str, log_y: bool, limits: Optional[tuple[float, float]] = None,
                   clipped: Optional[tuple[float, float]] = None) -> None:
    """Name the value axis.

    Args:
        limits: what a metric can be; it is always shown between them, so that charts compare.
        clipped: the range that outliers are left out of.
    """
    axis: dict = dict(title_text=title)
    shown = clipped or (None if log_y else limits)
    if shown:
        low, high = np.log10(shown) if log_y else shown
        margin = 0.03 * (high - low) or 0.05 * (abs(high) or 1.0)
        axis["range"] = [float(low - margin), float(high + margin)]
    if log_y:
        axis.update(type="log", exponentformat="power")
    elif not shown:
        lowest = min((np.nanmin(trace.y) for trace in figure.data if np.isfinite(trace.y).any()), default=0.0)
        axis["rangemode"] = "nonnegative" if lowest >= 0 else "normal"
    figure.update_layout(yaxis=axis)


def add_marks(figure: go.Figure, line: ReducedLine, name: str = "", on_date_axis: bool = False) -> None:
    """Mark steps whose value is not finite: crosses on the bottom edge, so that they show at any zoom.

    `name` goes before the count in the legend.
    """
    if line.num_not_finite:
        where = "%{x|%Y-%m-%d %H:%M:%S}" if on_date_axis else "%{x:,}"
        _add_edge_marks(figure, line.marks_x, 0.0, "x", BAD, f"{name}{line.num_not_finite:,} not finite",
                        list(line.marks_kind), "%{customdata} at " + where)


def _add_clipped(figure: go.Figure, info: TrendInfo) -> None:
    """Mark outliers with a triangle on the edge that they lie beyond."""
    if info.limits is None:
        return
    where = "%{x|%Y-%m-%d %H:%M:%S}" if info.options.against == "wall time" else "%{x:,}"
    for line, look in zip(info.lines, line_styles(info)):
        beyond = line.clipped
        for above, edge, symbol in ((True, 1.0, "triangle-up"), (False, 0.0, "triangle-down")):
            chosen = beyond.values > info.limits[1] if above else beyond.values < info.limits[0]
            if chosen.any():
                _add_edge_marks(figure, beyond.x[chosen], edge, symbol, look.colour, "outliers beyond the axis",
                                compact(beyond.values[chosen]), "outlier: %{customdata:.5g} at " + where, legend=False)


def _add_edge_marks(figure: go.Figure, x: np.ndarray, edge: float, symbol: str, colour: str, name: str,
                    customdata: object, hover: str, legend: bool = True) -> None:
    figure.add_trace(go.Scatter(
        x=compact(x), y=np.full(len(x), edge, np.float32), yaxis="y2", mode="markers", cliponaxis=False, name=name,
        marker=dict(symbol=symbol, size=9, color=colour), customdata=customdata, showlegend=legend,
        hovertemplate=hover + "<extra></extra>"))
    figure.update_layout(yaxis2=dict(overlaying="y", range=[0, 1], visible=False, fixedrange=True))


def _add_line(figure: go.Figure, line: TrendLine, name: str, look: LineStyle, on_date_axis: bool) -> None:
    colour = look.colour
    if line.raw is not None:
        figure.add_trace(go.Scatter(x=compact(line.raw.x), y=compact(line.raw.y), mode="lines", opacity=0.28,
                                    line=dict(color=colour, width=1), hoverinfo="skip", showlegend=False,
                                    name=f"{name} (raw)"))
    points = line.smoothed
    alone = np.isfinite(points.y).sum() < 2
    mode = "markers" if alone else "lines+markers" if len(points.x) <= 60 else "lines"
    where = "%{x|%Y-%m-%d %H:%M:%S}" if on_date_axis else "%{x:,}"
    figure.add_trace(go.Scatter(
        x=compact(points.x), y=compact(points.y), mode=mode, name=name, opacity=0.55 if line.attempt else 1,
        line=dict(color=colour, width=1 if line.attempt else 2, dash=look.dash),
        marker=dict(color=colour, size=8 if alone else 5),
        hovertemplate="%{y:.5g} at " + where + "<extra>%{fullData.name}</extra>"))


def _distinct(info: TrendInfo) -> tuple[Sequence[str], Sequence[str]]:
    runs = list(dict.fromkeys(line.run for line in info.lines))
    return runs, list(dict.fromkeys(line.part for line in info.lines))
