"""What a listening test found, as figures: shares of wins and strengths, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Union

import plotly.graph_objects as go

from dashboard.figures.labels import plain, shortened
from dashboard.theme import BLUE, NEUTRAL, TEAL
from mytts_core.listening.binomial import Interval
from mytts_core.listening.bradley_terry import Strength
from mytts_core.listening.pair_results import AbxResult, PairResult

MAX_PAIRS = 66


class Estimate(NamedTuple):
    """A row: its name, a number, the ends of its 95 % interval (NaN where there is none), and what to say of it."""

    name: str
    value: float
    low: float
    high: float
    note: str
    stands_out: bool = False


class EstimatesInfo(NamedTuple):
    """Rows from the top down."""

    rows: tuple[Estimate, ...]

    @property
    def is_empty(self) -> bool:
        return not self.rows


def winner_first(pair: PairResult) -> PairResult:
    """Return the same result with the setting first that won more votes."""
    if pair.losses <= pair.wins:
        return pair

    def turned(interval: Interval) -> Interval:
        return (1 - interval[1], 1 - interval[0])

    return pair._replace(first=pair.second, second=pair.first, wins=pair.losses, losses=pair.wins,
                         share=1 - pair.share, interval=turned(pair.interval),
                         resampled=None if pair.resampled is None else turned(pair.resampled))


def get_preference_info(pairs: Sequence[Union[PairResult, AbxResult]]) -> EstimatesInfo:
    """Gather the shares of pairs that have decided votes; `stands_out` where the result is conclusive."""
    rows = []
    for pair in pairs[:MAX_PAIRS]:
        if not math.isfinite(pair.share):
            continue
        if isinstance(pair, AbxResult):
            name, note = f"{pair.first} – {pair.second}", f"{pair.correct} of {pair.answers} right"
        else:
            pair = winner_first(pair)
            name = f"{pair.first} over {pair.second}"
            note = f"{pair.wins} to {pair.losses}, {pair.ties} × no difference"
        rows.append(Estimate(name, pair.share, *pair.interval, note, pair.conclusive))
    return EstimatesInfo(tuple(rows))


def get_ranking_info(ranking: Sequence[Strength]) -> EstimatesInfo:
    """Gather the strengths, the best first."""
    none = (math.nan, math.nan)
    return EstimatesInfo(tuple(
        Estimate(f"{one.rank}. {one.label}", one.strength, *(one.interval or none),
                 f"preferred to an average setting with a chance of {one.win_share:.0%}") for one in ranking))


def plot_preferences(info: EstimatesInfo, *, abx: bool = False) -> go.Figure:
    """Draw each pair's share of wins, or of right answers, against one half: even chances, or guessing."""
    figure = _plot(info)
    figure.add_vline(0.5, line=dict(color=NEUTRAL, width=1, dash="dash"))
    figure.update_xaxes(title_text="right answers (share)" if abx else "preferred (share of decided votes)",
                        range=[-0.02, 1.02], tickformat=".0%")
    return figure


def plot_ranking(info: EstimatesInfo) -> go.Figure:
    """Draw each setting's strength; where the resampled intervals lie apart, so do the settings."""
    figure = _plot(info)
    figure.add_vline(0, line=dict(color=NEUTRAL, width=1, dash="dash"))
    figure.update_xaxes(title_text="strength (log-odds, mean 0)")
    return figure


def _plot(info: EstimatesInfo) -> go.Figure:
    figure = go.Figure()
    names = [plain(shortened(row.name, 48)) for row in info.rows]
    figure.add_trace(go.Scatter(
        x=[row.value for row in info.rows], y=list(range(len(names))), mode="markers", showlegend=False,
        marker=dict(size=11, color=[TEAL if row.stands_out else BLUE for row in info.rows],
                    symbol=["diamond" if row.stands_out else "circle" for row in info.rows]),
        error_x=dict(type="data", symmetric=False, thickness=2, width=6, color=NEUTRAL,
                     array=[row.high - row.value for row in info.rows],
                     arrayminus=[row.value - row.low for row in info.rows]),
        customdata=[[name, plain(row.note), row.low, row.high] for name, row in zip(names, info.rows)],
        hovertemplate="%{customdata[0]}<br>%{x:.2f}, 95 % interval %{customdata[2]:.2f} to %{customdata[3]:.2f}<br>"
                      "%{customdata[1]}<extra></extra>"))
    figure.update_layout(height=min(1_400, 110 + 44 * max(len(names), 1)), margin=dict(t=16))
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.5, -0.5], ticks="",
                        showgrid=False, zeroline=False)
    return figure
