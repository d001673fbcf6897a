"""The same place of the text in two takes of it: seconds in one to seconds in the other. NumPy alone."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mytts_core.errors import ListeningError
from mytts_core.listening.take_reading import TakeReading

TOKEN, WORD, TIME = "token", "word", "time"

SHORT_GAP_SECONDS = 0.12
"""What one take passes over within this time it reads quickly, and the tokens beside share the time; beyond it one take
skips or repeats, and the other waits for it."""

MIN_MATCHED_WORDS = 0.5
"""Share of the words that two takes must have in common for their places to be matched by word."""

_RAMP = 1e-6        # seconds a knot: where one take waits for the other, the map still has an inverse


class TimeMap(NamedTuple):
    """A strictly rising, piecewise linear map between the times of two takes.

    Attributes:
        first, second: float64, (N,), N at least 2: the same places in both takes, in seconds, from 0 to the end.
        unit: what was matched: `token`; `word`, where the takes have other tokens; `time`, the share of the length,
            where one of them does not follow its text.
    """

    first: NDArray[np.float64]
    second: NDArray[np.float64]
    unit: str

    @classmethod
    def between(cls, first: TakeReading, second: TakeReading) -> TimeMap:
        """Return the map between two takes of the same text.

        Each token that both read is a knot where it begins. Where one reads what the other skips or repeats, it moves
        on while the other waits at the gap. Before the first and after the last knot both clocks run alike as long as
        both takes last.

        Raises:
            ListeningError: if the texts differ, except in their spaces.
        """
        if first.text.split() != second.text.split():
            raise ListeningError(f"the takes say different texts, “{_shown(first.text)}” and “{_shown(second.text)}”: "
                                 "places can be compared in takes of the same text only")
        lengths = first.seconds, second.seconds
        if not (first.is_lost or second.is_lost):
            if first.tokens == second.tokens:
                pairs, ends, unit = np.stack([first.spans, second.spans]), first.ends_piece, TOKEN
            else:
                pairs, unit = _word_pairs(first, second), WORD
                ends = np.ones(pairs.shape[1], bool)
            common = np.asarray(np.isfinite(pairs).all(axis=(0, 2)))
            if common.any():
                # A token that only one take stops at must not hide that its piece ends.
                knots = _knots(pairs[:, common], _ends_of(ends, common), lengths)
                return cls(knots[0], knots[1], unit)
        knots = _rising(np.array([[0.0, lengths[0]], [0.0, lengths[1]]]))
        return cls(knots[0], knots[1], TIME)

    def to_second(self, seconds: Any) -> NDArray[np.float64]:
        """Return times (any shape) of the first take as times of the second; what lies outside is taken as the end."""
        return np.asarray(np.interp(seconds, self.first, self.second))

    def to_first(self, seconds: Any) -> NDArray[np.float64]:
        """Return times (any shape) of the second take as times of the first."""
        return np.asarray(np.interp(seconds, self.second, self.first))


def _ends_of(ends: NDArray[np.bool_], common: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each common unit whether a piece ends with it, or with one after it that is not common."""
    group = np.cumsum(common) - 1
    closed = np.zeros(int(common.sum()), bool)
    np.logical_or.at(closed, group[ends & (group >= 0)], True)
    return closed


def match_words(first: TakeReading, second: TakeReading) -> list[tuple[int, int]]:
    """Return the numbers of the words that both takes have, in order; spelling counts, case and marks do not."""
    plain, other_plain = ([_plain(word) for word in take.words] for take in (first, second))
    blocks = SequenceMatcher(None, plain, other_plain, autojunk=False).get_matching_blocks()
    return [(one + step, other + step) for one, other, size in blocks for step in range(size)]


def _word_pairs(first: TakeReading, second: TakeReading) -> NDArray[np.float64]:
    """Return the spans (2, N, 2) of the words that both takes have; N is 0 where they share too few."""
    matched = match_words(first, second)
    if not matched or len(matched) < MIN_MATCHED_WORDS * max(len(first.words), len(second.words)):
        return np.empty((2, 0, 2))
    numbers = np.array(matched).T
    return np.stack([first.word_spans()[numbers[0]], second.word_spans()[numbers[1]]])


def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum()) or word


def _knots(pairs: NDArray[np.float64], ends: NDArray[np.bool_], lengths: tuple[float, float]) -> NDArray[np.float64]:
    """Return the knots (2, N) of units that both takes read.

    Args:
        pairs: (2, U, 2), seconds: of each take and unit the start and the end; U at least 1.
        ends: bool, (U,): units whose end is a knot too, whatever follows.
    """
    starts, stops = pairs[:, :, 0], pairs[:, :, 1]
    gaps = starts[:, 1:] - stops[:, :-1]
    needed = ends | np.r_[np.abs(gaps[0] - gaps[1]) > SHORT_GAP_SECONDS, True]
    kept = np.stack([np.ones_like(needed), needed], axis=1).ravel()
    inner = np.stack([starts, stops], axis=2).reshape(2, -1)[:, kept]
    totals = np.array(lengths)
    lead = inner[:, 0].min()
    tail = max(float((totals - inner[:, -1]).min()), 0.0)
    knots = np.column_stack([np.zeros(2), inner[:, 0] - lead, inner, inner[:, -1] + tail, totals])
    return _rising(np.maximum.accumulate(np.minimum(knots, totals[:, None]), axis=1))


def _rising(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return knots (2, N), none of which falls, so that each is later than the one before; the ends stay."""
    rising = knots + _RAMP * np.arange(knots.shape[1])
    return np.asarray(rising * (knots[:, -1:] / rising[:, -1:]))


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
