"""When a take says which token and which word: the path of attention of every piece, on the clock of its audio."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple, Optional

import numpy as np
from numpy.typing import NDArray

from mytts_core.errors import ListeningError
from mytts_core.monitoring.reading_path import trace_path
from mytts_core.synthesis.spoken import SpokenPiece, SynthesisResult
from mytts_core.text.symbols import SPECIALS

WordReader = Callable[[str, Sequence[str]], tuple[Sequence[str], Sequence[int]]]
"""From the text of a piece and its tokens to its words, and for each token the number of its word, −1 for none; see
`mytts_core.text.written_words`."""


class TakeReading(NamedTuple):
    """When a take reads what. S counts the tokens of all pieces in order, W their words.

    Attributes:
        text: as it was asked for.
        seconds: length of the audio.
        tokens: S display tokens, start and end of each piece included.
        spans: float64, (S, 2): from when to when a token is read, in seconds of the audio, never earlier than the one
            before it; NaN where the reading passes over it. Of what is read twice, one time counts.
        ends_piece: bool, (S,): the last token of a piece, after which comes a pause.
        words: W words.
        word_of_token: int64, (S,): the number of the word, −1 where a token is in none.
        is_lost: whether attention of a piece is too diffuse for its spans to mean anything.
    """

    text: str
    seconds: float
    tokens: tuple[str, ...]
    spans: NDArray[np.float64]
    ends_piece: NDArray[np.bool_]
    words: tuple[str, ...]
    word_of_token: NDArray[np.int64]
    is_lost: bool

    def word_spans(self) -> NDArray[np.float64]:
        """Return from when to when each word is read: float64, (W, 2), in seconds; NaN where it is not."""
        spans = np.full((len(self.words), 2), np.nan)
        for word in range(len(self.words)):
            inside = self.spans[self.word_of_token == word]
            inside = inside[np.isfinite(inside[:, 0])]
            if len(inside):
                spans[word] = inside[0, 0], inside[-1, 1]
        return spans


def read_take(result: SynthesisResult, read_words: Optional[WordReader] = None) -> TakeReading:
    """Trace when a take reads each of its tokens and words.

    Args:
        result: with the attention of each piece, of which the head that its summary names is followed.
        read_words: gives the words as they are written; None takes the tokens between two spaces as a word.

    Raises:
        ListeningError: if an attention does not fit its tokens.
    """
    words: list[str] = []
    numbers: list[int] = []
    for piece in result.pieces:
        found, of_token = (read_words or _spaced_words)(piece.summary["text"], piece.summary["tokens"])
        numbers += [-1 if number < 0 else number + len(words) for number in of_token]
        words += found
    tokens = [token for piece in result.pieces for token in piece.summary["tokens"]]
    last = np.cumsum([len(piece.summary["tokens"]) for piece in result.pieces]) - 1
    lost = any(fault.get("kind") == "lost" for piece in result.pieces for fault in piece.summary["faults"])
    spans = np.concatenate([_spans(piece) for piece in result.pieces])
    return TakeReading(result.text, result.audio_seconds, tuple(tokens), spans, np.isin(np.arange(len(tokens)), last),
                       tuple(words), np.array(numbers, np.int64), lost)


def forward_part(path: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places, int64, of the longest part of a path (T,) that never goes back.

    What is read twice is in it once; a glance ahead is left out, where taking the furthest token so far would lose
    everything between.
    """
    tails: list[int] = []           # the lowest token that a part of each length can end on, and its place
    places: list[int] = []
    before = np.full(len(path), -1, np.int64)
    for place, token in enumerate(path.tolist()):
        length = bisect_right(tails, token)
        before[place] = places[length - 1] if length else -1
        tails[length:length + 1], places[length:length + 1] = [token], [place]
    chain = [places[-1]] if places else []
    while chain and before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return np.array(chain[::-1], np.int64)


def _spans(piece: SpokenPiece) -> NDArray[np.float64]:
    """Return the spans (S, 2) of a piece's tokens in seconds of the whole audio."""
    summary = piece.summary
    count, (layer, head) = len(summary["tokens"]), summary["head"]
    attention = np.asarray(piece.attention)
    if attention.ndim != 4 or attention.shape[3] != count or not (
            0 <= layer < attention.shape[0] and 0 <= head < attention.shape[1] and attention.shape[2]):
        raise ListeningError(f"attention of shape {attention.shape} does not fit {count} tokens and head ({layer}, "
                             f"{head}): the take is damaged, speak it again")
    seconds = summary["reduction_factor"] / summary["frames_per_second"]
    path = trace_path(attention[layer, head].astype(np.float32), 1 / seconds).tokens
    kept = forward_part(path)
    spans = np.full((count, 2), np.nan)
    tokens, first = np.unique(path[kept], return_index=True)
    last = np.r_[first[1:], len(kept)] - 1
    end = len(piece.mel) / summary["frames_per_second"]     # the last group may be cut
    spans[tokens] = np.minimum(np.stack([kept[first], kept[last] + 1], axis=1) * seconds, end) + piece.start
    return spans


def _spaced_words(text: str, tokens: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return what stands between two spaces as words; special tokens are in none."""
    words: list[str] = []
    numbers = []
    in_word = False
    for token in tokens:
        if token in SPECIALS or not token.strip():
            in_word = False
            numbers.append(-1)
            continue
        if not in_word:
            words.append("")
        in_word = True
        words[-1] += token
        numbers.append(len(words) - 1)
    return words, numbers
