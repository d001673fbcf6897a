"""Pitch read off a mel spectrogram, without any vocoder: a check on the pitch that is measured in the waveform."""

from __future__ import annotations

import numpy as np

from mytts_core.audio.mel import hz_to_mel, mel_to_hz
from mytts_core.audio.pitch import HIGHEST_HZ
from mytts_core.config import AudioConfig

HARMONICS_BELOW_HZ = 1_000.0   # where the Slaney bands are linear, and narrow enough to show single harmonics
LOWEST_HZ = 75.0               # of a ripple that bands 37 Hz apart can show
ENVELOPE_DEGREE = 5            # of the polynomial over the bands that is taken as the envelope, and removed
_STEPS_A_SEMITONE = 10


def pitch_of_mel(log_mel: np.ndarray, config: AudioConfig) -> np.ndarray:
    """Estimate the fundamental frequency of each frame: the period of the ripple that harmonics leave in the low bands.

    The ripple is correlated with cosines over frequency. Half or twice the pitch cannot win: the first meets a dip
    between every two harmonics, the second misses every other harmonic.

    Args:
        log_mel: ln-magnitude, (num_frames, n_mels), of `mytts_core.audio.mel.log_mel_spectrogram`.
        config: AudioConfig; its bands below 1,000 Hz must be far narrower than the pitch sought (37 Hz by default).

    Returns:
        float64, (num_frames,), Hz in 75–450, reliable from 88 on. Every frame gets a value: which of them are voiced is
        not decided here.

    Source:
        The periodicity of the log spectrum is what the cepstrum looks for: Noll 1967, "Cepstrum pitch determination".
    """
    edges = mel_to_hz(np.linspace(hz_to_mel(config.fmin), hz_to_mel(config.fmax), config.n_mels + 2))
    low = edges[1:-1] < HARMONICS_BELOW_HZ
    places = edges[1:-1][low]
    envelope, _ = np.linalg.qr(np.polynomial.legendre.legvander(np.linspace(-1, 1, len(places)), ENVELOPE_DEGREE))
    steps = np.arange(0, 12 * np.log2(HIGHEST_HZ / LOWEST_HZ) * _STEPS_A_SEMITONE)
    candidates = LOWEST_HZ * 2 ** (steps / (12 * _STEPS_A_SEMITONE))
    ripples = np.cos(2 * np.pi * places[:, None] / candidates)
    ripples -= envelope @ (envelope.T @ ripples)
    ripples /= np.linalg.norm(ripples, axis=0)
    return candidates[(np.asarray(log_mel, np.float64)[:, low] @ ripples).argmax(axis=1)]
