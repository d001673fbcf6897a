"""Takes made of a known reading, without a model: which token is read in which frame is what the test says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mytts_core.synthesis.spoken import SpokenPiece, SynthesisResult, TakeRequest

FRAMES_PER_SECOND = 100.0
PAUSE_SECONDS = 0.3


class Said(NamedTuple):
    """A piece: its tokens, and the number of the token that each frame reads."""

    tokens: Sequence[str]
    path: Sequence[int]


def spell(text: str) -> list[str]:
    return ["<start>", *text, "<end>"]


def steady(text: str, frames: Sequence[int]) -> Said:
    """A piece that reads each token for so many frames, start and end included."""
    return Said(spell(text), np.repeat(np.arange(len(frames)), frames).tolist())


def make_result(said: Sequence[Said], text: str = "", lost: bool = False) -> SynthesisResult:
    """A result of these pieces, with a pause between; attention is 90 % on the token that is read."""
    pieces, start = [], 0.0
    for one in said:
        count = len(one.tokens)
        attention = (0.9 * np.eye(count)[list(one.path)] + 0.1 / count).astype(np.float32)[None, None]
        pieces.append(make_piece(attention, one.tokens, start, len(one.path), lost=lost))
        start += len(one.path) / FRAMES_PER_SECOND + PAUSE_SECONDS
    text = text or " ".join("".join(one.tokens[1:-1]) for one in said)
    return SynthesisResult(TakeRequest(Path("run"), None, text), b"", start - PAUSE_SECONDS, 0.1, 22_050, tuple(pieces),
                           "CPU")


def make_piece(attention: np.ndarray, tokens: Sequence[str], start: float = 0.0, frames: int = 0, *,
               frames_per_second: float = FRAMES_PER_SECOND, reduction_factor: int = 1, head: tuple[int, int] = (0, 0),
               lost: bool = False) -> SpokenPiece:
    frames = frames or attention.shape[2] * reduction_factor
    summary: dict[str, Any] = {
        "text": "".join(tokens[1:-1]), "tokens": list(tokens), "head": list(head), "words": [],
        "reduction_factor": reduction_factor, "frames_per_second": frames_per_second, "frames": frames,
        "faults": [{"kind": "lost"}] if lost else []}
    return SpokenPiece(start, np.zeros((frames, 80), np.float32), attention, np.zeros(frames, np.float32), summary)
