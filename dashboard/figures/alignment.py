"""Attention of one utterance: one head as a heatmap of tokens by time, with the faults on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import labels
from dashboard.figures.pooling import pool_maximum
from dashboard.theme import ATTENTION_SCALE, BERRY, NEUTRAL, ORANGE, VIOLET
from mytts_core.runs.types import FaultRecord

MAX_COLUMNS = 600
MAX_CELLS = 24_000
"""Below 200 kB on its way to the browser."""
MAX_TICKS = 90
_FAULT_COLOURS = {"skipped": BERRY, "repeated": ORANGE, "stalled": VIOLET}


class FaultBox(NamedTuple):
    """A fault as a box over the heatmap: from `start` to `end` in the unit of time, on the row of its token."""

    kind: str
    start: float
    end: float
    token_index: int


class AlignmentInfo(NamedTuple):
    """One head's attention.

    Attributes:
        times: float64, shape (columns,), middle of each column, in `time_unit`: 's', or 'frames' without a frame rate.
        length: of the whole utterance, in `time_unit`.
        tokens: S different labels, in text order, safe for plotly.
        ticks: the tokens named on the axis: (position, short label).
        weights: float32, shape (S, columns), in 0..1, NaN for a weight that is not finite.
    """

    times: NDArray[np.float64]
    time_unit: str
    length: float
    tokens: tuple[str, ...]
    ticks: tuple[tuple[int, str], ...]
    weights: NDArray[np.float32]
    faults: tuple[FaultBox, ...]

    @property
    def is_empty(self) -> bool:
        return self.weights.size == 0


def get_alignment_info(attention: Optional[NDArray], tokens: Sequence[str], *, reduction_factor: int = 1,
                       frames_per_second: float = float("nan"), faults: Sequence[FaultRecord] = ()) -> AlignmentInfo:
    """Prepare one head.

    Args:
        attention: shape (groups, S), a row a group of `reduction_factor` frames; None or empty gives an empty info.
        tokens: display tokens; more or fewer than S do no harm.
        frames_per_second: NaN when unknown: times are then in frames.
    """
    per_frame, unit = time_of_frame(frames_per_second)
    if attention is None or np.ndim(attention) != 2 or 0 in np.shape(attention):
        return AlignmentInfo(np.empty(0), unit, 0.0, (), (), np.empty((0, 0), np.float32), ())
    num_rows, num_tokens = np.shape(attention)
    pooled, centres = pool_maximum(attention, axis=0, limit=max(1, min(MAX_COLUMNS, MAX_CELLS // num_tokens)))
    length = num_rows * reduction_factor * per_frame
    every = max(1, -(-num_tokens // MAX_TICKS))
    ticks = tuple((index, labels.plain(labels.shown_token(tokens[index])) if index < len(tokens) else str(index))
                  for index in range(0, num_tokens, every))
    return AlignmentInfo(centres * reduction_factor * per_frame, unit, length,
                         tuple(labels.token_labels(tokens, num_tokens)), ticks, pooled.T,
                         _fault_boxes(faults, per_frame, length, num_tokens))


def plot_alignment(info: AlignmentInfo, title: str = "", track: str = "") -> go.Figure:
    """Draw tokens (first at the bottom) over time, with the weight as colour and a frame around each fault.

    `track` names the sound that a click on the heatmap plays (see `dashboard/widgets/listening.js`).
    """
    figure = go.Figure()
    if not info.is_empty:
        figure.add_trace(go.Heatmap(
            x=info.times, y=info.tokens, z=info.weights, zmin=0, zmax=brightest(info.weights),
            colorscale=ATTENTION_SCALE, name="attention", meta=dict(track=track, rows="tokens") if track else None,
            colorbar=dict(title=dict(text="weight (0–1)", side="right"), nticks=5),
            hovertemplate="token %{y}<br>%{x:.2f} " + info.time_unit + "<br>weight %{z:.3f}<extra></extra>"))
    seen: set[str] = set()
    for box in info.faults:
        colour = _FAULT_COLOURS.get(box.kind, NEUTRAL)
        figure.add_shape(type="rect", x0=box.start, x1=box.end, y0=box.token_index - 0.5, y1=box.token_index + 0.5,
                         line=dict(color=colour, width=2), name=labels.plain(box.kind), legendgroup=box.kind,
                         showlegend=box.kind not in seen)
        seen.add(box.kind)
    figure.update_layout(title_text=labels.plain(title), height=min(720, 150 + max(220, 11 * len(info.tokens))),
                         showlegend=bool(seen), legend=dict(xanchor="right", x=1),
                         margin=dict(t=64 if len(seen) < 3 else 88))
    figure.update_xaxes(title_text=time_title(info.time_unit), range=[0, info.length] if info.length else None,
                        showgrid=False)
    figure.update_yaxes(title_text="token, in text order", type="category", showgrid=False, tickmode="array",
                        tickvals=[position for position, _ in info.ticks], ticktext=[name for _, name in info.ticks],
                        tickfont=dict(size=11 if len(info.ticks) <= 60 else 9), ticks="")
    return figure


def brightest(weights: NDArray) -> float:
    """Return the weight shown brightest: the largest, but at least 0.1, so that uniform attention stays dark."""
    largest = np.nanmax(weights) if np.isfinite(weights).any() else 0.0
    return float(np.clip(largest, 0.1, 1.0))


def time_of_frame(frames_per_second: float) -> tuple[float, str]:
    """Return (length of a mel frame, unit): in seconds, or 1 frame where the rate is not known."""
    if np.isfinite(frames_per_second) and frames_per_second > 0:
        return 1 / frames_per_second, "s"
    return 1.0, "frames"


def time_title(unit: str) -> str:
    """Return the title of a time axis."""
    return "time (s)" if unit == "s" else "time (mel frames)"


def _fault_boxes(faults: Sequence[FaultRecord], per_frame: float, length: float,
                 num_tokens: int) -> tuple[FaultBox, ...]:
    boxes = []
    for fault in faults:
        if not 0 <= fault.token_index < num_tokens:
            continue
        start = max(0.0, fault.start_frame * per_frame) if fault.start_frame >= 0 else 0.0
        end = min(length, fault.end_frame * per_frame) if fault.end_frame > fault.start_frame >= 0 else length
        boxes.append(FaultBox(fault.kind, min(start, end), end, fault.token_index))
    return tuple(boxes)
