"""How often the clipping threshold, not the gradient, sets the size of a step."""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.lines import ReducedLine, reduce_line
from dashboard.theme import BLUE
from mytts_core.runs.types import Series

RECENT_SHARE = 0.2


class ClippingInfo(NamedTuple):
    """Share of clipped steps, 0..1: `line` as logged, `overall` its mean, `recent` that of the last fifth; NaN unknown.

    `source` is 'logged', or 'compared' where it comes from logged norms above the logged threshold.
    """

    line: ReducedLine
    overall: float
    recent: float
    source: str

    @property
    def is_empty(self) -> bool:
        return len(self.line.x) == 0


def get_clipping_info(share: Optional[Series], norm: Optional[Series], threshold: Optional[Series]) -> ClippingInfo:
    """Prepare the share of clipped steps from what a run logged; without it, from its norms and thresholds."""
    if share is not None and np.isfinite(share.values).any():
        return _info(share.steps, share.values, "logged")
    if norm is not None and threshold is not None:
        steps, left, right = np.intersect1d(norm.steps, threshold.steps, return_indices=True)
        values, limits = norm.values[left], threshold.values[right]
        known = np.isfinite(values) & np.isfinite(limits)
        if known.any():
            return _info(steps[known], (values[known] > limits[known]).astype(np.float64), "compared")
    return ClippingInfo(reduce_line(np.empty(0), np.empty(0)), float("nan"), float("nan"), "")


def plot_clipping(info: ClippingInfo) -> go.Figure:
    """Draw the share of clipped steps over steps."""
    single = np.isfinite(info.line.y).sum() < 2
    figure = go.Figure(go.Scatter(
        x=info.line.x, y=info.line.y, mode="markers" if single else "lines", name="clipped steps", fill=None if single
        else "tozeroy", line=dict(color=BLUE, width=1.5), hovertemplate="%{y:.0%} at %{x:,}<extra></extra>"))
    figure.update_layout(height=220, showlegend=False, margin=dict(t=16))
    figure.update_xaxes(title_text="training step (updates)")
    figure.update_yaxes(title_text="share of steps (0–1)", range=[-0.03, 1.03])
    return figure


def clipping_words(info: ClippingInfo, strategy: str = "") -> str:
    """Say how often steps were clipped, and whether that is by design; '' where it is not known."""
    if info.is_empty:
        return ""
    words = f"{info.overall:.0%} of all steps were clipped, {info.recent:.0%} of the last fifth"
    words += " (logged norms above the threshold)." if info.source == "compared" else "."
    if strategy == "percentile":
        return words + " The percentile strategy clips most steps by design."
    return words + (" The threshold, not the gradient, sets the size of the updates." if info.recent >= 0.95 else "")


def _info(steps: np.ndarray, values: np.ndarray, source: str) -> ClippingInfo:
    recent = values[-max(1, round(len(values) * RECENT_SHARE)):]
    last = float(np.nanmean(recent)) if np.isfinite(recent).any() else float("nan")
    return ClippingInfo(reduce_line(steps, values), float(np.nanmean(values)), last, source)
