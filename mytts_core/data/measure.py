"""What a recording is like: duration, level, clipping, silence at its ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mytts_core.audio.silence import speech_bounds

SILENT_DB = -120.0
_FLAT_RUN = 3   # so many samples in a row at the peak are a clipped one


@dataclass(frozen=True)
class Recording:
    """Measures of one recording.

    Attributes:
        peak_db: largest absolute sample, dBFS; `level_db`: root mean square between the silences, dBFS.
        clipped: samples in runs of at least three at full scale or at the recording's own peak.
        leading_seconds, trailing_seconds: below −40 dB relative to the loudest 25 ms.
        characters: of the normalised text; `characters_per_second`: over the part that is not silence.
    """

    id: str
    speaker: str
    sample_rate: int
    seconds: float
    peak_db: float
    level_db: float
    clipped: int
    leading_seconds: float
    trailing_seconds: float
    characters: int
    characters_per_second: float


def measure(identity: str, speaker: str, text: str, wav: np.ndarray, sample_rate: int) -> Recording:
    """Measure a recording; `wav` is float (num_samples,) in [-1, 1], `text` normalised."""
    start, end = speech_bounds(wav, sample_rate)
    spoken = wav[start:end] if end else wav
    seconds = len(spoken) / sample_rate
    return Recording(identity, speaker, sample_rate, len(wav) / sample_rate, decibels(float(np.max(np.abs(wav)))),
                     decibels(float(np.sqrt(np.mean(np.square(spoken, dtype=np.float64))))), count_clipped(wav),
                     start / sample_rate, (len(wav) - end) / sample_rate, len(text), len(text) / seconds)


def decibels(amplitude: float) -> float:
    """Return 20 log10 of an amplitude, at least −120."""
    return max(SILENT_DB, 20 * np.log10(amplitude)) if amplitude > 0 else SILENT_DB


def count_clipped(wav: np.ndarray) -> int:
    """Count samples in runs of three or more within 0.01 % of the largest absolute sample, if that is above 0.1."""
    size = np.abs(wav)
    peak = float(size.max())
    if peak < 0.1:
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (size >= peak * 0.9999).astype(np.int8), [0]])))
    runs = edges[1::2] - edges[::2]
    return int(runs[runs >= _FLAT_RUN].sum())
