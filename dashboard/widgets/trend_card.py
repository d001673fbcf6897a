"""One metric: its chart, and beside it what the last points of each line come to."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Optional

import streamlit as st

from dashboard.figures import labels
from dashboard.figures.trend_index import TrendIndex
from dashboard.figures.trend_lines import TrendInfo, TrendOptions, get_trend_info, line_name
from dashboard.figures.trend_statistics import STATISTICS_WINDOW, LineStatistics
from dashboard.figures.trends import LineStyle, line_styles, plot_trend
from dashboard.theme import BAD, GOOD, NEUTRAL
from dashboard.widgets import style
from dashboard.widgets.chart import chart
from dashboard.widgets.trend_controls import keep_zoom
from mytts_core.runs.types import Series

MAX_ROWS = 12
_BORDERS = {"solid": "solid", "dash": "dashed", "dot": "dotted", "dashdot": "dashed"}
_TONES = {"improving": GOOD, "worsening": BAD}


def show(index: TrendIndex, metric: str, options: TrendOptions,
         older: Optional[Mapping[tuple[str, str], Sequence[Series]]] = None) -> None:
    """Show a metric of the runs of an index."""
    info = get_trend_info(index, metric, options, older=older)
    if info.is_empty:
        style.show_empty(metric, "No point of it can be shown on these axes: all are zero or below, or have no time.")
        return
    with st.container(border=True, gap="small"):
        # Another axis, or another scale of it, is another picture: a zoom of the one makes no sense on the other.
        chart(plot_trend(info), key=f"trend {metric}", revision=f"{options.against} {options.log_y} {options.clip}",
              window=options.window, on_window=keep_zoom)
        st.html(_table(info))
        for note in _notes(info):
            st.caption(note)


def _table(info: TrendInfo) -> str:
    runs = list(dict.fromkeys(line.run for line in info.lines))
    rows = [_row(labels.shortened(line_name(line, runs)), look, line.statistics)
            for line, look in zip(info.lines, line_styles(info)) if line.statistics is not None]
    more = f'<div class="mytts-note">and {len(rows) - MAX_ROWS} more lines</div>' if len(rows) > MAX_ROWS else ""
    span = " in view" if info.options.window else ""
    titles = (f"last {STATISTICS_WINDOW}{span}", "last", "mean ± sd", "min … max", "trend")
    head = "".join(f"<th>{title}</th>" for title in titles)
    return (f'<div class="mytts-stats"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows[:MAX_ROWS])}'
            f"</tbody></table>{more}</div>")


def _row(name: str, look: LineStyle, found: LineStatistics) -> str:
    sign, word = trend_in_words(found)
    explanation = f"slope {found.slope:.3g} a point, 98 % interval {found.slope_low:.3g} to {found.slope_high:.3g}"
    bad = f"{found.num_not_finite} not finite" if found.num_not_finite else ""
    few = f"{found.num_points} points" if found.num_points < STATISTICS_WINDOW else ""
    tone = _TONES.get(word, NEUTRAL)
    return (f'<tr><td dir="auto"><i style="border-top:3px {_BORDERS[look.dash]} {look.colour}"></i>{html.escape(name)} '
            f"<small>{' · '.join(filter(None, (few, bad)))}</small></td><td>{_number(found.last, 'NaN')}</td>"
            f"<td>{_number(found.mean)} ± {_number(found.std)}</td>"
            f"<td>{_number(found.lowest)} … {_number(found.highest)}</td>"
            f'<td title="{html.escape(explanation)}"><b style="color:{tone}">{sign}</b> {word}</td></tr>')


def trend_in_words(found: LineStatistics) -> tuple[str, str]:
    """Return an arrow and a word for a trend; rising or falling where better and worse are not known."""
    rises, falls = found.slope_low > 0, found.slope_high < 0
    sign = "↗" if rises else "↘" if falls else "→"
    if found.trend != "stable":
        return sign, found.trend
    return sign, "rising" if rises else "falling" if falls else "stable"


def _notes(info: TrendInfo) -> list[str]:
    notes = []
    clipped = sum(line.clipped.num_clipped for line in info.lines)
    if clipped:
        notes.append(f"{clipped:,} outlier{'s' if clipped > 1 else ''} beyond the axis; triangles mark where.")
    if info.hidden:
        notes.append(f"{info.hidden:,} points at or below zero are not on the logarithmic axis.")
    if info.left_out:
        notes.append(f"{info.left_out:,} more lines are not shown: compare fewer runs.")
    return notes


def _number(value: float, unknown: str = "–") -> str:
    return f"{value:.3g}" if math.isfinite(value) else unknown if math.isnan(value) else ("∞" if value > 0 else "−∞")
