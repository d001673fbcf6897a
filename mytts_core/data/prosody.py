"""The few prosody values that an utterance is conditioned on: observed from its mel and pitch."""

from __future__ import annotations

import numpy as np

PROSODY_DIMENSIONS = ("log_frames_per_token", "log_f0_median", "f0_spread_semitones", "energy")
Z_LIMIT = 3.0
_FEWEST_VOICED_FRAMES = 5


def observe_prosody(mel: np.ndarray, f0: np.ndarray, num_tokens: int) -> np.ndarray:
    """Observe the prosody of one utterance.

    Args:
        mel: ln-magnitude, shape (num_frames, n_mels).
        f0: Hz, shape (num_frames,), NaN where unvoiced.
        num_tokens: tokens spoken, start and end left out; at least 1.

    Returns:
        float32, shape (4,), in the order of `PROSODY_DIMENSIONS`: ln of frames per token; ln of the median F0 in Hz;
        standard deviation of F0 in semitones around its median; mean over frames of the ln of the mean mel magnitude.
        The two F0 values are NaN with fewer than five voiced frames.
    """
    frames_per_token = len(mel) / max(1, num_tokens)
    energy = np.log(np.exp(mel.astype(np.float64)).mean(axis=1)).mean()
    voiced = f0[np.isfinite(f0)].astype(np.float64)
    if len(voiced) < _FEWEST_VOICED_FRAMES:
        return np.array([np.log(frames_per_token), np.nan, np.nan, energy], dtype=np.float32)
    median = np.median(voiced)
    spread = np.std(12 * np.log2(voiced / median))
    return np.array([np.log(frames_per_token), np.log(median), spread, energy], dtype=np.float32)


def prosody_statistics(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation (4,) of `values` (num_utterances, 4), NaN left out; never zero, never NaN."""
    known = np.isfinite(values)
    count = np.maximum(1, known.sum(axis=0))
    mean = np.where(known, values, 0).sum(axis=0) / count
    variance = np.where(known, np.square(values - mean), 0).sum(axis=0) / count
    deviation = np.sqrt(variance)
    return mean.astype(np.float32), np.where(deviation > 1e-4, deviation, 1.0).astype(np.float32)


def normalise_prosody(values: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Return z-scores of `values` (…, 4), clipped to ±3; what was not observed (NaN) is 0, the mean."""
    scores = np.clip((values - mean) / std, -Z_LIMIT, Z_LIMIT)
    return np.where(np.isfinite(scores), scores, 0).astype(np.float32)
