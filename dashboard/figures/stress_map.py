"""Which category of hard sentences fails at which checkpoint: a heatmap with the counts in its cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.labels import plain
from dashboard.theme import ATTENTION_SCALE, ORANGE
from mytts_core.evaluation.stress_board import Board, tally_category

MAX_STEPS = 60
STEPS_WITH_COUNTS, STEPS_WITH_NUMBERS = 6, 16
"""Up to so many steps a cell has room for '2 of 7', or for '2'."""


class StressMapInfo(NamedTuple):
    """Categories by steps.

    Attributes:
        shares: float64, (categories, steps), percent of the sentences that fail; NaN where none was spoken.
        counts: the same in words, '2 of 7'.
        shown: the step looked at.
        left_out: earlier steps beyond `MAX_STEPS`.
    """

    categories: tuple[str, ...]
    steps: tuple[int, ...]
    shares: NDArray[np.float64]
    counts: tuple[tuple[str, ...], ...]
    shown: int
    left_out: int

    @property
    def is_empty(self) -> bool:
        return self.shares.size == 0


def get_stress_map_info(board: Board, shown: int) -> StressMapInfo:
    """Prepare the newest steps of a board."""
    results = board.results[-MAX_STEPS:]
    tallies = [[tally_category(result, category) for result in results] for category in board.categories]
    shares = np.array([[100 * one.share for one in row] for row in tallies], np.float64)
    return StressMapInfo(board.categories, tuple(result.step for result in results),
                         shares.reshape(len(board.categories), len(results)),
                         tuple(tuple(f"{one.fails} of {one.sentences}" for one in row) for row in tallies), shown,
                         len(board.results) - len(results))


def plot_stress_map(info: StressMapInfo) -> go.Figure:
    """Draw the map, the first category on top, a frame around the step looked at; a click's `customdata` is
    [category number, step]."""
    figure = go.Figure()
    if info.is_empty:
        return figure
    names = [f"{step:,}" for step in info.steps]
    places = [[[row, step] for step in info.steps] for row in range(len(info.categories))]
    short = [[words.partition(" ")[0] for words in told] for told in info.counts]
    figure.add_trace(go.Heatmap(
        x=names, y=[plain(category) for category in info.categories], z=info.shares, zmin=0, zmax=100,
        colorscale=ATTENTION_SCALE, customdata=places, hovertext=info.counts, xgap=1, ygap=1, name="failing",
        text=info.counts if len(info.steps) <= STEPS_WITH_COUNTS else short, textfont=dict(size=11),
        texttemplate="%{text}" if len(info.steps) <= STEPS_WITH_NUMBERS else None,
        colorbar=dict(title=dict(text="failing (%)", side="right"), nticks=5),
        hovertemplate="%{y}, step %{x}<br>%{hovertext} fail (%{z:.0f} %)<extra></extra>"))
    if info.shown in info.steps:
        place = info.steps.index(info.shown)
        figure.add_shape(type="rect", x0=place - 0.5, x1=place + 0.5, y0=-0.5, y1=len(info.categories) - 0.5,
                         line=dict(color=ORANGE, width=3))
    figure.update_layout(height=max(400, 110 + 21 * len(info.categories)), margin=dict(t=24))
    figure.update_xaxes(title_text="training step (updates)", type="category", showgrid=False)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, ticks="", title_text="category")
    return figure
