"""Fundamental frequency by normalised autocorrelation: fast, for prosody, not for pitch research."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mytts_core.audio.mel import analysis_window, frame_signal
from mytts_core.config import AudioConfig

LOWEST_HZ, HIGHEST_HZ = 65.0, 450.0
VOICING_THRESHOLD = 0.5      # normalised autocorrelation, 1 for a perfect period
SILENCE_DB = -35.0           # relative to the loudest frame
OCTAVE_COST = 0.03           # favours the shorter of two equally good periods, per octave
_FLOOR_OF_QUARTILE, _CEILING_OF_QUARTILE = 0.7, 1.7   # second pass: of the first pass' lower and upper quartile
_FEWEST_VOICED_FRAMES = 8
_FRAMES_AT_ONCE = 1024


def fundamental_frequency(wav: np.ndarray, config: AudioConfig) -> np.ndarray:
    """Estimate the fundamental frequency on the frames of `log_mel_spectrogram`.

    Args:
        wav: float32, shape (num_samples,).
        config: AudioConfig; the frame is n_fft samples, which must hold about three periods of 65 Hz.

    Returns:
        float32, shape (num_samples // hop_length,), Hz in 65–450, NaN where unvoiced.

    Raises:
        AudioError: if `wav` is not one-dimensional and finite, or shorter than one hop.

    Source:
        Boersma 1993, "Accurate short-term analysis of the fundamental frequency", without the path search: instead the
        speaker's range is found in a first pass (De Looze and Hirst 2008) and lone jumps go through a median of five.
    """
    frames = frame_signal(wav, config)
    longest = min(config.n_fft // 2, int(np.ceil(config.sample_rate / LOWEST_HZ)))
    correlation = np.empty((len(frames), longest + 2), dtype=np.float32)
    power = np.empty(len(frames))
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        part = slice(start, start + _FRAMES_AT_ONCE)
        correlation[part], power[part] = _normalised_autocorrelation(frames[part], config, longest + 2)
    audible = (power > power.max() * 10 ** (SILENCE_DB / 10)) & (power > 1e-10)
    f0 = _voiced_f0(correlation, audible, config.sample_rate, LOWEST_HZ, HIGHEST_HZ)
    if np.isfinite(f0).sum() >= _FEWEST_VOICED_FRAMES:
        low, high = np.nanquantile(f0, 0.25), np.nanquantile(f0, 0.75)
        f0 = _voiced_f0(correlation, audible, config.sample_rate, max(LOWEST_HZ, _FLOOR_OF_QUARTILE * low),
                        min(HIGHEST_HZ, _CEILING_OF_QUARTILE * high))
    return _median_of_five(f0).astype(np.float32)


def _voiced_f0(correlation: np.ndarray, audible: np.ndarray, sample_rate: int, lowest_hz: float,
               highest_hz: float) -> np.ndarray:
    """F0 (T,) in Hz between the two bounds, NaN where there is no strong period or nothing is audible."""
    shortest = max(2, int(sample_rate / highest_hz))
    longest = min(correlation.shape[1] - 2, int(np.ceil(sample_rate / lowest_hz)))
    lag, strength = _best_lag(correlation, shortest, longest)
    return np.where(audible & (strength > VOICING_THRESHOLD), sample_rate / lag, np.nan)


def _normalised_autocorrelation(frames: np.ndarray, config: AudioConfig, lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Autocorrelation (T, lags) over that of the window, 1 at lag 0; and the frames' power (T,)."""
    frames = frames - frames.mean(axis=1, keepdims=True)
    windowed = frames * analysis_window(config)
    size = 2 * config.n_fft
    spectrum = np.fft.rfft(windowed, size, axis=1)
    correlation = np.fft.irfft(spectrum.real ** 2 + spectrum.imag ** 2, size, axis=1)[:, :lags]
    power = correlation[:, 0].copy()
    correlation = correlation / np.maximum(power, 1e-12)[:, None] / _window_autocorrelation(config, lags)
    return correlation, power / config.n_fft


def _window_autocorrelation(config: AudioConfig, lags: int) -> np.ndarray:
    return _cached_window_autocorrelation(config.n_fft, config.win_length, lags)


@lru_cache(maxsize=8)
def _cached_window_autocorrelation(n_fft: int, win_length: int, lags: int) -> np.ndarray:
    window = analysis_window(AudioConfig(n_fft=n_fft, win_length=win_length, hop_length=1))
    spectrum = np.fft.rfft(window, 2 * n_fft)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:lags]
    return np.maximum(correlation / correlation[0], 1e-3)


def _best_lag(correlation: np.ndarray, shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """The best peak's lag in samples (parabolic, fractional) and its height, both (T,); 0 where there is none."""
    middle = correlation[:, shortest:longest + 1]
    peak = (middle >= correlation[:, shortest - 1:longest]) & (middle >= correlation[:, shortest + 1:longest + 2])
    cost = OCTAVE_COST * np.log2(np.arange(shortest, longest + 1) / shortest)
    score = np.where(peak, middle - cost, -1.0)
    best = score.argmax(axis=1)
    rows = np.arange(len(best))
    left, centre, right = (correlation[rows, best + shortest + offset] for offset in (-1, 0, 1))
    bend = np.minimum(left - 2 * centre + right, -1e-9)
    shift = np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
    return best + shortest + shift, np.where(score[rows, best] > -1, centre, 0.0)


def _median_of_five(f0: np.ndarray) -> np.ndarray:
    """The median of the voiced values among five frames around each voiced frame; lone voiced frames become NaN."""
    padded = np.pad(f0, 2, constant_values=np.nan)
    around = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)   # NaN sorts last
    count = np.isfinite(around).sum(axis=1)
    middle = around[np.arange(len(f0)), np.maximum(0, (count - 1) // 2)]
    return np.where(np.isfinite(f0) & (count >= 3), middle, np.nan)
