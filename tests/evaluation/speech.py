"""Real sentences of the shared data as clips, and clips made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import numpy as np

from mytts_core.audio.waveform import normalise_peak, read_audio
from mytts_core.config import AudioConfig
from mytts_core.evaluation.measures.protocol import Clip, Pair

AUDIO = AudioConfig()
NAME, TEXT = "arctic_a0007", "And you always want to see it in the superlative degree."


def recording(shared_data: Path) -> np.ndarray:
    """NAME as training takes it, but for its ends."""
    wav, _ = read_audio(shared_data / "speech" / "kathleen" / "wavs" / f"{NAME}.flac", AUDIO.sample_rate)
    return normalise_peak(wav, 0.95)


def clip(wav: np.ndarray, mel: Optional[np.ndarray] = None, text: str = "") -> Clip:
    return Clip(text, AUDIO, lambda: wav.astype(np.float32), mel)


def pair(first: np.ndarray, second: np.ndarray, text: str = "") -> Pair:
    return Pair(clip(first, text=text), clip(second, text=text))


def noisy(wav: np.ndarray, signal_to_noise_db: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 1, len(wav))
    gain = np.sqrt(np.mean(wav ** 2) / 10 ** (signal_to_noise_db / 10))
    return np.clip(wav + gain * noise, -1, 1).astype(np.float32)


def tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    """A voiced sound: twelve harmonics that fall off."""
    time = np.arange(int(seconds * AUDIO.sample_rate)) / AUDIO.sample_rate
    parts = [np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 13)]
    return (0.3 * np.sum(parts, axis=0)).astype(np.float32)
