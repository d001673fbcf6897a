"""A text of several sentences: spoken sentence by sentence, joined with pauses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.synthesis.engine import BATCH_SIZE, Synthesizer
from mytts_core.synthesis.take import Take
from mytts_core.synthesis.text_pieces import cut_text

PAUSE_SECONDS = 0.3
DECODING_SHARE = 0.8
"""Of the work of a batch, roughly; waveforms are the rest."""


class SpeechProgress(NamedTuple):
    """How far a text is.

    Attributes:
        stage: "decoding" or "waveform".
        done, most: frames while decoding, of the most there may be; waveforms of the pieces decoded together.
        spoken, pieces: pieces whose audio is there, of all.
        share: of the work, 0 to 1; it never falls.
    """

    stage: str
    done: int
    most: int
    spoken: int
    pieces: int
    share: float


class Speech(NamedTuple):
    """What was said: a take for each piece of the text, and their audio in one.

    Attributes:
        wav: float32, (num_samples,), range [-1, 1], at `sample_rate` Hz, with a pause between pieces.
        starts: where each take begins in `wav`, in seconds.
    """

    takes: list[Take]
    wav: np.ndarray
    sample_rate: int
    starts: list[float]


def text_pieces(synthesizer: Synthesizer, text: str, max_characters: Optional[int] = None) -> list[str]:
    """Cut a text into pieces for a model; see `mytts_core.synthesis.text_pieces.cut_text`."""
    return cut_text(text, synthesizer.config, synthesizer.tokenizer, max_characters)


def speak_text(synthesizer: Synthesizer, text: str, temperature: float = 1.0, seed: Optional[int] = None, *,
               max_characters: Optional[int] = None, pause_seconds: float = PAUSE_SECONDS,
               progress: Optional[Callable[[SpeechProgress], None]] = None, **options: Any) -> Speech:
    """Speak a text of any length.

    Args:
        text: what to say; see `mytts_core.text.sentences` for how it is cut.
        temperature: as in `Synthesizer.synthesize`.
        seed: of the first piece, at least 0; each further piece has the next one. None draws them.
        max_characters: of a piece; see `text_pieces`.
        pause_seconds: silence between pieces, at least 0.
        progress: called with how far the whole text is, at every chunk of frames and every waveform.
        options: `max_seconds` (of each piece), `cancelled`: as in `Synthesizer.synthesize_batch`.

    Raises:
        TextError, ValueError, SynthesisError: as in `Synthesizer.synthesize`; also for a bad pause.
    """
    if not (math.isfinite(pause_seconds) and pause_seconds >= 0):
        raise ValueError(f"pause_seconds is {pause_seconds!r}; it must be a finite number of at least 0")
    pieces = text_pieces(synthesizer, text, max_characters)
    seeds = None if seed is None else [seed + index for index in range(len(pieces))]
    watch = None if progress is None else _watch_batches(len(pieces), progress)
    takes = synthesizer.synthesize_batch(pieces, temperature, seeds, progress=watch, **options)
    rate = synthesizer.config.audio.sample_rate
    pause = round(pause_seconds * rate)
    ends = np.cumsum([len(take.wav) + pause for take in takes])
    wav = join_with_pauses([take.wav for take in takes], pause)
    return Speech(takes, wav, rate, [0.0, *(float(end) / rate for end in ends[:-1])])


def join_with_pauses(wavs: list[np.ndarray], pause_length: int) -> np.ndarray:
    """Join waveforms, float32 (N,), with `pause_length` samples of silence between them."""
    parts = [part for wav in wavs for part in (np.zeros(pause_length, np.float32), wav)]
    return np.concatenate(parts[1:]).astype(np.float32)


def _watch_batches(pieces: int, tell: Callable[[SpeechProgress], None]) -> Callable[[str, int, int], None]:
    """Return what `synthesize_batch` calls, one batch after the other, to tell of the whole."""
    before = 0      # pieces of the batches that are done

    def watch(stage: str, done: int, most: int) -> None:
        nonlocal before
        together = min(BATCH_SIZE, pieces - before)
        part = min(done / max(most, 1), 1.0)
        decoding = stage == "decoding"
        made = DECODING_SHARE * part if decoding else DECODING_SHARE + (1 - DECODING_SHARE) * part
        spoken = before if decoding else before + done
        tell(SpeechProgress(stage, done, most, spoken, pieces, (before + together * made) / pieces))
        if not decoding and done == most:
            before = spoken

    return watch
