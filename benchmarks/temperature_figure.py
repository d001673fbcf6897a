"""The picture of what temperature does: a panel a measure, a line a run, bars for the 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.temperature_statistics import Estimate
from benchmarks.temperature_summary import NEUTRAL, Summary

COLOURS, MARKERS = ("#1b74b7", "#dd7117", "#20a4ac", "#c03a5b"), "osD^"
INK, GRID = "#2a3440", "#e6eaef"


class Panel(NamedTuple):
    """One measure: its title with the unit, and how to read it off a summary; `band` is shaded as allowed."""

    title: str
    read: Callable[[Summary], Estimate]
    band: tuple[float, float] | None = None
    from_zero: bool = True


PANELS = (
    Panel("Duration: variation over seeds, %", lambda item: item.duration),
    Panel("Median pitch: deviation over seeds, semitones", lambda item: item.pitch),
    Panel("Mel distance between two takes, dB", lambda item: item.between),
    Panel("Mean length against temperature 1.0, %", lambda item: item.length, band=(-2, 2), from_zero=False),
    Panel("Pitch within a take: deviation, semitones", lambda item: item.pitch_spread, from_zero=False),
    Panel("Takes that skip, repeat or do not stop, %", lambda item: item.faults.scaled(100)),
)


def draw(runs: Mapping[str, Sequence[Summary]]) -> Any:
    """Return a matplotlib `Figure` of the summaries of each run, by name, in the order of temperatures.

    The intervals of the first five panels are Student's over texts, those of the last are Wilson's over takes.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.4), layout="constrained", facecolor="white")
    grid = figure.subplots(2, 3)
    for panel, axes in zip(PANELS, grid.flat):
        _prepare(axes, panel)
        for number, (name, summaries) in enumerate(runs.items()):
            _plot(axes, panel, summaries, name, number, (number - (len(runs) - 1) / 2) * 0.024)
        if panel.from_zero:
            axes.set_ylim(bottom=0)
        axes.set_xticks([item.temperature for item in next(iter(runs.values()), ())])
    for axes in grid[1]:
        axes.set_xlabel("temperature", color=INK)
    if runs:
        grid[0, 0].legend(frameon=False, loc="upper left")
    return figure


def _prepare(axes: Any, panel: Panel) -> None:
    axes.set_title(panel.title, loc="left", fontsize=10, color=INK)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.axvline(NEUTRAL, color=INK, linewidth=0.8, linestyle=":")
    if panel.band is not None:
        axes.axhspan(*panel.band, color=INK, alpha=0.07, linewidth=0)
        axes.axhline(0, color=INK, linewidth=0.8)


def _plot(axes: Any, panel: Panel, summaries: Sequence[Summary], name: str, number: int, shift: float) -> None:
    found = [panel.read(item) for item in summaries]
    values = np.array([estimate.value for estimate in found])
    margins = np.abs(np.array([[estimate.low, estimate.high] for estimate in found]).T - values)
    margins[~np.isfinite(margins)] = np.nan      # an interval without bounds is not drawn
    # Beside each other, so that the intervals of two runs can be told apart.
    axes.errorbar(np.array([item.temperature for item in summaries]) + shift, values, yerr=margins, label=name,
                  color=COLOURS[number % len(COLOURS)], marker=MARKERS[number % len(MARKERS)], markersize=5,
                  linewidth=1.6, elinewidth=1, capsize=3)
