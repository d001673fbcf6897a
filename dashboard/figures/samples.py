"""Samples of a step, the worst first, as rows of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from dashboard.figures.trends import ALIGNED_THRESHOLD
from mytts_core.runs.types import AlignmentRecord, FreeRunningRecord, SampleSummary

STOP_REASONS = {"stop_token": "stop token", "end_of_text": "end of text", "limit": "length limit"}
EARLY_SHARE = 0.6
"""Free running shorter than this share of the recording has stopped early; healthy speech varies by 25 %."""


class SampleRow(NamedTuple):
    """A sample as the table shows it. Scores are in 0..1, NaN when unknown; counts are of tokens, None when unknown.

    Attributes:
        verdict: the worst thing about it, in words.
        faults: what went wrong on the path of free-running synthesis, stops included; None where there was none.
        free_diagonality: of free-running synthesis; the other scores are teacher-forced.
        length_ratio: free-running length ÷ the recording's.
        ended_by: why free-running synthesis stopped.
        fails: whether it is worth a look: a fault, a bad stop, a diagonality below the threshold, or unreadable.
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
    fails: bool


def rank_samples(samples: Sequence[SampleSummary], threshold: float = ALIGNED_THRESHOLD) -> list[SampleRow]:
    """Return a row a sample, the worst first.

    Free running comes first: attention that lost the text, then the number of faults on its path; then the lowest
    diagonality, focus and coverage. What is not known ranks last.

    Args:
        threshold: diagonality, 0..1, below which a sample fails.
    """
    ranked = sorted(samples, key=lambda sample: _badness(sample, threshold))
    return [_row(sample, threshold) for sample in ranked]


def select_rows(rows: Sequence[SampleRow], *, only_failing: bool = False, search: str = "") -> list[SampleRow]:
    """Return the rows that fail, if only those are wanted, and whose id or text has every word of `search`."""
    words = search.casefold().split()
    return [row for row in rows if (row.fails or not only_failing)
            and all(word in f"{row.id}\n{row.text}".casefold() for word in words)]


def num_faults(sample: SampleSummary) -> int | None:
    """Return the skipped, repeated and stalled tokens of free-running synthesis, None where that was not done."""
    free = sample.free_running
    if free is None:
        return None
    return sum(count for count in (free.skipped, free.repeated, free.stalled) if count > 0)


def num_troubles(sample: SampleSummary) -> int | None:
    """Return `num_faults` with an early or a missing stop counted in, None where nothing was synthesised freely."""
    faults = num_faults(sample)
    return None if faults is None else faults + (stop_trouble(sample) != "")


def has_lost_text(free: FreeRunningRecord) -> bool:
    """Tell whether no reading stands out in the attention: faults along such a path say nothing."""
    return any(fault.kind == "lost" for fault in free.faults)


def stop_trouble(sample: SampleSummary) -> str:
    """Return 'does not stop' or 'stops early' where free-running synthesis does, else ''."""
    free = sample.free_running
    if free is None:
        return ""
    if free.stop_reason == "limit":
        return "does not stop"
    too_short = 0 < free.frames < EARLY_SHARE * sample.target_frames
    return "stops early" if too_short or any(fault.kind == "truncated" for fault in free.faults) else ""


def is_aligned(scores: AlignmentRecord, threshold: float = ALIGNED_THRESHOLD) -> bool:
    """Tell whether attention has aligned at all; a diagonality that is not known has not."""
    return scores.diagonality >= threshold


def _badness(sample: SampleSummary, threshold: float) -> tuple:
    free, forced = sample.free_running, sample.teacher_forced
    lost = free is not None and (has_lost_text(free) or _below(free.scores.diagonality, threshold))
    known = [value for value in (forced.diagonality, free.scores.diagonality if free else math.nan)
             if not math.isnan(value)]
    return (not lost, -(num_troubles(sample) or 0), _unknown_last(min(known, default=math.nan)),
            _unknown_last(forced.focus), _unknown_last(forced.coverage), sample.id)


def _row(sample: SampleSummary, threshold: float) -> SampleRow:
    free, forced = sample.free_running, sample.teacher_forced
    ratio = float("nan")
    if free is not None and free.frames > 0 and sample.target_frames > 0:
        ratio = free.frames / sample.target_frames
    verdict, fails = _verdict(sample, threshold)
    return SampleRow(
        sample.id, verdict, sample.text, num_troubles(sample), free.scores.diagonality if free else float("nan"),
        forced.diagonality, forced.focus, forced.coverage, ratio,
        STOP_REASONS.get(free.stop_reason, free.stop_reason) if free else "", fails)


def _verdict(sample: SampleSummary, threshold: float) -> tuple[str, bool]:
    """Return the worst thing in words, and whether it is one."""
    free, faults = sample.free_running, num_faults(sample)
    if sample.problem:
        return "cannot be read", True
    if _below(sample.teacher_forced.diagonality, threshold):
        return "not aligned", True
    if free is not None and (has_lost_text(free) or _below(free.scores.diagonality, threshold)):
        return "loses the text", True
    if faults:
        return f"{faults} fault{'s' if faults > 1 else ''}", True
    if trouble := stop_trouble(sample):
        return trouble, True
    if math.isnan(sample.teacher_forced.diagonality) and free is None:
        return "no scores", False
    return ("no fault found" if free is not None else "aligned"), False


def _below(value: float, threshold: float) -> bool:
    return not math.isnan(value) and value < threshold


def _unknown_last(value: float) -> float:
    return math.inf if math.isnan(value) else value
