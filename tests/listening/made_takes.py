"""Takes made of a known reading, without a model: which token is read in which frame is what the test says."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np
import soundfile

from mytts_core.synthesis.spoken import SpokenPiece, SynthesisResult, TakeRequest

FRAMES_PER_SECOND = 100.0
PAUSE_SECONDS = 0.3
SAMPLE_RATE = 22_050


class Said(NamedTuple):
    """A piece: its tokens, and the number of the token that each frame reads."""

    tokens: Sequence[str]
    path: Sequence[int]


def spell(text: str) -> list[str]:
    return ["<start>", *text, "<end>"]


def steady(text: str, frames: Sequence[int]) -> Said:
    """A piece that reads each token for so many frames, start and end included."""
    return Said(spell(text), np.repeat(np.arange(len(frames)), frames).tolist())


def make_result(said: Sequence[Said], text: str = "", lost: bool = False, *, level: float = 0.0,
                request: Optional[TakeRequest] = None) -> SynthesisResult:
    """A result of these pieces, with a pause between; attention is 90 % on the token that is read.

    Its audio, for a `level` above 0, is a buzz of that peak whose pitch rises with the token.
    """
    pieces, start = [], 0.0
    for one in said:
        count = len(one.tokens)
        attention = (0.9 * np.eye(count)[list(one.path)] + 0.1 / count).astype(np.float32)[None, None]
        pieces.append(make_piece(attention, one.tokens, start, len(one.path), lost=lost))
        start += len(one.path) / FRAMES_PER_SECOND + PAUSE_SECONDS
    text = text or " ".join("".join(one.tokens[1:-1]) for one in said)
    return SynthesisResult(request or TakeRequest(Path("run"), None, text), _wav(said, level) if level else b"",
                           start - PAUSE_SECONDS, 0.1, SAMPLE_RATE, tuple(pieces), "CPU")


def make_piece(attention: np.ndarray, tokens: Sequence[str], start: float = 0.0, frames: int = 0, *,
               frames_per_second: float = FRAMES_PER_SECOND, reduction_factor: int = 1, head: tuple[int, int] = (0, 0),
               lost: bool = False) -> SpokenPiece:
    frames = frames or attention.shape[2] * reduction_factor
    summary: dict[str, Any] = {
        "text": "".join(tokens[1:-1]), "tokens": list(tokens), "head": list(head), "words": [],
        "reduction_factor": reduction_factor, "frames_per_second": frames_per_second, "frames": frames,
        "faults": [fault("lost", 0, frames)] if lost else [], "step": 10, "seed": None, "stop_reason": "stop_token",
        "scores": {"diagonality": 0.9}, "skipped": 0, "repeated": 0, "stalled": 0}
    return SpokenPiece(start, np.zeros((frames, 80), np.float32), attention, np.zeros(frames, np.float32), summary)


def fault(kind: str, start_frame: int, end_frame: int, token_index: int = 1, token: str = "a") -> dict[str, Any]:
    return dict(kind=kind, token_index=token_index, token=token, start_frame=start_frame, end_frame=end_frame)


def _wav(said: Sequence[Said], level: float) -> bytes:
    """A voice-like buzz, 100 Hz and a quarter-tone for each token, silent at spaces and between pieces."""
    parts = []
    for one in said:
        hop = SAMPLE_RATE / FRAMES_PER_SECOND
        places = (np.arange(round(len(one.path) * hop)) / hop).astype(int)
        frames = np.asarray(one.path)[np.minimum(places, len(one.path) - 1)]
        phase = 2 * np.pi * np.cumsum(100 * 2 ** (frames / 24)) / SAMPLE_RATE
        voiced = np.array([len(token) == 1 and token.isalpha() for token in one.tokens])[frames]
        parts += [voiced * sum(np.sin(k * phase) / k for k in range(1, 9))]
        parts += [np.zeros(round(PAUSE_SECONDS * SAMPLE_RATE))]
    wav = np.concatenate(parts[:-1])
    file = io.BytesIO()
    soundfile.write(file, level * wav / np.abs(wav).max(), SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()
