"""Every head of an utterance as small multiples, layers down and heads across, the chosen one marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import labels
from dashboard.figures.alignment import time_of_frame, time_title
from dashboard.figures.pooling import pool_maximum
from dashboard.theme import ATTENTION_SCALE, ORANGE
from mytts_core.monitoring.alignment import compute_alignment_diagonality

MAX_COLUMNS, MAX_TOKENS = 100, 60
MAX_LAYERS, MAX_HEADS = 12, 12


class HeadsInfo(NamedTuple):
    """All heads.

    Attributes:
        times: float64, shape (columns,), in `time_unit`.
        tokens: one label a row of a picture.
        percent: uint8, shape (layers, heads, rows, columns), weights in percent.
        diagonality: float64, shape (layers, heads), in 0..1, from the full matrices.
        first_layer: number of the first layer shown, counted from 0.
        chosen: (layer, head) counted from 0, None when none was chosen.
        left_out: how many heads are not shown because there are too many.
    """

    times: NDArray[np.float64]
    time_unit: str
    tokens: tuple[str, ...]
    percent: NDArray[np.uint8]
    diagonality: NDArray[np.float64]
    first_layer: int
    chosen: Optional[tuple[int, int]]
    left_out: int

    @property
    def is_empty(self) -> bool:
        return self.percent.size == 0


def get_heads_info(attention: Optional[NDArray], tokens: Sequence[str], *, chosen: Optional[tuple[int, int]] = None,
                   reduction_factor: int = 1, frames_per_second: float = float("nan")) -> HeadsInfo:
    """Prepare all heads of attention of shape (layers, heads, groups, S); None or empty gives an empty info."""
    per_frame, unit = time_of_frame(frames_per_second)
    if attention is None or np.ndim(attention) != 4 or 0 in np.shape(attention):
        return HeadsInfo(np.empty(0), unit, (), np.empty((0, 0, 0, 0), np.uint8), np.empty((0, 0)), 0, chosen, 0)
    total = attention.shape[0] * attention.shape[1]
    shown = np.asarray(attention)[-MAX_LAYERS:, :MAX_HEADS]   # of more layers the last: alignment is learnt there
    first_layer = attention.shape[0] - shown.shape[0]
    diagonality = np.array([[compute_alignment_diagonality(head) for head in layer] for layer in shown])
    pooled, rows = pool_maximum(shown, axis=2, limit=MAX_COLUMNS)
    pooled, columns = pool_maximum(pooled, axis=3, limit=MAX_TOKENS)
    percent = np.nan_to_num(np.clip(pooled, 0, 1) * 100).round().astype(np.uint8).swapaxes(2, 3)
    names = labels.token_labels(tokens, attention.shape[3])
    return HeadsInfo(rows * reduction_factor * per_frame, unit, tuple(names[int(middle)] for middle in columns),
                     percent, diagonality, first_layer, chosen, total - diagonality.size)


def plot_heads(info: HeadsInfo) -> go.Figure:
    """Draw every head; titles say layer, head (counted from 1) and diagonality."""
    if info.is_empty:
        return go.Figure()
    num_layers, num_heads = info.percent.shape[:2]
    brightest = max(10, int(info.percent.max()))
    # Written as one layout: plotly's make_subplots takes seconds for 144 pictures.
    layout: dict[str, Any] = dict(height=60 + 130 * num_layers, margin=dict(l=40, r=8, t=28, b=24), showlegend=False,
                                  annotations=_axis_names(info))
    traces = []
    for number, (layer, head) in enumerate(np.ndindex(num_layers, num_heads), start=1):
        name = f"layer {info.first_layer + layer + 1}, head {head + 1}"
        left, width = head / num_heads, 0.9 / num_heads
        top, height = 1 - layer / num_layers, 0.78 / num_layers
        frame = dict(linecolor=ORANGE, linewidth=3) if _is_chosen(info, layer, head) else dict(linewidth=1)
        layout[f"xaxis{number}"] = dict(domain=[left, left + width], anchor=f"y{number}", **_BARE_AXIS, **frame)
        layout[f"yaxis{number}"] = dict(domain=[top - height, top], anchor=f"x{number}", type="category", **_BARE_AXIS,
                                        **frame)
        layout["annotations"].append(dict(text=_title(info, layer, head), x=left + width / 2, y=top, **_ON_PAPER,
                                          xanchor="center", yanchor="bottom"))
        traces.append(dict(
            type="heatmap", x=info.times, y=info.tokens, z=info.percent[layer, head], zmin=0, zmax=brightest,
            colorscale=ATTENTION_SCALE, showscale=False, name=name, xaxis=f"x{number}", yaxis=f"y{number}",
            hovertemplate="token %{y}<br>%{x:.2f} " + info.time_unit + "<br>weight %{z} %<extra>" + name + "</extra>"))
    return go.Figure(dict(data=traces, layout=layout))


_BARE_AXIS = dict(mirror=True, showline=True, ticks="", showticklabels=False, showgrid=False)
_ON_PAPER = dict(xref="paper", yref="paper", showarrow=False, font=dict(size=11))


def _axis_names(info: HeadsInfo) -> list[dict[str, Any]]:
    return [dict(text=time_title(info.time_unit), x=0.45, y=0, yshift=6, xanchor="center", yanchor="top", **_ON_PAPER),
            dict(text="token, in text order", x=0, y=0.5, xshift=-14, textangle=-90, xanchor="right", yanchor="middle",
                 **_ON_PAPER)]


def _is_chosen(info: HeadsInfo, layer: int, head: int) -> bool:
    return (info.first_layer + layer, head) == info.chosen


def _title(info: HeadsInfo, layer: int, head: int) -> str:
    words = f"L{info.first_layer + layer + 1} H{head + 1} · {info.diagonality[layer, head]:.2f}"
    return f"<b>{words} ◂</b>" if _is_chosen(info, layer, head) else words
