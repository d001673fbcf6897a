"""What goes wrong on the way through a text: skipped, repeated and stalled tokens, jumps back, an end not reached.

NumPy alone. The detectors and their thresholds, with the reasons, are in `path_faults`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np

from mytts_core.monitoring.alignment import spoken_mask, true_part
from mytts_core.monitoring.path_faults import (
    MIN_FOLLOWED,
    PathFault,
    Reading,
    find_repeats,
    find_skips,
    find_stalls,
    find_truncation,
    share_followed,
)
from mytts_core.monitoring.reading_path import REFERENCE_FRAMES_PER_SECOND, trace_path

__all__ = ["KINDS", "PathFault", "PathReport", "diagnose_path"]

KINDS = ("skipped", "repeated", "stalled", "truncated", "lost")


@dataclass(frozen=True)
class PathReport:
    """What `diagnose_path` found.

    Attributes:
        skipped: spans of spoken tokens that were never attended; the time is that of the jump over them.
        repeated: spans read again after a jump back; the time is that of the second reading.
        stalled: tokens held too long.
        jumps_back: how often the path goes back by more than `JUMP_BACK_TOKENS`.
        end_reached: whether the last spoken tokens were read.
        truncated: where the end was not reached, the tokens that are missing.
        lost: set where attention is too diffuse to be reading at all; the end counts as not reached then.
        followed: share of attention near the path, from 0 (as uniform attention) to 1.
        severity: for each of `KINDS`, how bad the worst of the kind is; a fault from 1 on. It ranks samples.
        path: int64, shape (T,), the token of each mel frame.
    """

    skipped: list[PathFault] = field(default_factory=list)
    repeated: list[PathFault] = field(default_factory=list)
    stalled: list[PathFault] = field(default_factory=list)
    jumps_back: int = 0
    end_reached: bool = True
    truncated: Optional[PathFault] = None
    lost: Optional[PathFault] = None
    followed: float = 1.0
    severity: dict[str, float] = field(default_factory=dict)
    path: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    stop_reason: Optional[str] = None

    @property
    def faults(self) -> list[PathFault]:
        """All faults in the order of time."""
        ends = [fault for fault in (self.truncated, self.lost) if fault]
        return sorted([*self.skipped, *self.repeated, *self.stalled, *ends], key=lambda fault: fault.start_frame)

    def in_words(self, frames_per_second: float) -> list[str]:
        """Return a sentence a fault, with times in seconds; empty where nothing is wrong."""
        words = [_sentence(fault, frames_per_second) for fault in self.faults]
        if self.stop_reason == "limit":
            words.append(f"Ran into the length limit at {len(self.path) / frames_per_second:.2f} s without a stop.")
        return words


def diagnose_path(attention: Any, tokens: Optional[Sequence[str]] = None, spoken: Any = None,
                  frames_per_second: float = REFERENCE_FRAMES_PER_SECOND, stop_reason: Optional[str] = None,
                  reduction_factor: int = 1) -> PathReport:
    """Find where attention leaves the text.

    Args:
        attention: shape (T, S), one head, window off, without padding.
        tokens: display of each token, length S; None leaves names empty.
        spoken: bool, shape (S,): True for letters and phonemes; None takes every token as spoken.
        frames_per_second: mel frames in a second.
        stop_reason: of a generation: `stop_token`, `end_of_text` or `limit`; None for a teacher-forced reading. Holding
            the end of the text is a pause, but a stall where generation ran into its limit.
        reduction_factor: mel frames that a row stands for, where rows are groups.

    Raises:
        ValueError: for a shape that does not fit, or a rate that is not above 0.
    """
    if not frames_per_second > 0 or reduction_factor < 1:
        raise ValueError(f"frames_per_second is {frames_per_second!r} and reduction_factor {reduction_factor!r}; the "
                         "first must be above 0, the second at least 1")
    matrix = np.repeat(true_part(attention), reduction_factor, axis=0)
    if tokens is not None and len(tokens) != matrix.shape[1]:
        raise ValueError(f"{len(tokens)} tokens for an attention over {matrix.shape[1]}: give one display each")
    reading = Reading(trace_path(matrix, frames_per_second), spoken_mask(spoken, matrix.shape[1]), tokens,
                       frames_per_second, stop_reason)
    skips, skipped = find_skips(reading)
    repeats, repeated, jumps_back = find_repeats(reading)
    stalls, stalled = find_stalls(reading)
    truncation, truncated = find_truncation(reading)
    followed = share_followed(reading.traced)
    loss = reading.fault("lost", 0, matrix.shape[1] - 1, 0, len(matrix)) if followed < MIN_FOLLOWED else None
    severity = dict(zip(KINDS, (skipped, repeated, stalled, truncated, (1 - followed) / (1 - MIN_FOLLOWED))))
    return PathReport(skips, repeats, stalls, jumps_back, truncation is None and loss is None, truncation, loss,
                      followed, severity, reading.traced.tokens, stop_reason)


def _sentence(fault: PathFault, frames_per_second: float) -> str:
    count = fault.last_token_index - fault.token_index + 1
    where = f"token {fault.token_index}" if count == 1 else f"tokens {fault.token_index} to {fault.last_token_index}"
    name = f"“{fault.text}” ({where})" if fault.text else where
    start, end = fault.start_frame / frames_per_second, fault.end_frame / frames_per_second
    return {
        "skipped": f"Skipped {name} at {start:.2f} s.",
        "repeated": f"Repeated {name} from {start:.2f} to {end:.2f} s.",
        "stalled": f"Stalled on {name} for {end - start:.2f} s from {start:.2f} s.",
        "truncated": f"Ended at {end:.2f} s before {name}.",
        "lost": "Attention is too diffuse to be reading: no path through it stands out.",
    }[fault.kind]
