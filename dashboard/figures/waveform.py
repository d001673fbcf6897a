"""The shape of a sound over time, small enough for a page, and parts of it."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

LOUDEST = 127
"""Full scale in the numbers that are drawn."""


def get_peaks(audio: bytes, num_columns: int) -> list[int]:
    """Return the lowest and highest sample of each of `num_columns` stretches, in turn, in 127ths of full scale.

    Args:
        audio: a WAV file. One that cannot be read, or is empty, has no peaks.
    """
    samples, _ = _read(audio)
    if not len(samples):
        return []
    edges = np.linspace(0, len(samples), min(num_columns, len(samples)), endpoint=False).astype(int)
    low, high = np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)
    return np.rint(np.stack([low, high], axis=1).reshape(-1) / 32_768 * LOUDEST).astype(int).tolist()


def cut(audio: bytes, start: float, end: float) -> bytes:
    """Return the part of a WAV file from `start` to `end`, in seconds, as a 16-bit one; an unreadable file as it is."""
    import soundfile

    samples, rate = _read(audio)
    if not len(samples):
        return audio
    file = io.BytesIO()
    soundfile.write(file, samples[max(0, round(start * rate)):round(end * rate)], rate, format="WAV",
                    subtype="PCM_16")
    return file.getvalue()


def _read(audio: bytes) -> tuple[NDArray[np.int16], int]:
    import soundfile

    try:
        samples, rate = soundfile.read(io.BytesIO(audio), dtype="int16", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError):
        return np.empty(0, np.int16), 1
    return samples[:, 0], rate
