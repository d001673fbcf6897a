"""Samples of a step, the worst first, as rows of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from dashboard.figures.trends import ALIGNED_THRESHOLD
from mytts_core.runs.types import AlignmentRecord, SampleSummary

STOP_REASONS = {"stop_token": "stop token", "end_of_text": "end of text", "limit": "length limit"}


class SampleRow(NamedTuple):
    """A sample as the table shows it. Scores are in 0..1, NaN when unknown; counts are of tokens, None when unknown.

    Attributes:
        verdict: the worst thing about it, in words.
        faults: skipped, repeated and stalled tokens of free-running synthesis, None where there was none.
        free_diagonality: of free-running synthesis; the other scores are teacher-forced.
        length_ratio: free-running length ÷ the recording's.
        ended_by: why free-running synthesis stopped.
    """

    id: str
    verdict: str
    text: str
    faults: int | None
    free_diagonality: float
    diagonality: float
    focus: float
    coverage: float
    length_ratio: float
    ended_by: str


def rank_samples(samples: Sequence[SampleSummary]) -> list[SampleRow]:
    """Return a row a sample: most free-running faults first, then the lowest diagonality, focus, coverage."""
    rows = [_row(sample) for sample in samples]
    return sorted(rows, key=lambda row: (-(row.faults or 0), _unknown_last(_lowest(row)), _unknown_last(row.focus),
                                         _unknown_last(row.coverage), row.id))


def num_faults(sample: SampleSummary) -> int | None:
    """Return the skipped, repeated and stalled tokens of free-running synthesis, None where that was not done."""
    free = sample.free_running
    if free is None:
        return None
    return sum(count for count in (free.skipped, free.repeated, free.stalled) if count > 0)


def is_aligned(scores: AlignmentRecord) -> bool:
    """Tell whether attention has aligned at all; a diagonality that is not known has not."""
    return scores.diagonality >= ALIGNED_THRESHOLD


def _row(sample: SampleSummary) -> SampleRow:
    free, forced = sample.free_running, sample.teacher_forced
    ratio = float("nan")
    if free is not None and free.frames > 0 and sample.target_frames > 0:
        ratio = free.frames / sample.target_frames
    return SampleRow(
        sample.id, _verdict(sample), sample.text, num_faults(sample),
        free.scores.diagonality if free else float("nan"), forced.diagonality, forced.focus, forced.coverage, ratio,
        STOP_REASONS.get(free.stop_reason, free.stop_reason) if free else "")


def _verdict(sample: SampleSummary) -> str:
    free, faults = sample.free_running, num_faults(sample)
    if sample.problem:
        return "cannot be read"
    if not is_aligned(sample.teacher_forced) and not math.isnan(sample.teacher_forced.diagonality):
        return "not aligned"
    if free is not None and not is_aligned(free.scores) and not math.isnan(free.scores.diagonality):
        return "loses the text"
    if faults:
        return f"{faults} fault{'s' if faults > 1 else ''}"
    if free is not None and free.stop_reason == "limit":
        return "does not end"
    if math.isnan(sample.teacher_forced.diagonality) and free is None:
        return "no scores"
    return "no fault found" if free is not None else "aligned"


def _lowest(row: SampleRow) -> float:
    known = [value for value in (row.diagonality, row.free_diagonality) if not math.isnan(value)]
    return min(known, default=float("nan"))


def _unknown_last(value: float) -> float:
    return math.inf if math.isnan(value) else value
