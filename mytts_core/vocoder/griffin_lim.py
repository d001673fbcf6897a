"""Fast Griffin-Lim: a waveform whose spectrum has the wanted magnitudes, found by going back and forth."""

from __future__ import annotations

import numpy as np

from mytts_core.audio.mel import analysis_window, frame_signal
from mytts_core.config import AudioConfig
from mytts_core.errors import AudioError
from mytts_core.vocoder.mel_inversion import invert_mel

_LOUDEST = 0.999
_HIGHEST_LOG_MEL = 8.0   # e^8 is far above what a waveform in [-1, 1] can reach; more is a model gone wrong


class GriffinLim:
    """A vocoder that needs no training.

    Args:
        config: the mel analysis.
        iterations: 60 is enough for speech.
        momentum: 0 is classic Griffin-Lim; 0.99 converges in far fewer iterations.
        seed: of the first phases; the same mel and seed give the same samples.

    Source:
        Griffin and Lim 1984; Perraudin, Balazs and Søndergaard 2013, "A fast Griffin-Lim algorithm".
    """

    def __init__(self, config: AudioConfig, iterations: int = 60, momentum: float = 0.99, seed: int = 0) -> None:
        if iterations < 1 or not 0 <= momentum < 2:
            raise AudioError(f"iterations is {iterations} and momentum {momentum}: at least 1, and in [0, 2)")
        self.config = config
        self.iterations = iterations
        self.momentum = momentum
        self.seed = seed

    def __call__(self, log_mel: np.ndarray) -> np.ndarray:
        """Return a waveform for a mel spectrogram.

        Args:
            log_mel: ln-magnitude, shape (num_frames, n_mels).

        Returns:
            float32, shape (num_frames * hop_length,). Where samples would lie outside [-1, 1] all are lowered together,
            so that nothing clips.

        Raises:
            AudioError: for another shape, or NaN and infinite values.
        """
        log_mel = np.asarray(log_mel, dtype=np.float32)
        if log_mel.ndim != 2 or log_mel.shape[1] != self.config.n_mels or not len(log_mel):
            raise AudioError(f"mel has shape {log_mel.shape}; it must be (frames, {self.config.n_mels})")
        if not np.isfinite(log_mel).all():
            raise AudioError("mel holds NaN or infinite values: the model that made it has diverged")
        spectrum = invert_mel(np.exp(np.minimum(log_mel, _HIGHEST_LOG_MEL)), self.config)
        wav = self.from_magnitude(spectrum)
        loudest = float(np.max(np.abs(wav)))
        return wav if loudest <= _LOUDEST else wav * np.float32(_LOUDEST / loudest)

    def from_magnitude(self, magnitude: np.ndarray) -> np.ndarray:
        """Return a waveform (num_frames * hop_length,) for linear magnitudes (num_frames, 1 + n_fft // 2)."""
        from scipy.fft import rfft  # in single precision and vectorised over frames, unlike NumPy's

        window, weight = analysis_window(self.config), self._window_weight(len(magnitude))
        phase = np.random.default_rng(self.seed).uniform(0, 2 * np.pi, magnitude.shape)
        spectrum = (magnitude * np.exp(1j * phase)).astype(np.complex64)
        previous: np.ndarray | None = None
        share = np.float32(self.momentum / (1 + self.momentum))
        for _ in range(self.iterations):
            consistent = rfft(frame_signal(self._synthesise(spectrum, weight), self.config) * window, axis=1)
            ahead = consistent if previous is None else consistent - share * previous
            previous = consistent
            length = np.sqrt(np.square(ahead.real) + np.square(ahead.imag))
            spectrum = ahead * (magnitude / np.maximum(length, np.float32(1e-9)))
        return self._synthesise(spectrum, weight)

    def _synthesise(self, spectrum: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """The waveform nearest to a spectrum (T, bins) in the least-squares sense: float32 (T * hop_length,)."""
        from scipy.fft import irfft

        frames = irfft(spectrum, self.config.n_fft, axis=1)
        return self._cut(self._overlap_add(frames * analysis_window(self.config))) / weight

    def _window_weight(self, num_frames: int) -> np.ndarray:
        squared = np.broadcast_to(np.square(analysis_window(self.config)), (num_frames, self.config.n_fft))
        return np.maximum(self._cut(self._overlap_add(squared)), np.float32(1e-3))

    def _overlap_add(self, frames: np.ndarray) -> np.ndarray:
        """Add frames (T, n_fft) a hop apart: float32 ((T + blocks − 1) * hop_length,)."""
        hop = self.config.hop_length
        blocks = -(-self.config.n_fft // hop)
        frames = np.pad(frames, ((0, 0), (0, blocks * hop - self.config.n_fft))).reshape(len(frames), blocks, hop)
        total = np.zeros((len(frames) + blocks - 1, hop), dtype=np.float32)
        for block in range(blocks):
            total[block:block + len(frames)] += frames[:, block]
        return total.reshape(-1)

    def _cut(self, padded: np.ndarray) -> np.ndarray:
        """Undo the padding of the analysis."""
        start = (self.config.n_fft - self.config.hop_length) // 2
        blocks = -(-self.config.n_fft // self.config.hop_length)
        frames = len(padded) // self.config.hop_length - blocks + 1
        return padded[start:start + frames * self.config.hop_length]
