"""A run in one row: where it stands, its losses, its alignment scores, and how much is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional

import numpy as np

from dashboard.figures.health import FindingCounts
from mytts_core.runs import schema
from mytts_core.runs.digest import Digest
from mytts_core.runs.types import RunSummary, SampleSummary

HELD_OUT_LOSS = schema.VALIDATION_PREFIX + "loss"
FREE_DIAGONALITY = schema.FREE_RUNNING_PREFIX + "diagonality"
STATES = ("running", "finished", "failed", "stalled", "interrupted", "foreign", "unreadable", "unknown")


class RunRow(NamedTuple):
    """A run as the overview shows it; NaN for what is not known, -1 for an unknown step.

    Attributes:
        state: one of `STATES`.
        step: optimizer updates so far; `seconds_per_step` as last logged.
        loss_tag: the tag that `train_loss`, `best_loss` and `loss_trend` are of; empty when there is none.
        loss_trend: extremes of the finite losses over the whole run, for a small line.
        diagonality, focus, coverage: teacher-forced, held out; `free_diagonality` of free-running synthesis.
        heartbeat: seconds since 1970 UTC of the last sign of life.
        findings: None while they are not looked for.
    """

    name: str
    state: str
    step: int
    seconds_per_step: float
    loss_tag: str
    loss_trend: tuple[float, ...]
    train_loss: float
    best_loss: float
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
    findings: Optional[FindingCounts] = None
    tags: tuple[str, ...] = ()


def get_run_row(summary: RunSummary, digests: Mapping[str, Digest], problem: str = "", *,
                samples: Sequence[SampleSummary] = (), findings: Optional[FindingCounts] = None,
                tags: tuple[str, ...] = ()) -> RunRow:
    """Sum up a run from its entry in the list and the digests of its scalars.

    Args:
        samples: of the last step that has some, for scores that are not among the scalars.
    """
    nothing = Digest()
    loss_tag = main_loss_tag(digests)
    loss, held_out = digests.get(loss_tag, nothing), digests.get(HELD_OUT_LOSS, nothing)
    status = summary.status
    state = status.shown_state() if summary.kind == "mytts" else "foreign" if summary.kind else "unreadable"

    def score(name: str) -> float:
        logged = digests.get(schema.VALIDATION_PREFIX + name, nothing).last
        return logged if math.isfinite(logged) else _mean([getattr(one.teacher_forced, name) for one in samples])

    free = digests.get(FREE_DIAGONALITY, nothing).last
    if not math.isfinite(free):
        free = _mean([one.free_running.scores.diagonality for one in samples if one.free_running is not None])
    return RunRow(
        summary.name, state if state in STATES else "unknown",
        max([status.step, *(digest.last_step for digest in digests.values())]),
        digests.get(schema.SECONDS_PER_STEP, nothing).last_finite, loss_tag, small_line(digests.get(loss_tag)),
        loss.last, loss.best_min, held_out.last, held_out.best_min, held_out.best_min_step, score("diagonality"),
        score("focus"), score("coverage"), free,
        status.heartbeat if math.isfinite(status.heartbeat) else summary.modified, summary.preset,
        problem or summary.problem, findings, tags)


def main_loss_tag(digests: Mapping[str, Digest]) -> str:
    """Return the tag of the loss that is trained on: ours, or the likeliest of another program; '' for none."""
    if schema.TRAIN_LOSS in digests:
        return schema.TRAIN_LOSS
    losses = [tag for tag in digests if "loss" in tag.casefold()]
    held_out = ("val", "eval", "test")
    return min(losses, default="", key=lambda tag: (any(word in tag.casefold() for word in held_out),
                                                    "total" not in tag.casefold(), len(tag), tag))


def small_line(digest: Optional[Digest]) -> tuple[float, ...]:
    """Return the finite values of a digest's line, oldest first."""
    if digest is None:
        return ()
    return tuple(map(float, digest.sparkline[np.isfinite(digest.sparkline)]))


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else float("nan")
