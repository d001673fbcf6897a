"""Finding and trimming silence at the ends of a recording."""

from __future__ import annotations

import numpy as np

THRESHOLD_DB = -40.0
MARGIN_MS = 50.0
_FRAME_MS, _STEP_MS = 25.0, 5.0


def speech_bounds(wav: np.ndarray, sample_rate: int, threshold_db: float = THRESHOLD_DB) -> tuple[int, int]:
    """Return (start, end) in samples of what lies above the threshold.

    Args:
        wav: shape (num_samples,).
        sample_rate: in Hz.
        threshold_db: in dB relative to the loudest 25 ms frame's root mean square.

    Returns:
        start inclusive, end exclusive; (0, 0) for digital silence.
    """
    length, step = max(1, int(sample_rate * _FRAME_MS / 1000)), max(1, int(sample_rate * _STEP_MS / 1000))
    energy = np.concatenate([[0.0], np.cumsum(np.square(wav, dtype=np.float64))])
    starts = np.arange(0, max(1, len(wav) - length + step), step)
    ends = np.minimum(starts + length, len(wav))
    starts = np.minimum(starts, ends - 1)
    power = (energy[ends] - energy[starts]) / (ends - starts)
    if power.max() <= 0:
        return 0, 0
    loud = np.flatnonzero(power > power.max() * 10 ** (threshold_db / 10))
    return int(starts[loud[0]]), int(ends[loud[-1]])


def trim_silence(wav: np.ndarray, sample_rate: int, threshold_db: float = THRESHOLD_DB,
                 margin_ms: float = MARGIN_MS) -> np.ndarray:
    """Return `wav` without the silence at both ends, a margin of `margin_ms` kept; digital silence is returned whole.

    Long silence at the ends keeps attention from aligning (NVIDIA/tacotron2#418).
    """
    start, end = speech_bounds(wav, sample_rate, threshold_db)
    if end == 0:
        return wav
    margin = int(sample_rate * margin_ms / 1000)
    return wav[max(0, start - margin):end + margin]
