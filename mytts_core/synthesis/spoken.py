"""What is asked of a synthesis and what it yields, as plain values. NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np


class TakeRequest(NamedTuple):
    """A text to speak once, with what.

    Attributes:
        run_folder: of the run whose voice it is.
        checkpoint: a step, "best", "last", the name of a weights file in the run, or None for the last.
        text: of any length; it is spoken sentence by sentence.
        temperature: 1.0 is deterministic, above varies, below speaks flatter.
        seed: of the variation, at least 0; further pieces of the text have the next ones. None draws one.
        max_seconds: of each piece of the text; None allows 2.5 times what the corpus' speaking rate predicts.
        vocoder: a name of `mytts_core.vocoder.VOCODERS`.
    """

    run_folder: Path
    checkpoint: int | str | None
    text: str
    temperature: float = 1.0
    seed: Optional[int] = None
    max_seconds: Optional[float] = None
    vocoder: str = "griffin_lim"


@dataclass(frozen=True)
class SpokenPiece:
    """A piece of the text, spoken; a short text is one piece.

    Attributes:
        start: where it begins in the audio, in seconds.
        mel: ln-magnitude, float32, (T, n_mels).
        attention: float32, (layers, heads, groups, S), window off.
        stop_probabilities: float32, (T,).
        summary: all else that is known of the take, see `Take.summary`: text, tokens, scores, stop reason, faults in
            words ("words"), seconds, …
    """

    start: float
    mel: np.ndarray
    attention: np.ndarray
    stop_probabilities: np.ndarray
    summary: dict[str, Any]


@dataclass(frozen=True)
class SynthesisResult:
    """What a worker yields for one take.

    Attributes:
        request: as it was asked for.
        audio: a whole WAV file, 16 bit, as audio players want it: every piece, with pauses between.
        audio_seconds: its length.
        work_seconds: that decoding and waveforms took; of takes decoded together, this one's share.
        sample_rate: in Hz.
        pieces: in the order they are spoken, at least one.
        device: what it was computed on, for example "CPU".
    """

    request: TakeRequest
    audio: bytes
    audio_seconds: float
    work_seconds: float
    sample_rate: int
    pieces: tuple[SpokenPiece, ...]
    device: str

    @property
    def text(self) -> str:
        """What was to be said, as it was asked for."""
        return self.request.text
