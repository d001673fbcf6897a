"""A text of several sentences: spoken sentence by sentence, joined with pauses."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.errors import TextError
from mytts_core.synthesis.engine import Synthesizer
from mytts_core.synthesis.take import Take
from mytts_core.text.sentences import split_sentences
from mytts_core.text.symbols import is_spoken

PAUSE_SECONDS = 0.3
LONGEST_PIECE = 200
"""Characters of a piece at most; half of what a run was trained on, in tokens, where that is less."""


class Speech(NamedTuple):
    """What was said: a take for each piece of the text, and their audio in one.

    Attributes:
        wav: float32, (num_samples,), range [-1, 1], at `sample_rate` Hz, with a pause between pieces.
    """

    takes: list[Take]
    wav: np.ndarray
    sample_rate: int


def text_pieces(synthesizer: Synthesizer, text: str, max_characters: Optional[int] = None) -> list[str]:
    """Cut a text into pieces for a model; those without anything to speak, a dash alone for example, are left out.

    Args:
        max_characters: of a piece, at least 20; None chooses by what the run was trained on.

    Raises:
        TextError: for `max_characters` below 20, or a text without anything to speak.
    """
    config = synthesizer.config
    longest = max_characters or max(20, min(LONGEST_PIECE, config.training.max_tokens // 2))
    pieces = split_sentences(text, config.text.language, longest)
    symbols = synthesizer.tokenizer.split(pieces)
    spoken = [piece for piece, split in zip(pieces, symbols) if any(map(is_spoken, split))]
    if not spoken:
        raise TextError(f"text {text[:60]!r} has nothing to speak: write at least one word")
    return spoken


def speak_text(synthesizer: Synthesizer, text: str, temperature: float = 1.0, seed: Optional[int] = None, *,
               max_characters: Optional[int] = None, pause_seconds: float = PAUSE_SECONDS, **options: Any) -> Speech:
    """Speak a text of any length.

    Args:
        text: what to say; see `mytts_core.text.sentences` for how it is cut.
        temperature: as in `Synthesizer.synthesize`.
        seed: of the first piece, at least 0; each further piece has the next one. None draws them.
        max_characters: of a piece; see `text_pieces`.
        pause_seconds: silence between pieces, at least 0.
        options: `max_seconds` (of each piece), `progress`, `cancelled`: as in `Synthesizer.synthesize_batch`.

    Raises:
        TextError, ValueError, SynthesisError: as in `Synthesizer.synthesize`; also for a bad pause.
    """
    if not (math.isfinite(pause_seconds) and pause_seconds >= 0):
        raise ValueError(f"pause_seconds is {pause_seconds!r}; it must be a finite number of at least 0")
    pieces = text_pieces(synthesizer, text, max_characters)
    seeds = None if seed is None else [seed + index for index in range(len(pieces))]
    takes = synthesizer.synthesize_batch(pieces, temperature, seeds, **options)
    rate = synthesizer.config.audio.sample_rate
    return Speech(takes, join_with_pauses([take.wav for take in takes], round(pause_seconds * rate)), rate)


def join_with_pauses(wavs: list[np.ndarray], pause_length: int) -> np.ndarray:
    """Join waveforms, float32 (N,), with `pause_length` samples of silence between them."""
    parts = [part for wav in wavs for part in (np.zeros(pause_length, np.float32), wav)]
    return np.concatenate(parts[1:]).astype(np.float32)
