"""How an utterance's alignment came to be: its heatmap at each step as small multiples, and its scores over steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import labels
from dashboard.figures.alignment import brightest, time_of_frame, time_title
from dashboard.figures.pooling import pool_maximum
from dashboard.figures.trends import ALIGNED_THRESHOLD
from dashboard.theme import ATTENTION_SCALE, COLOURS, NEUTRAL, ORANGE
from mytts_core.runs.types import SampleSummary

MAX_PICTURES, COLUMNS = 8, 4
MAX_COLUMNS, MAX_TOKENS = 90, 60
_SCORES = ("diagonality", "focus", "coverage")


class Picture(NamedTuple):
    """One step's heatmap: weights float32 (rows, columns), NaN where not finite; times (columns,) in the unit."""

    step: int
    times: NDArray[np.float64]
    tokens: tuple[str, ...]
    weights: NDArray[np.float32]
    diagonality: float


class EvolutionInfo(NamedTuple):
    """Pictures in the order of steps; `chosen` is the step the page shows."""

    pictures: tuple[Picture, ...]
    time_unit: str
    chosen: int

    @property
    def is_empty(self) -> bool:
        return not self.pictures


class ScoresInfo(NamedTuple):
    """Scores of one utterance over steps: name → float64 (steps,), NaN where not known."""

    steps: tuple[int, ...]
    scores: dict[str, NDArray[np.float64]]
    chosen: int

    @property
    def is_empty(self) -> bool:
        return not any(np.isfinite(values).any() for values in self.scores.values())


def choose_steps(steps: Sequence[int], chosen: int, limit: int = MAX_PICTURES) -> list[int]:
    """Return at most `limit` of the steps, evenly spread, with the first, the last and the chosen one among them."""
    if len(steps) <= limit:
        return list(steps)
    kept = {steps[round(place)] for place in np.linspace(0, len(steps) - 1, limit)}
    if chosen in steps and chosen not in kept:
        inner = sorted(kept)[1:-1]
        kept.remove(min(inner, key=lambda step: abs(step - chosen)))
        kept.add(chosen)
    return sorted(kept)


def get_evolution_info(samples: Sequence[tuple[SampleSummary, Optional[NDArray]]], chosen: int) -> EvolutionInfo:
    """Prepare the pictures of one utterance.

    Args:
        samples: its summary and one head's attention of shape (groups, S), a step each; None is left out.
        chosen: the step to mark.
    """
    pictures, unit = [], "s"
    for summary, attention in samples:
        if attention is None or np.ndim(attention) != 2 or 0 in np.shape(attention):
            continue
        per_frame, unit = time_of_frame(summary.frames_per_second)
        pooled, rows = pool_maximum(attention, axis=0, limit=MAX_COLUMNS)
        pooled, columns = pool_maximum(pooled, axis=1, limit=MAX_TOKENS)
        names = labels.token_labels(summary.tokens, np.shape(attention)[1])
        pictures.append(Picture(summary.step, rows * summary.reduction_factor * per_frame,
                                tuple(names[int(middle)] for middle in columns), pooled.T,
                                summary.teacher_forced.diagonality))
    return EvolutionInfo(tuple(pictures), unit, chosen)


def plot_evolution(info: EvolutionInfo) -> go.Figure:
    """Draw the pictures row by row in the order of steps, the chosen one framed; one scale of colour for all."""
    if info.is_empty:
        return go.Figure()
    num_rows = math.ceil(len(info.pictures) / COLUMNS)
    top_weight = max(brightest(picture.weights) for picture in info.pictures)
    notes: list[dict[str, Any]] = [
        dict(text=time_title(info.time_unit), x=0.5, y=0, yshift=-2, xanchor="center", yanchor="top", **_ON_PAPER),
        dict(text="token, in text order", x=0, y=0.5, xshift=-8, textangle=-90, xanchor="right", yanchor="middle",
             **_ON_PAPER)]
    layout: dict[str, Any] = dict(height=40 + 190 * num_rows, margin=dict(l=40, r=8, t=28, b=24), showlegend=False)
    traces = []
    for number, picture in enumerate(info.pictures):
        row, column = divmod(number, COLUMNS)
        left, width = column / COLUMNS, 0.92 / COLUMNS
        top, height = 1 - row / num_rows, 0.84 / num_rows
        is_chosen = picture.step == info.chosen
        frame = dict(linecolor=ORANGE, linewidth=3) if is_chosen else dict(linewidth=1)
        axis = str(number + 1)
        layout[f"xaxis{axis}"] = dict(domain=[left, left + width], anchor=f"y{axis}", **_BARE_AXIS, **frame)
        layout[f"yaxis{axis}"] = dict(domain=[top - height, top], anchor=f"x{axis}", type="category", **_BARE_AXIS,
                                      **frame)
        notes.append(dict(text=_title(picture, is_chosen), x=left + width / 2, y=top, xanchor="center",
                          yanchor="bottom", **_ON_PAPER))
        traces.append(dict(
            type="heatmap", x=picture.times, y=picture.tokens, z=_percent(picture.weights), zmin=0,
            zmax=100 * top_weight, colorscale=ATTENTION_SCALE, showscale=False, name=f"step {picture.step:,}",
            xaxis=f"x{axis}", yaxis=f"y{axis}", hovertemplate="token %{y}<br>%{x:.2f} " + info.time_unit
            + "<br>weight %{z} %<extra>step " + f"{picture.step:,}</extra>"))
    return go.Figure(dict(data=traces, layout={**layout, "annotations": notes}))


def get_scores_info(samples: Sequence[SampleSummary], chosen: int) -> ScoresInfo:
    """Gather the scores of one utterance, a summary a step."""
    scores = {name: np.array([getattr(one.teacher_forced, name) for one in samples], np.float64) for name in _SCORES}
    free = [one.free_running.scores.diagonality if one.free_running else math.nan for one in samples]
    return ScoresInfo(tuple(one.step for one in samples),
                      {**scores, "diagonality, free running": np.array(free, np.float64)}, chosen)


def plot_scores(info: ScoresInfo) -> go.Figure:
    """Draw the scores over steps, the chosen step and the threshold of diagonality marked."""
    figure = go.Figure()
    dashes: Mapping[str, str] = {"diagonality, free running": "dash"}
    for number, (name, values) in enumerate(info.scores.items()):
        if np.isfinite(values).any():
            figure.add_trace(go.Scatter(
                x=info.steps, y=np.where(np.isfinite(values), values, np.nan), mode="lines+markers", name=name,
                line=dict(color=COLOURS[0 if name in dashes else number % len(COLOURS)], width=2,
                          dash=dashes.get(name, "solid")), marker=dict(size=6),
                hovertemplate="%{y:.3f} at %{x:,}<extra>" + name + "</extra>"))
    figure.add_hline(y=ALIGNED_THRESHOLD, line=dict(color=NEUTRAL, width=1, dash="dot"))
    figure.add_vline(x=info.chosen, line=dict(color=ORANGE, width=2))
    figure.update_layout(height=280, showlegend=True, margin=dict(t=48))
    figure.update_xaxes(title_text="training step (updates)")
    figure.update_yaxes(title_text="score (0–1)", range=[-0.03, 1.03])
    return figure


_BARE_AXIS = dict(mirror=True, showline=True, ticks="", showticklabels=False, showgrid=False)
_ON_PAPER = dict(xref="paper", yref="paper", showarrow=False, font=dict(size=11))


def _percent(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return whole percents, a byte each: a page sends eight of these pictures."""
    return np.nan_to_num(np.clip(weights, 0, 1) * 100).round().astype(np.uint8)


def _title(picture: Picture, is_chosen: bool) -> str:
    words = f"step {picture.step:,}"
    if math.isfinite(picture.diagonality):
        words += f" · {picture.diagonality:.2f}"
    return f"<b>{words} ◂</b>" if is_chosen else words
