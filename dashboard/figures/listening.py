"""Which moment of a recording or a take says which word: the path of attention as times to listen to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.labels import shown_token
from mytts_core.monitoring.reading_path import trace_path


class Visit(NamedTuple):
    """A stay of the path on a word or a token: its number, and the time from `start` to `end` in seconds."""

    number: int
    start: float
    end: float


class ListeningInfo(NamedTuple):
    """The words and tokens of an utterance and when they are read; one read twice has two visits.

    Attributes:
        words: as displayed, in text order; special tokens belong to no word.
        tokens: S display tokens.
        word_visits, token_visits: in the order of time.
    """

    words: tuple[str, ...]
    tokens: tuple[str, ...]
    word_visits: tuple[Visit, ...]
    token_visits: tuple[Visit, ...]

    @property
    def is_empty(self) -> bool:
        return not self.token_visits


def get_listening_info(attention: Optional[NDArray], tokens: Sequence[str], *, reduction_factor: int = 1,
                       frames_per_second: float = float("nan"),
                       written: Optional[tuple[Sequence[str], NDArray]] = None) -> ListeningInfo:
    """Trace when each word is read.

    Args:
        attention: one head, shape (groups, S), a row a group of `reduction_factor` frames; None gives no visits.
        tokens: S display tokens; where there are more or fewer, there are no visits.
        frames_per_second: NaN when unknown, which gives no visits.
        written: the words to show, and for each token the number of its word, -1 for none; None shows the words that
            the tokens themselves make.
    """
    words, word_of_token = split_words(tokens) if written is None else (tuple(written[0]), written[1])
    shown = tuple(shown_token(token) for token in tokens)
    matrix = np.empty((0, 0)) if attention is None else np.asarray(attention)
    fits = matrix.ndim == 2 and matrix.size and matrix.shape[1] == len(tokens)
    if not fits or not frames_per_second > 0:
        return ListeningInfo(words, shown, (), ())
    seconds = reduction_factor / frames_per_second
    path = trace_path(matrix, 1 / seconds).tokens
    return ListeningInfo(words, shown, _visits(word_of_token[path], seconds), _visits(path, seconds))


def split_words(tokens: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the words of display tokens, and for each token the number of its word, -1 for one that is in none."""
    words: list[str] = []
    numbers = np.full(len(tokens), -1, np.int64)
    in_word = False
    for place, token in enumerate(tokens):
        is_special = len(token) > 2 and token.startswith("<") and token.endswith(">")
        if is_special or not token or token.isspace():
            in_word = False
            continue
        if not in_word:
            words.append("")
            in_word = True
        words[-1] += token
        numbers[place] = len(words) - 1
    return tuple(words), numbers


def _visits(numbers: NDArray[np.int64], seconds: float) -> tuple[Visit, ...]:
    """Return the stretches of equal numbers of shape (groups,), those below 0 left out."""
    edges = np.flatnonzero(np.r_[True, np.diff(numbers) != 0, True])
    return tuple(Visit(int(numbers[start]), round(start * seconds, 4), round(stop * seconds, 4))
                 for start, stop in zip(edges[:-1], edges[1:]) if numbers[start] >= 0)
