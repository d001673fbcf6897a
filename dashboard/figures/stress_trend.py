"""The share of hard sentences that fail, over the checkpoints of a run: in all with its interval, and by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.labels import plain, shortened
from dashboard.theme import BERRY, BLUE, COLOURS, NEUTRAL, ORANGE, SAND, TEAL, VIOLET
from mytts_core.evaluation.stress_board import Board, recognition, tally
from mytts_core.evaluation.stress_record import KINDS

# Each kind has a colour and a dash of its own: seven colours alone are not told apart.
_LOOKS = {"lost": (NEUTRAL, "solid"), "skipped": (BERRY, "dash"), "repeated": (ORANGE, "dash"),
          "stalled": (VIOLET, "dot"), "cut short": (TEAL, "dashdot"), "no stop": (SAND, "dash"),
          "length": (NEUTRAL, "dot")}


class StressLine(NamedTuple):
    """A run over its checkpoints, in percent of the sentences spoken.

    Attributes:
        steps: (N,); all: float64, (N,), failing in any way; low, high: its 95 % interval.
        kinds: kind → float64, (N,), those that occur.
        words, characters: float64, (N,), the recogniser's errors; NaN where none listened.
    """

    run: str
    steps: tuple[int, ...]
    all: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    kinds: dict[str, NDArray[np.float64]]
    words: NDArray[np.float64]
    characters: NDArray[np.float64]


class StressTrendInfo(NamedTuple):
    """Lines of the picked run, the first, and of those compared with it; the step to choose, and the one looked at."""

    lines: tuple[StressLine, ...]
    chosen: Optional[int]
    shown: int

    @property
    def is_empty(self) -> bool:
        return not any(line.steps for line in self.lines)

    @property
    def was_heard(self) -> bool:
        """Whether a recogniser listened to the picked run."""
        return bool(np.isfinite(self.lines[0].characters).any())


def get_stress_trend_info(boards: Mapping[str, Board], chosen: Optional[int], shown: int) -> StressTrendInfo:
    """Prepare the boards of runs by name, the picked one first."""
    return StressTrendInfo(tuple(_line(name, board) for name, board in boards.items()), chosen, shown)


def plot_failures(info: StressTrendInfo) -> go.Figure:
    """Draw the shares over steps, the interval as bars; the steps chosen and looked at as lines."""
    figure = go.Figure()
    if info.is_empty:
        return figure
    for number, line in enumerate(info.lines):
        if not line.steps:
            continue
        name = "failing" if len(info.lines) == 1 else f"failing, {plain(shortened(line.run, 32))}"
        figure.add_trace(go.Scatter(
            x=line.steps, y=line.all, name=name, mode="lines+markers", marker=dict(size=8),
            line=dict(color=BLUE if not number else COLOURS[(number + 1) % len(COLOURS)], width=2.5,
                      dash="dash" if number else "solid"),
            error_y=dict(type="data", symmetric=False, array=line.high - line.all, arrayminus=line.all - line.low,
                         thickness=1.2, width=4),
            customdata=np.stack([line.low, line.high], axis=1),
            hovertemplate="%{y:.1f} % (95 % interval %{customdata[0]:.1f}–%{customdata[1]:.1f} %)<br>step %{x:,}"
                          "<extra>" + name + "</extra>"))
    for kind, values in info.lines[0].kinds.items():
        colour, dash = _LOOKS[kind]
        figure.add_trace(go.Scatter(
            x=info.lines[0].steps, y=values, name=kind, mode="lines+markers", marker=dict(size=5),
            visible=True if len(info.lines) == 1 else "legendonly",      # beside other runs a click shows them
            line=dict(color=colour, width=1.6, dash=dash),
            hovertemplate="%{y:.1f} % at step %{x:,}<extra>" + kind + "</extra>"))
    _mark_steps(figure, info)
    _lay_out(figure, "failing sentences (%)", info.lines)
    return figure


def plot_recognition(info: StressTrendInfo) -> go.Figure:
    """Draw the recogniser's errors over steps."""
    figure = go.Figure()
    for number, line in enumerate(info.lines):
        of_run = "" if len(info.lines) == 1 else f", {plain(shortened(line.run, 32))}"
        for name, values, dash in (("characters", line.characters, "solid"), ("words", line.words, "dot")):
            if np.isfinite(values).any():
                figure.add_trace(go.Scatter(
                    x=line.steps, y=values, name=name + of_run, mode="lines+markers", marker=dict(size=6),
                    line=dict(color=BLUE if not number else COLOURS[(number + 1) % len(COLOURS)], width=2, dash=dash),
                    hovertemplate="%{y:.1f} % at step %{x:,}<extra>" + name + of_run + "</extra>"))
    if figure.data:
        _mark_steps(figure, info)
        _lay_out(figure, "recogniser's errors (% of what is said)", info.lines)
    return figure


def _line(name: str, board: Board) -> StressLine:
    tallies = [tally(result.outcomes) for result in board.results]
    heard = [recognition(result.outcomes) for result in board.results]
    counts = np.maximum([one.sentences for one in tallies], 1)
    by_kind = np.array([one.by_kind for one in tallies], float).reshape(-1, len(KINDS))
    kinds = {kind: _percent(by_kind[:, place] / counts) for place, kind in enumerate(KINDS) if by_kind[:, place].any()}
    return StressLine(name, board.steps, _percent([one.share for one in tallies]),
                      _percent([one.interval[0] for one in tallies]), _percent([one.interval[1] for one in tallies]),
                      kinds, _percent([one.word_share for one in heard]),
                      _percent([one.character_share for one in heard]))


def _percent(shares: Sequence[float] | NDArray) -> NDArray[np.float64]:
    return 100 * np.asarray(shares, np.float64)


def _mark_steps(figure: go.Figure, info: StressTrendInfo) -> None:
    if info.chosen is not None:
        figure.add_vline(x=info.chosen, line=dict(color=TEAL, width=1.5, dash="dot"), annotation_text="choose",
                         annotation_position="top left", annotation_font_size=11)
    figure.add_vline(x=info.shown, line=dict(color=ORANGE, width=2), layer="below")


def _lay_out(figure: go.Figure, title: str, lines: Sequence[StressLine]) -> None:
    steps = sorted({step for line in lines for step in line.steps})
    span = max(steps[-1] - steps[0], 1)
    figure.update_layout(height=400, showlegend=True, margin=dict(t=70))
    figure.update_xaxes(title_text="training step (updates)", range=[steps[0] - 0.06 * span, steps[-1] + 0.06 * span],
                        tickformat=",")
    figure.update_yaxes(title_text=title, rangemode="tozero")
