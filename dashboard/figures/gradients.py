"""Gradient norms: over variables at a step, over steps against the clipping threshold, and as a table."""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import labels
from dashboard.figures.lines import ReducedLine, reduce_line
from dashboard.figures.trends import add_marks, set_value_axis
from dashboard.theme import BAD, BLUE, NEUTRAL, ORANGE
from mytts_core.runs.types import GradientNorms, Series

BINS_PER_DECADE = 4
_STEPS_TITLE = "training step (updates)"


class HistogramInfo(NamedTuple):
    """Norms of all variables at a step, or of one variable over steps.

    Attributes:
        counted: what is counted, 'variables' or 'recorded steps'.
        centres: float64, shape (bins,), log10 of the norm; `counts` of them in each bin.
        num_zero, num_not_finite: those outside any bin.
    """

    counted: str
    centres: NDArray[np.float64]
    counts: NDArray[np.int64]
    num_zero: int
    num_not_finite: int

    @property
    def is_empty(self) -> bool:
        return not self.counts.sum() + self.num_zero + self.num_not_finite


class NormInfo(NamedTuple):
    """A norm over steps: the global one with its clipping threshold, or one variable's."""

    name: str
    norm: ReducedLine
    threshold: ReducedLine

    @property
    def is_empty(self) -> bool:
        return len(self.norm.x) == 0 and not self.norm.num_not_finite


class VariableRow(NamedTuple):
    """A variable at a step. `share` of the squared global norm, 0..1; NaN where that is not finite or zero."""

    name: str
    shape: str
    norm: float
    share: float
    state: str


def get_histogram_info(norms: GradientNorms, step: int) -> HistogramInfo:
    """Count variables by the size of their gradient at a step; a step that was not recorded gives an empty info."""
    return _count("variables", _row(norms, step))


def get_variable_histogram_info(norms: GradientNorms, name: str) -> HistogramInfo:
    """Count recorded steps by the size of one variable's gradient; an unknown name gives an empty info."""
    values = norms.norms[:, norms.names.index(name)] if name in norms.names else np.empty(0, np.float32)
    return _count("recorded steps", values)


def _count(counted: str, values: NDArray[np.float32]) -> HistogramInfo:
    positive = values[np.isfinite(values) & (values > 0)]
    num_zero, num_bad = int((values == 0).sum()), int((~np.isfinite(values)).sum())
    if not len(positive):
        return HistogramInfo(counted, np.empty(0), np.empty(0, np.int64), num_zero, num_bad)
    exponents = np.log10(positive.astype(np.float64)) * BINS_PER_DECADE
    first, last = int(np.floor(exponents.min())), int(np.floor(exponents.max()))
    counts = np.bincount(np.floor(exponents).astype(np.int64) - first, minlength=last - first + 1)
    centres = (np.arange(first, last + 1) + 0.5) / BINS_PER_DECADE
    return HistogramInfo(counted, centres, counts, num_zero, num_bad)


def plot_histogram(info: HistogramInfo) -> go.Figure:
    """Draw the counts over a logarithmic axis of norms; zero and not-finite norms stand apart at its ends."""
    figure = go.Figure()
    width = 1 / BINS_PER_DECADE
    first, last = (info.centres[0], info.centres[-1]) if len(info.centres) else (0.0, 0.0)
    apart = max(4 * width, 0.08 * (last - first))
    low, high = first - apart, last + apart
    if len(info.centres):
        ranges = [f"{10 ** (c - width / 2):.2g} to {10 ** (c + width / 2):.2g}" for c in info.centres]
        figure.add_trace(go.Bar(
            x=info.centres, y=info.counts, width=width * 0.92, marker_color=BLUE, name="finite", customdata=ranges,
            hovertemplate="%{y} " + info.counted + ", norm %{customdata}<extra></extra>"))
    if info.num_zero:
        figure.add_trace(go.Bar(x=[low], y=[info.num_zero], width=apart / 2, marker_color=NEUTRAL, name="zero (dead)",
                                hovertemplate="%{y} " + info.counted + " with a norm of exactly 0<extra></extra>"))
    if info.num_not_finite:
        figure.add_trace(go.Bar(
            x=[high], y=[info.num_not_finite], width=apart / 2, marker_color=BAD, name="not finite",
            hovertemplate="%{y} " + info.counted + " with NaN or infinity<extra></extra>"))
    ticks = [(float(power), f"10<sup>{power}</sup>") for power in _decades(info.centres)]
    ticks += [(low, "0")] if info.num_zero else []
    ticks += [(high, "NaN, ∞")] if info.num_not_finite else []
    figure.update_layout(height=320, showlegend=bool(info.num_zero or info.num_not_finite), barmode="overlay")
    figure.update_xaxes(title_text="gradient norm of a variable before clipping (L2, logarithmic)",
                        tickvals=[at for at, _ in ticks], ticktext=[name for _, name in ticks])
    figure.update_yaxes(title_text=f"{info.counted} (count)", rangemode="tozero")
    return figure


def get_global_norm_info(norm: Optional[Series], threshold: Optional[Series]) -> NormInfo:
    """Prepare the global norm and its clipping threshold, as the run logged them; None where it did not."""
    return NormInfo("global norm", _reduced(norm), _reduced(threshold))


def get_variable_info(norms: GradientNorms, name: str) -> NormInfo:
    """Prepare one variable's norm over steps; a name the run does not have gives an empty info."""
    empty = reduce_line(np.empty(0), np.empty(0))
    if name not in norms.names:
        return NormInfo(name, empty, empty)
    return NormInfo(name, reduce_line(norms.steps, norms.norms[:, norms.names.index(name)]), empty)


def plot_norm(info: NormInfo) -> go.Figure:
    """Draw a norm over steps on a logarithmic axis, its threshold dashed, steps that were not finite marked."""
    figure = go.Figure()
    name = labels.plain(info.name)
    mode = "lines" if len(info.norm.x) > 60 else "lines+markers"
    figure.add_trace(go.Scatter(
        x=info.norm.x, y=np.where(info.norm.y > 0, info.norm.y, np.nan), mode=mode, name=name,
        line=dict(color=BLUE, width=1.5), hovertemplate="%{y:.4g} at %{x:,}<extra>" + name + "</extra>"))
    if len(info.threshold.x):
        figure.add_trace(go.Scatter(
            x=info.threshold.x, y=info.threshold.y, mode="lines" if len(info.threshold.x) > 1 else "markers",
            name="clipping threshold", line=dict(color=ORANGE, width=2, dash="dash"),
            hovertemplate="%{y:.4g} at %{x:,}<extra>threshold</extra>"))
    add_marks(figure, info.norm)
    figure.update_layout(height=320, showlegend=len(figure.data) > 1)
    figure.update_xaxes(title_text=_STEPS_TITLE)
    set_value_axis(figure, "norm before clipping (L2)", log_y=True)
    return figure


def get_variable_rows(norms: GradientNorms, step: int) -> list[VariableRow]:
    """List the variables at a step: not finite ones first, then dead ones, then the largest."""
    values = _row(norms, step).astype(np.float64)
    total = float(np.square(values).sum()) if np.isfinite(values).all() else float("nan")
    rows = []
    for index, value in enumerate(values):
        state = "not finite" if not np.isfinite(value) else "dead (zero)" if value == 0 else ""
        share = value**2 / total if total > 0 else float("nan")
        shape = " × ".join(map(str, norms.shapes[index])) if index < len(norms.shapes) else ""
        rows.append(VariableRow(norms.names[index], shape, float(value), share, state))
    order = {"not finite": 0, "dead (zero)": 1, "": 2}
    return sorted(rows, key=lambda row: (order[row.state], -row.norm if row.state == "" else 0))


def _row(norms: GradientNorms, step: int) -> NDArray[np.float32]:
    found = np.flatnonzero(norms.steps == step)
    return norms.norms[found[-1]] if len(found) else np.empty(0, np.float32)


def _reduced(series: Optional[Series]) -> ReducedLine:
    return reduce_line(series.steps, series.values) if series else reduce_line(np.empty(0), np.empty(0))


def _decades(centres: NDArray[np.float64]) -> range:
    if not len(centres):
        return range(0)
    first, last = int(np.ceil(centres[0] - 0.5)), int(np.floor(centres[-1] + 0.5))
    return range(first, last + 1, max(1, (last - first) // 8))
