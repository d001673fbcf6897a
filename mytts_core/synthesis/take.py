"""One synthesis and all that is known of it. NumPy alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np

from mytts_core.errors import SynthesisError
from mytts_core.monitoring.alignment import AlignmentScores
from mytts_core.monitoring.alignment_path import PathReport

Progress = Callable[[str, int, int], None]
"""Called with a stage ("loading", "decoding", "waveform"), what of it is done, and how much it is at most."""


class SynthesisCancelled(SynthesisError):
    """The synthesis was cancelled by whoever asked for it."""


@dataclass(frozen=True)
class Take:
    """A text spoken once.

    Attributes:
        text: as given; `tokens` shows one readable token for each id the model was given, `spoken` (S,) which of them
            are letters or phonemes, `unknown` the symbols it was not trained on (each once), `num_unknown` how many
            tokens they are.
        wav: float32, (N,), range [-1, 1], at `sample_rate` Hz; without samples where no audio was asked for.
        mel: ln-magnitude, float32, (T, n_mels), at `frames_per_second`.
        attention: float32, (layers, heads, groups, S), a row a group of `reduction_factor` frames, window off.
        stop_probabilities: float32, (T,).
        stop_reason: `stop_token`, `end_of_text` or `limit`.
        head: (layer, head) that `scores` and `report` look at; `head_recorded` tells whether the checkpoint named it.
        scores: of that head.
        report: skipped, repeated and stalled tokens, and whether the end was reached.
        faults: the report in words; empty where nothing is wrong.
        temperature, seed: as used. `variation` tells what a temperature above 1 varies: `prosody`, or `perturbation`.
        checkpoint: file name of the weights; `step` the training step, −1 where unknown.
        work_seconds: time that decoding and waveform took. In a batch: the share of this take.
        vocoder: its name; '' where no audio was asked for.
    """

    text: str
    tokens: list[str]
    spoken: np.ndarray
    unknown: list[str]
    num_unknown: int
    wav: np.ndarray
    sample_rate: int
    mel: np.ndarray
    frames_per_second: float
    attention: np.ndarray
    reduction_factor: int
    stop_probabilities: np.ndarray
    stop_reason: str
    head: tuple[int, int]
    head_recorded: bool
    scores: AlignmentScores
    report: PathReport
    temperature: float
    seed: Optional[int]
    variation: str
    checkpoint: str
    step: int
    work_seconds: float
    faults: list[str] = field(default_factory=list)
    vocoder: str = ""

    @property
    def audio_seconds(self) -> float:
        """Length of the audio."""
        return len(self.wav) / self.sample_rate

    def save(self, path: str | os.PathLike) -> None:
        """Write the audio in the format its suffix names (.wav, .flac, .ogg, .mp3), whole or not at all.

        Raises:
            AudioError: for another suffix or a failed write.
        """
        from mytts_core.audio.waveform import write_audio

        write_audio(path, self.wav, self.sample_rate)

    def summary(self) -> dict[str, Any]:
        """Return what fits JSON: everything but the arrays, with the path faults as in a run's sample.json."""
        report = self.report
        faults = [{"kind": fault.kind, "token_index": fault.token_index, "token": fault.token,
                   "start_frame": fault.start_frame, "end_frame": fault.end_frame} for fault in report.faults]
        return {
            "text": self.text, "tokens": list(self.tokens), "spoken": [bool(value) for value in self.spoken],
            "unknown": list(self.unknown), "num_unknown": self.num_unknown, "sample_rate": self.sample_rate,
            "frames": len(self.mel), "frames_per_second": self.frames_per_second,
            "reduction_factor": self.reduction_factor, "stop_reason": self.stop_reason, "head": list(self.head),
            "head_recorded": self.head_recorded, "scores": {k: float(v) for k, v in self.scores._asdict().items()},
            "skipped": len(report.skipped), "repeated": len(report.repeated), "stalled": len(report.stalled),
            "end_reached": report.end_reached, "faults": faults, "words": list(self.faults),
            "temperature": self.temperature, "seed": self.seed, "variation": self.variation,
            "checkpoint": self.checkpoint, "step": self.step, "vocoder": self.vocoder,
            "work_seconds": self.work_seconds,
            "audio_seconds": self.audio_seconds}
