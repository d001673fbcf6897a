"""A run in one row: where it stands, its losses and its alignment scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dashboard.figures.health import best_value, last_value
from mytts_core.runs import schema
from mytts_core.runs.types import RunSummary, SampleSummary, Series

TREND_POINTS = 60


class RunRow(NamedTuple):
    """A run as the overview shows it; NaN for what is not known, None for a table's empty cell.

    Attributes:
        loss_trend: up to `TREND_POINTS` finite training losses over the whole run, for a small line.
        diagonality, focus, coverage: teacher-forced, held out; `free_diagonality` of free-running synthesis.
        heartbeat: seconds since 1970 UTC of the last sign of life.
    """

    name: str
    state: str
    step: int
    loss_trend: tuple[float, ...]
    train_loss: float
    held_out_loss: float
    best_held_out_loss: float
    best_step: int
    diagonality: float
    focus: float
    coverage: float
    free_diagonality: float
    heartbeat: float
    preset: str
    problem: str


def get_run_row(summary: RunSummary, scalars: Mapping[str, Series], samples: Sequence[SampleSummary],
                problem: str = "") -> RunRow:
    """Sum up a run from its entry in the list, its scalars, and the samples of its last step that has some."""
    held_out = scalars.get(schema.VALIDATION_PREFIX + "loss")
    best, best_step = best_value(held_out)
    status = summary.status
    last_steps = [int(series.steps[-1]) for series in scalars.values() if len(series.steps)]
    state = status.shown_state() if summary.kind == "mytts" else "foreign" if summary.kind else "unreadable"

    def score(name: str) -> float:
        logged = last_value(scalars.get(schema.VALIDATION_PREFIX + name))
        return logged if math.isfinite(logged) else _mean([getattr(one.teacher_forced, name) for one in samples])

    free = _mean([one.free_running.scores.diagonality for one in samples if one.free_running is not None])
    return RunRow(summary.name, state, max([status.step, *last_steps]), loss_trend(scalars.get(schema.TRAIN_LOSS)),
                  last_value(scalars.get(schema.TRAIN_LOSS)), last_value(held_out), best, best_step,
                  score("diagonality"), score("focus"), score("coverage"), free,
                  status.heartbeat if math.isfinite(status.heartbeat) else summary.modified, summary.preset,
                  problem or summary.problem)


def loss_trend(series: Series | None, points: int = TREND_POINTS) -> tuple[float, ...]:
    """Return the finite values of a series as at most `points` medians of equal stretches."""
    if series is None:
        return ()
    finite = series.values[np.isfinite(series.values)]
    if len(finite) <= points:
        return tuple(map(float, finite))
    return tuple(float(np.median(stretch)) for stretch in np.array_split(finite, points))


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else float("nan")
