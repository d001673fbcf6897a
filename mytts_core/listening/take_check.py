"""Whether a take can be a clip of a listening test: what is wrong with it, in words."""

from __future__ import annotations

import io
from typing import NamedTuple, Union

import numpy as np

from mytts_core.audio.loudness import integrated_loudness
from mytts_core.errors import MyTTSError
from mytts_core.synthesis.job import SynthesisResult

SHORTEST_SECONDS = 0.4
"""A block of the loudness measure (ITU-R BS.1770-4): what is shorter can be neither measured nor judged."""


class CheckedTake(NamedTuple):
    """A take, decoded.

    Attributes:
        wav: float32, (N,), range [-1, 1]; empty where there is none to use.
        sample_rate: in Hz, 0 where there is no `wav`.
        fault: what is wrong with it, in words; empty where nothing is.
    """

    wav: np.ndarray
    sample_rate: int
    fault: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether it can be heard at all; a take that does not stop can."""
        return len(self.wav) > 0


def check_take(outcome: Union[SynthesisResult, MyTTSError]) -> CheckedTake:
    """Return what came of a take: a failed, silent or very short one has no waveform, one without end a fault."""
    import soundfile

    if isinstance(outcome, MyTTSError):
        return _useless(f"it was not spoken: {outcome}")
    wav, rate = soundfile.read(io.BytesIO(outcome.audio), dtype="float32")
    seconds = len(wav) / rate
    if seconds < SHORTEST_SECONDS:
        return _useless(f"it lasts {seconds:.2f} s, and {SHORTEST_SECONDS} s is the least")
    if integrated_loudness(wav, rate) == float("-inf"):
        return _useless("it is silent")
    endless = sum(piece.summary["stop_reason"] == "limit" for piece in outcome.pieces)
    return CheckedTake(wav, rate, f"it does not stop by itself, and was cut at {seconds:.1f} s" if endless else "")


def _useless(fault: str) -> CheckedTake:
    return CheckedTake(np.empty(0, np.float32), 0, fault)
