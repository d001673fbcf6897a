"""Mel analysis: waveform to ln-magnitude mel spectrogram, as published HiFi-GAN vocoders expect it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mytts_core.audio.waveform import check_waveform
from mytts_core.config import AudioConfig
from mytts_core.errors import AudioError

POWER_FLOOR = 1e-9       # inside the square root of the magnitude
MEL_FLOOR = 1e-5         # below the logarithm; ln(1e-5) = -11.51 is silence
_FRAMES_AT_ONCE = 1024   # bounds memory for long recordings


def log_mel_spectrogram(wav: np.ndarray, config: AudioConfig) -> np.ndarray:
    """Convert a waveform to a log-mel spectrogram.

    Args:
        wav: float32, shape (num_samples,), range [-1, 1].
        config: AudioConfig; lengths in samples, frequencies in Hz.

    Returns:
        float32, shape (num_samples // hop_length, n_mels), natural log of magnitude, at least ln(1e-5).

    Raises:
        AudioError: if `wav` is not one-dimensional and finite, or shorter than one hop.

    Source:
        Kong et al. 2020, arXiv:2010.05646 (HiFi-GAN), and its published meldataset.py.
    """
    frames = frame_signal(wav, config)
    window = analysis_window(config).astype(np.float64)
    bank = mel_filterbank(config).astype(np.float64).T
    mel = np.empty((len(frames), config.n_mels), dtype=np.float32)
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        spectrum = np.fft.rfft(frames[start:start + _FRAMES_AT_ONCE] * window, axis=1)
        magnitude = np.sqrt(spectrum.real ** 2 + spectrum.imag ** 2 + POWER_FLOOR)
        mel[start:start + _FRAMES_AT_ONCE] = np.log(np.maximum(magnitude @ bank, MEL_FLOOR))
    return mel


def frame_signal(wav: np.ndarray, config: AudioConfig) -> np.ndarray:
    """Return frames (num_samples // hop_length, n_fft) of `wav`, reflect-padded by (n_fft − hop) / 2 on each side."""
    wav = check_waveform(wav)
    if len(wav) < max(config.hop_length, 2):
        raise AudioError(f"waveform of {len(wav)} samples is shorter than one hop of {config.hop_length} samples")
    total = config.n_fft - config.hop_length
    padded = np.pad(wav, (total // 2, total - total // 2), mode="reflect")
    return np.lib.stride_tricks.sliding_window_view(padded, config.n_fft)[::config.hop_length]


@lru_cache(maxsize=8)
def _cached_window(n_fft: int, win_length: int) -> np.ndarray:
    window = np.zeros(n_fft, dtype=np.float32)
    start = (n_fft - win_length) // 2
    window[start:start + win_length] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(win_length) / win_length)
    window.flags.writeable = False
    return window


def analysis_window(config: AudioConfig) -> np.ndarray:
    """Return the periodic Hann window, centred in n_fft: float32, shape (n_fft,)."""
    return _cached_window(config.n_fft, config.win_length)


def mel_filterbank(config: AudioConfig) -> np.ndarray:
    """Return triangular mel filters on Slaney's scale, each of unit area: float32, shape (n_mels, 1 + n_fft // 2).

    Source:
        Slaney 1998, Auditory Toolbox: linear below 1 kHz, logarithmic above.
    """
    return _cached_filterbank(config.sample_rate, config.n_fft, config.n_mels, config.fmin, config.fmax)


@lru_cache(maxsize=8)
def _cached_filterbank(sample_rate: int, n_fft: int, n_mels: int, fmin: float, fmax: float) -> np.ndarray:
    bins_hz = np.arange(1 + n_fft // 2) * sample_rate / n_fft
    edges_hz = mel_to_hz(np.linspace(hz_to_mel(fmin), hz_to_mel(fmax), n_mels + 2))
    lower, centre, upper = (edges_hz[i:i + n_mels, None] for i in range(3))
    rising = (bins_hz - lower) / (centre - lower)
    falling = (upper - bins_hz) / (upper - centre)
    bank = np.maximum(0, np.minimum(rising, falling)) * 2 / (upper - lower)
    bank = bank.astype(np.float32)
    bank.flags.writeable = False
    return bank


_HZ_PER_MEL = 200 / 3                 # below 1 kHz
_BREAK_HZ, _BREAK_MEL = 1000.0, 15.0
_LOG_STEP = np.log(6.4) / 27          # ln(Hz) per mel above 1 kHz


def hz_to_mel(hz: float | np.ndarray) -> np.ndarray:
    """Convert Hz to mel on Slaney's scale."""
    hz = np.asarray(hz, dtype=np.float64)
    return np.where(hz < _BREAK_HZ, hz / _HZ_PER_MEL,
                    _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP)


def mel_to_hz(mel: float | np.ndarray) -> np.ndarray:
    """Convert mel on Slaney's scale to Hz."""
    mel = np.asarray(mel, dtype=np.float64)
    return np.where(mel < _BREAK_MEL, mel * _HZ_PER_MEL, _BREAK_HZ * np.exp((mel - _BREAK_MEL) * _LOG_STEP))
