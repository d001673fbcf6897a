"""What every measure of a pair of clips can do, and the clips."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Optional, Protocol

import numpy as np

from mytts_core.audio.mel import log_mel_spectrogram
from mytts_core.audio.pitch import fundamental_frequency
from mytts_core.audio.waveform import resample
from mytts_core.config import AudioConfig
from mytts_core.errors import AudioError
from mytts_core.evaluation.time_alignment import TimeAlignment, align_in_time, mel_cepstrum, spoken_frames

RATE_16_KHZ = 16_000
SILENT_PEAK = 1e-4
"""A largest sample below this is silence."""


class Score(NamedTuple):
    """A value of one sentence; NaN where there is none, with the reason.

    Attributes:
        weight: what it counts in the mean; for a rate its denominator, so that the mean is the rate over everything.
    """

    value: float = math.nan
    weight: float = 1.0
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Clip:
    """Speech in both forms; what measures take from it is made when first asked for, and once.

    Attributes:
        text: what is said.
        make_wav: gives the waveform: float32, (num_samples,), range [-1, 1], at `audio.sample_rate`.
        given_mel: ln-magnitude, (num_frames, n_mels), on frames of `audio.hop_length` samples; None takes it of the
            waveform.
    """

    text: str
    audio: AudioConfig
    make_wav: Callable[[], np.ndarray]
    given_mel: Optional[np.ndarray] = None

    @cached_property
    def wav(self) -> np.ndarray:
        """The waveform.

        Raises:
            AudioError: where it cannot be read or made.
        """
        return self.make_wav()

    @cached_property
    def mel(self) -> np.ndarray:
        """The mel spectrogram."""
        return log_mel_spectrogram(self.wav, self.audio) if self.given_mel is None else self.given_mel

    @cached_property
    def f0(self) -> np.ndarray:
        """Fundamental frequency, (num_frames,), Hz, NaN where unvoiced."""
        return fundamental_frequency(self.wav, self.audio)

    @cached_property
    def cepstrum(self) -> np.ndarray:
        """Mel cepstrum, (num_frames, 13), see `mel_cepstrum`."""
        return mel_cepstrum(self.mel)

    @cached_property
    def spoken(self) -> np.ndarray:
        """Frames that are no pause: rising indices, at least one.

        Raises:
            AudioError: for silence, or values that are not finite.
        """
        return spoken_frames(self.mel)

    @cached_property
    def at_16_khz(self) -> np.ndarray:
        """The waveform at the rate that judges of speech take.

        Raises:
            AudioError: for silence.
        """
        if not len(self.wav) or float(np.max(np.abs(self.wav))) < SILENT_PEAK:
            raise AudioError("the audio is silent")
        return np.clip(resample(self.wav, self.audio.sample_rate, RATE_16_KHZ), -1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Pair:
    """A clip beside the recording of the same text."""

    recording: Clip
    clip: Clip

    @cached_property
    def alignment(self) -> TimeAlignment:
        """Which frame of one belongs to which of the other.

        Raises:
            AudioError: where one of them is silent or not finite.
        """
        return align_in_time(self.recording.cepstrum, self.clip.cepstrum, self.recording.spoken, self.clip.spoken)

    @cached_property
    def in_step(self) -> tuple[np.ndarray, np.ndarray]:
        """Both waveforms at 16 kHz, of one length, for measures that compare sample by sample.

        Raises:
            AudioError: for silence, and where the lengths differ by more than a frame.
        """
        first, second = self.recording.at_16_khz, self.clip.at_16_khz
        length = min(len(first), len(second))
        frame = RATE_16_KHZ * self.clip.audio.hop_length / self.clip.audio.sample_rate
        if abs(len(first) - len(second)) > frame + 1:
            raise AudioError("its length is not the recording's: it does not run in step")
        return first[:length], second[:length]


class Measure(Protocol):
    """One or several figures that are found together."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Their names in the catalogue, all of one group."""
        ...

    def missing(self) -> str:
        """Return why nothing can be measured here, and the way out: a package, a language; '' where all is there."""
        ...

    def score(self, pair: Pair) -> dict[str, Score]:
        """Return a score for every key.

        Raises:
            AudioError: where this pair has no value; the message is the reason.
        """
        ...
