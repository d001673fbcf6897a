"""A text of several sentences: spoken sentence by sentence, joined with pauses."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

from mytts_core.synthesis.engine import Synthesizer
from mytts_core.synthesis.many_texts import PAUSE_SECONDS, Speech, join_with_pauses, speak_many
from mytts_core.synthesis.pace import SpeechProgress
from mytts_core.synthesis.spoken import TakeRequest
from mytts_core.synthesis.text_pieces import cut_text
from mytts_core.vocoder import DEFAULT_VOCODER

__all__ = ["PAUSE_SECONDS", "Speech", "SpeechProgress", "join_with_pauses", "speak_text", "text_pieces"]


def text_pieces(synthesizer: Synthesizer, text: str, max_characters: Optional[int] = None) -> list[str]:
    """Cut a text into pieces for a model; see `mytts_core.synthesis.text_pieces.cut_text`."""
    return cut_text(text, synthesizer.config, synthesizer.tokenizer, max_characters)


def speak_text(synthesizer: Synthesizer, text: str, temperature: float = 1.0, seed: Optional[int] = None, *,
               max_seconds: Optional[float] = None, vocoder: str = DEFAULT_VOCODER,
               max_characters: Optional[int] = None, pause_seconds: float = PAUSE_SECONDS,
               progress: Optional[Callable[[SpeechProgress], None]] = None, **options: Any) -> Speech:
    """Speak a text of any length.

    Args:
        text: what to say; see `mytts_core.text.sentences` for how it is cut.
        temperature: as in `Synthesizer.synthesize`.
        seed: of the first piece, at least 0; each further piece has the next one. None draws them.
        max_seconds: of each piece.
        vocoder: a name of `mytts_core.vocoder.VOCODERS`.
        max_characters: of a piece; see `text_pieces`.
        pause_seconds: silence between pieces, at least 0.
        progress: called with how far the whole text is, at every chunk of frames and every waveform.
        options: `cancelled`: as in `Synthesizer.synthesize_batch`.

    Raises:
        TextError, ValueError, SynthesisError: as in `Synthesizer.synthesize`; also for a bad pause.
    """
    if not (math.isfinite(pause_seconds) and pause_seconds >= 0):
        raise ValueError(f"pause_seconds is {pause_seconds!r}; it must be a finite number of at least 0")
    request = TakeRequest(Path(), None, text, temperature, seed, max_seconds, vocoder)
    [(_, outcome)] = speak_many(synthesizer, [request], max_characters=max_characters, pause_seconds=pause_seconds,
                                progress=progress, **options)
    if isinstance(outcome, Speech):
        return outcome
    raise outcome
