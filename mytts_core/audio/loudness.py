"""Loudness as it is heard, and clips made equally loud. NumPy and SciPy alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Union

import numpy as np

from mytts_core.errors import AudioError

TARGET_LUFS = -23.0
"""The programme loudness of EBU R 128; speech at −23 LUFS leaves room for its peaks."""

HIGHEST_PEAK = 0.999
LOWEST_SAMPLE_RATE = 4_000
"""In Hz. The shelf of the weighting has its corner at 1,682 Hz: below twice that there is no such filter."""

BLOCK_SECONDS, STEP_SECONDS = 0.4, 0.1
ABSOLUTE_GATE_LUFS, RELATIVE_GATE_LU = -70.0, -10.0
_OFFSET = -0.691        # makes a 997 Hz sine of full scale in one front channel −3.01 LUFS
_CHANNEL_WEIGHTS = np.array([1.0, 1.0, 1.0, 1.41, 1.41])

# Tables 1 and 2 of the standard, for 48 kHz: numerator and denominator of the shelf (the head) and of the high pass.
_TABLE_RATE = 48_000
_TABLES = (((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
           ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)))


class MatchedClip(NamedTuple):
    """A clip after `match_loudness`.

    Attributes:
        wav: float32, (num_samples,), peak at most `HIGHEST_PEAK`.
        gain_db: by how much it was made louder, in dB; 0 for silence, which stays as it is.
    """

    wav: np.ndarray
    gain_db: float


def integrated_loudness(wav: np.ndarray, sample_rate: int) -> float:
    """Measure the gated loudness of a whole clip.

    Args:
        wav: shape (num_samples,) or (num_samples, channels), range [-1, 1]; channels are left, right, centre, left and
            right surround, one to five.
        sample_rate: in Hz, at least `LOWEST_SAMPLE_RATE`.

    Returns:
        LUFS; −inf where no block is louder than −70 LUFS, as in silence. A clip shorter than a block of 0.4 s is one
        block of its own length: it is not filled up with silence, which would make a short word read too quiet.

    Raises:
        AudioError: for an empty or non-finite waveform, more than five channels, or a sample rate that is too low.

    Source:
        ITU-R BS.1770-4, annex 1. Its filters are given for 48 kHz; for other rates the analogue filters behind them
        are transformed anew, within 0.05 dB at 1 kHz from 16 kHz up (0.2 dB at 8 kHz).
    """
    return _gated_loudness(_block_powers(wav, sample_rate))


def match_loudness(wavs: Sequence[np.ndarray], sample_rates: Union[int, Sequence[int]],
                   target: float = TARGET_LUFS) -> list[MatchedClip]:
    """Make clips equally loud.

    Args:
        wavs: float32, (num_samples,) each.
        sample_rates: in Hz, one for each clip, or one for all.
        target: LUFS. Where one clip would exceed `HIGHEST_PEAK`, all are lowered together until it does not.

    Returns:
        (wav, gain in dB) for each clip, in their order. Silence stays as it is, with a gain of 0.

    Raises:
        AudioError: as in `integrated_loudness`; also for a target that is not finite, or rates that do not fit.
    """
    rates = np.full(len(wavs), sample_rates) if np.ndim(sample_rates) == 0 else np.asarray(sample_rates)
    if len(rates) != len(wavs):
        raise AudioError(f"{len(wavs)} clips have {len(rates)} sample rates; give one each, or one for all")
    if not np.isfinite(target):
        raise AudioError(f"the target loudness is {target!r}; it must be finite, in LUFS, for example {TARGET_LUFS:g}")
    gains = [_gain_to(_block_powers(wav, rate), target) for wav, rate in zip(wavs, rates.tolist())]
    peaks = [float(np.abs(wav).max()) for wav in wavs]
    heard = [20 * np.log10(peak) + gain for peak, gain in zip(peaks, gains) if np.isfinite(gain)]
    highest = max(heard, default=-np.inf)
    lowered = min(20 * np.log10(HIGHEST_PEAK) - highest - 1e-5, 0.0)       # a hair below: float32 rounds
    return [MatchedClip(np.asarray(wav, np.float32), 0.0) if not np.isfinite(gain) else
            MatchedClip(np.float32(10 ** ((gain + lowered) / 20)) * np.asarray(wav, np.float32), gain + lowered)
            for wav, gain in zip(wavs, gains)]


def _block_powers(wav: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return the weighted power of each gating block, channels summed: float64, (blocks,)."""
    from scipy.signal import lfilter

    samples = _check(wav, sample_rate)
    for numerator, denominator in _weighting(float(sample_rate)):
        samples = lfilter(numerator, denominator, samples, axis=0)
    energy = np.square(samples) @ _CHANNEL_WEIGHTS[:samples.shape[1]]
    total = np.r_[0.0, np.cumsum(energy)]
    length = round(BLOCK_SECONDS * sample_rate)
    if len(energy) <= length:
        return np.array([total[-1] / len(energy)])
    starts = np.round(np.arange(0, len(energy), STEP_SECONDS * sample_rate)).astype(np.int64)
    starts = starts[starts + length <= len(energy)]     # the standard leaves out what fills no block at the end
    return np.asarray(total[starts + length] - total[starts]) / length


def _check(wav: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return samples as float64, (num_samples, channels)."""
    samples = np.asarray(wav, np.float64)
    samples = samples[:, None] if samples.ndim == 1 else samples
    if samples.ndim != 2 or not 1 <= samples.shape[1] <= len(_CHANNEL_WEIGHTS):
        raise AudioError(f"waveform has shape {np.shape(wav)}; it must be (samples,) or (samples, channels) with "
                         f"one to {len(_CHANNEL_WEIGHTS)} channels")
    if not len(samples):
        raise AudioError("waveform holds no samples")
    if not np.isfinite(samples).all():
        raise AudioError("waveform holds NaN or infinite samples")
    if not (np.isfinite(sample_rate) and sample_rate >= LOWEST_SAMPLE_RATE):
        raise AudioError(f"sample rate is {sample_rate!r} Hz; loudness needs at least {LOWEST_SAMPLE_RATE}")
    return samples


def _gated_loudness(powers: np.ndarray, gain_db: float = 0.0) -> float:
    """Return the loudness of blocks made louder by `gain_db`, both gates applied; −inf where none passes."""
    powers = powers * 10 ** (gain_db / 10)
    loud = powers[powers > _power(ABSOLUTE_GATE_LUFS)]
    if not len(loud):
        return float("-inf")
    loud = loud[loud > loud.mean() * 10 ** (RELATIVE_GATE_LU / 10)]
    return float(_OFFSET + 10 * np.log10(loud.mean()))


def _gain_to(powers: np.ndarray, target: float) -> float:
    """Return the gain in dB after which blocks have the target loudness; −inf for silence.

    A quiet clip made louder lifts blocks over the absolute gate: a few rounds find the gain that is right with them.
    """
    gain = 0.0
    for _ in range(8):
        short = target - _gated_loudness(powers, gain)
        if not np.isfinite(short):
            return float("-inf")
        gain += short
        if abs(short) < 1e-3:
            break
    return gain


def _power(loudness: float) -> float:
    return float(10 ** ((loudness - _OFFSET) / 10))


@lru_cache(maxsize=16)
def _weighting(sample_rate: float) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return the numerators and denominators of the K weighting at a sample rate, in order."""
    return tuple(_at_rate(np.array(above), np.array(below), sample_rate) for above, below in _TABLES)


def _at_rate(numerator: np.ndarray, denominator: np.ndarray, sample_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Take a filter at 48 kHz back through the bilinear transform, and forth again at another rate.

    With z⁻¹ = (1 − s) / (1 + s), a filter of the second order is one in s, whose corner c = √(a₀ / a₂) is
    tan(π f / rate): s is scaled so that f stays where the rate changes.
    """
    basis = np.array([[1, 1, 1], [2, 0, -2], [1, -1, 1]])      # rows: 1, s, s²; columns: 1, z⁻¹, z⁻²
    above, below = basis @ numerator, basis @ denominator
    corner = np.sqrt(below[0] / below[2])
    frequency = np.arctan(corner) * _TABLE_RATE / np.pi
    scale = (corner / np.tan(np.pi * frequency / sample_rate)) ** np.arange(3)
    above, below = np.linalg.solve(basis, above * scale), np.linalg.solve(basis, below * scale)
    return above / below[0], below / below[0]
