"""Gradient norms of every part of the model over the training: a heatmap of layers by steps, logarithmic."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import labels
from dashboard.figures.pooling import pool_maximum
from dashboard.theme import ATTENTION_SCALE, BAD, NEUTRAL
from mytts_core.runs.types import GradientNorms

LEVELS = ("layers", "parts of layers", "variables")
MAX_CELLS = 12_000
"""Cells of a picture; of more steps the largest norm of neighbours is kept, so that no spike vanishes."""
MAX_ROWS = 400


class GradientMapInfo(NamedTuple):
    """Norms of groups of variables over steps.

    Attributes:
        steps: float64, shape (columns,), the middle of the recorded steps in each column.
        groups: a name a row, in the order of the model, safe for plotly.
        exponents: float32, shape (groups, columns), log10 of the norm; NaN where it is zero or not finite.
        is_zero, is_not_finite: bool, shape (groups, columns); a column is not finite if any of its steps is.
        left_out: groups beyond `MAX_ROWS`.
    """

    steps: NDArray[np.float64]
    groups: tuple[str, ...]
    exponents: NDArray[np.float32]
    is_zero: NDArray[np.bool_]
    is_not_finite: NDArray[np.bool_]
    left_out: int

    @property
    def is_empty(self) -> bool:
        return self.exponents.size == 0


def group_of(name: str, level: str) -> str:
    """Return the group of a variable: 'decoder_blocks/0/feed_forward/w1/bias' is in the layer 'decoder_blocks/0'."""
    parts = name.split("/")
    if level == "variables" or len(parts) == 1:
        return name
    depth = next((place + 1 for place, part in enumerate(parts[:-1]) if part.isdigit()), 1)
    if level == "parts of layers":
        depth = min(depth + 1, len(parts) - 1)
    return "/".join(parts[:depth])


def get_gradient_map_info(norms: GradientNorms, level: str = "layers") -> GradientMapInfo:
    """Prepare the norms of groups: the root of the summed squares of their variables' norms."""
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(norms.names):
        groups.setdefault(group_of(name, level), []).append(place)
    shown = list(groups)[:MAX_ROWS]
    if not len(norms.steps) or not shown:
        nothing = np.zeros((0, 0), bool)
        return GradientMapInfo(np.empty(0), (), np.empty((0, 0), np.float32), nothing, nothing, 0)
    values = norms.norms.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        totals = np.stack([np.sqrt(np.square(values[:, groups[name]]).sum(axis=1)) for name in shown])
    columns = max(1, MAX_CELLS // len(shown))
    broken, _ = pool_maximum(~np.isfinite(totals), axis=1, limit=columns)
    pooled, middles = pool_maximum(totals, axis=1, limit=columns)
    is_broken = broken > 0
    is_zero = (pooled == 0) & ~is_broken
    with np.errstate(divide="ignore"):
        exponents = np.where(is_zero | is_broken, np.nan, np.log10(pooled)).astype(np.float32)
    steps = np.interp(middles - 0.5, np.arange(len(norms.steps)), norms.steps.astype(np.float64))
    return GradientMapInfo(steps, tuple(map(labels.plain, shown)), exponents, is_zero, is_broken,
                           len(groups) - len(shown))


def plot_gradient_map(info: GradientMapInfo) -> go.Figure:
    """Draw the parts, the first of the model on top, over steps; zero and not-finite norms in their own colours."""
    figure = go.Figure()
    if info.is_empty:
        return figure
    finite = info.exponents[np.isfinite(info.exponents)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (-1.0, 0.0)
    ticks: list[float] = list(range(math.ceil(low), math.floor(high) + 1))
    ticks = ticks[::max(1, -(-len(ticks) // 8))] or [round(low, 2)]
    figure.add_trace(go.Heatmap(
        x=info.steps, y=info.groups, z=info.exponents, colorscale=ATTENTION_SCALE, zmin=low, zmax=max(high, low + 0.1),
        name="norm", hoverongaps=False, colorbar=dict(
            title=dict(text="norm (L2, logarithmic)", side="right"), tickvals=ticks,
            ticktext=[f"10<sup>{tick:g}</sup>" for tick in ticks]),
        hovertemplate="%{y}<br>step %{x:,.0f}<br>norm 10^%{z:.2f}<extra></extra>"))
    for name, mask, colour in (("zero (dead)", info.is_zero, NEUTRAL), ("not finite", info.is_not_finite, BAD)):
        if mask.any():
            figure.add_trace(go.Heatmap(
                x=info.steps, y=info.groups, z=np.where(mask, 1.0, np.nan).astype(np.float32), showscale=False,
                colorscale=[[0, colour], [1, colour]], zmin=0, zmax=1, name=name, showlegend=True, hoverongaps=False,
                hovertemplate="%{y}<br>step %{x:,.0f}<br>" + name + "<extra></extra>"))
    rows = len(info.groups)
    figure.update_layout(height=min(1_500, 130 + max(180, rows * (18 if rows <= 40 else 9))),
                         showlegend=len(figure.data) > 1, margin=dict(t=44 if len(figure.data) > 1 else 16))
    figure.update_xaxes(title_text="training step (updates)", showgrid=False)
    figure.update_yaxes(title_text="part of the model", type="category", autorange="reversed", showgrid=False, ticks="",
                        nticks=min(rows, 60), tickfont=dict(size=11 if rows <= 40 else 8))
    return figure
