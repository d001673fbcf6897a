"""What is wrong with a sample, in words: from what its record says, no guess at causes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dashboard.figures.health import Fact
from dashboard.figures.labels import shown_token
from dashboard.figures.samples import (
    STOP_REASONS,
    has_lost_text,
    is_aligned,
    num_faults,
    stop_trouble,
)
from dashboard.figures.trends import ALIGNED_THRESHOLD
from mytts_core.runs.types import FaultRecord, FreeRunningRecord, SampleSummary

_LOST = "Attention is too diffuse to be reading: no path through it stands out."


def get_findings(sample: SampleSummary, threshold: float = ALIGNED_THRESHOLD) -> list[Fact]:
    """List what is wrong with a sample and how its free running ended; texts may quote logs.

    Args:
        threshold: diagonality, 0..1, below which attention has not aligned.
    """
    facts = [Fact("warning", f"Cannot be read completely: {sample.problem}")] if sample.problem else []
    scores, free = sample.teacher_forced, sample.free_running
    if math.isfinite(scores.diagonality) and not is_aligned(scores, threshold):
        facts.append(Fact("bad", f"Teacher-forced attention has not aligned: diagonality {scores.diagonality:.2f}, "
                                 f"below {threshold:g}."))
    if free is None:
        return facts or [Fact("info", "Teacher-forced attention is aligned; it was not synthesised freely.")]
    return [*facts, *_free_running_facts(sample, free, threshold), _ending(sample, free)]


def fault_words(fault: FaultRecord, frames_per_second: float) -> str:
    """Return a fault as a short phrase: 'token 14 ‘ʃ’ skipped at 0.46 s', 'stuck on token 9 ‘t’ for 1.20 s'."""
    name = f"token {fault.token_index}" + (f" ‘{shown_token(fault.token)}’" if fault.token else "")
    start, end = fault.start_frame / frames_per_second, fault.end_frame / frames_per_second
    when = f" at {start:.2f} s" if math.isfinite(start) and fault.start_frame >= 0 else ""
    if fault.kind == "stalled":
        held = f" for {end - start:.2f} s" if when and fault.end_frame >= fault.start_frame else ""
        return f"stuck on {name}{held}"
    if fault.kind == "truncated":
        return f"stopped before {name}"
    return "no reading stands out" if fault.kind == "lost" else f"{name} {fault.kind or 'has a fault'}{when}"


def _free_running_facts(sample: SampleSummary, free: FreeRunningRecord, threshold: float) -> Iterator[Fact]:
    lost = has_lost_text(free)
    if lost:
        yield Fact("bad", f"Free running loses the text. {_LOST}")
    elif math.isfinite(free.scores.diagonality) and not is_aligned(free.scores, threshold):
        yield Fact("bad", f"Free running loses the text: diagonality {free.scores.diagonality:.2f}, "
                          f"below {threshold:g}.")
    if lost:
        return      # skips and stalls along a path that does not stand out say nothing
    yield from (Fact("warning", words) for words in free.words or _unworded(free, sample.frames_per_second))
    if not num_faults(sample) and not free.words and not stop_trouble(sample) and is_aligned(free.scores, threshold):
        yield Fact("good", "Free running follows the text: nothing skipped, repeated or stalled.")


def _unworded(free: FreeRunningRecord, frames_per_second: float) -> list[str]:
    if free.faults:
        return [words[0].upper() + words[1:] + "." for words in
                (fault_words(fault, frames_per_second) for fault in free.faults)]
    counts = (("skipped", free.skipped), ("repeated", free.repeated), ("stalled on", free.stalled))
    return [f"{count} token{'s' if count > 1 else ''} {what}." for what, count in counts if count > 0]


def _ending(sample: SampleSummary, free: FreeRunningRecord) -> Fact:
    seconds = free.frames / sample.frames_per_second
    words = f"Ended by {STOP_REASONS.get(free.stop_reason, free.stop_reason or 'an unknown reason')}"
    words += f" after {seconds:.2f} s" if math.isfinite(seconds) and free.frames > 0 else ""
    if sample.target_frames > 0 and free.frames > 0:
        words += f", {free.frames / sample.target_frames - 1:+.0%} against the recording".replace("-", "−")
    trouble = stop_trouble(sample)
    return Fact("warning" if trouble else "info", words + (f": it {trouble}." if trouble else "."))
