"""What every vocoder can do."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from mytts_core.config import AudioConfig


@runtime_checkable
class Vocoder(Protocol):
    """Turns a mel spectrogram into a waveform; the same input gives the same samples.

    Attributes:
        config: the mel analysis it expects.
    """

    config: AudioConfig

    def __call__(self, log_mel: np.ndarray) -> np.ndarray:
        """Return float32 (num_frames * hop_length,), range [-1, 1], for ln-magnitude (num_frames, n_mels)."""
        ...
