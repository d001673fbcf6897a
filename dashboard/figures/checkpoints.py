"""Checkpoints as rows of a table, what makes one what it is, and the samples nearest to it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional

from mytts_core.runs.json_files import number, words
from mytts_core.runs.types import CheckpointInfo

_SCORES = {"held_out_loss": ("validation", "loss"), "diagonality": ("validation", "diagonality"),
           "focus": ("validation", "focus"), "coverage": ("validation", "coverage"),
           "free_diagonality": ("free_running", "diagonality"), "stop_rate": ("free_running", "stop_rate")}
_NOTED = ("weights", "precision", "dtype", "prenet_drop_at_inference", "cross_window_lifted", "configuration")


class CheckpointRow(NamedTuple):
    """A checkpoint as the table shows it. Scores are NaN where they were not noted.

    Attributes:
        megabytes: size of the file, in 10⁶ bytes.
        saved: seconds since 1970 UTC.
        weights: 'averaged' or 'latest'; `dtype` of the stored arrays; `configuration` the first digits of its digest.
    """

    step: int
    is_best: bool
    megabytes: float
    saved: float
    held_out_loss: float
    diagonality: float
    focus: float
    coverage: float
    free_diagonality: float
    stop_rate: float
    weights: str
    dtype: str
    configuration: str


def get_checkpoint_rows(checkpoints: Sequence[CheckpointInfo]) -> list[CheckpointRow]:
    """Return a row a checkpoint, the newest first; whatever its notes lack or have of another type is left open."""
    return [_row(checkpoint) for checkpoint in sorted(checkpoints, key=lambda one: -one.step)]


def describe_checkpoint(config: Optional[Mapping[str, Any]], checkpoint: CheckpointInfo) -> dict[str, Any]:
    """Return all that makes a checkpoint what it is, for `configurations.get_configuration_differences`."""
    noted = {name: checkpoint.info[name] for name in _NOTED if name in checkpoint.info}
    return {**(config or {}), "checkpoint": {"step": checkpoint.step, **noted}}


def nearest_step(steps: Sequence[int], step: int) -> Optional[int]:
    """Return the last of the steps up to `step`, else the first after it; None where there are none."""
    before = [one for one in steps if one <= step]
    return max(before) if before else min(steps, default=None)


def _row(checkpoint: CheckpointInfo) -> CheckpointRow:
    info = checkpoint.info
    scores = {name: _score(info, part, key) for name, (part, key) in _SCORES.items()}
    return CheckpointRow(
        checkpoint.step, checkpoint.is_best, checkpoint.num_bytes / 1e6, checkpoint.modified, **scores,
        weights=words(info.get("weights")), dtype=words(info.get("dtype")),
        configuration=words(info.get("configuration"))[:8])


def _score(info: Mapping[str, Any], part: str, key: str) -> float:
    group = info.get(part)
    return number(group.get(key)) if isinstance(group, Mapping) else math.nan
