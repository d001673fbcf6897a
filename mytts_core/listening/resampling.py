"""Intervals from resampling listeners and texts: votes of one listener, or on one text, resemble each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Optional

import numpy as np

RESAMPLES = 2_000
_CHUNK = 250
Interval = tuple[float, float]


class VoteTable(NamedTuple):
    """Decided votes, counted.

    Attributes:
        wins: float, (pairs, listeners, texts): for the first setting of each pair (ABX: right answers).
        losses: the same for the second (ABX: wrong answers).
    """

    wins: np.ndarray
    losses: np.ndarray

    @property
    def can_be_resampled(self) -> bool:
        """Whether there is more than one listener or text."""
        return max(self.wins.shape[1:], default=0) > 1


def count_votes(pair: np.ndarray, listener: np.ndarray, text: np.ndarray, won: np.ndarray, pairs: int) -> VoteTable:
    """Return the table of votes.

    Args:
        pair, listener, text: int, (votes,): of each vote; listeners and texts are numbered anew, those without a vote
            have no place.
        won: bool, (votes,): for the first setting of the pair.
        pairs: how many pairs there are.
    """
    people, listener = np.unique(listener, return_inverse=True)
    sentences, text = np.unique(text, return_inverse=True)
    wins, losses = np.zeros((2, pairs, len(people), len(sentences)))
    np.add.at(wins, (pair[won], listener[won], text[won]), 1)
    np.add.at(losses, (pair[~won], listener[~won], text[~won]), 1)
    return VoteTable(wins, losses)


def resampled_counts(table: VoteTable, seed: int, resamples: int = RESAMPLES) -> tuple[np.ndarray, np.ndarray]:
    """Return wins and losses of each pair when listeners and texts are drawn anew, each with replacement.

    Of one listener or one text alone nothing is drawn: it stays.

    Returns:
        Two arrays, float, (resamples, pairs).

    Source:
        Owen 2007, Annals of Applied Statistics 1, 386–411 (the pigeonhole bootstrap).
    """
    _, listeners, texts = table.wins.shape
    chunks = list(_weights(listeners, texts, seed, resamples))

    def weighted(votes: np.ndarray) -> np.ndarray:
        return np.concatenate([np.einsum("rl,prl->rp", people, np.einsum("plt,rt->prl", votes, sentences))
                               for people, sentences in chunks])

    return weighted(table.wins), weighted(table.losses)


def share_intervals(wins: np.ndarray, losses: np.ndarray) -> list[Optional[Interval]]:
    """Return the 95 % interval of the share of wins of each pair, from `resampled_counts`.

    None for a pair that no resample has a vote on.
    """
    decided = wins + losses
    shares = np.divide(wins, decided, out=np.full_like(wins, np.nan), where=decided > 0)
    return [interval(column) for column in shares.T]


def interval(values: np.ndarray) -> Optional[Interval]:
    """Return the 2.5 % and 97.5 % quantiles of the finite values; None without any."""
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _weights(listeners: int, texts: int, seed: int, resamples: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, _CHUNK):
        count = min(_CHUNK, resamples - start)
        yield _drawn(rng, listeners, count), _drawn(rng, texts, count)


def _drawn(rng: np.random.Generator, number: int, count: int) -> np.ndarray:
    """Return how often each of `number` things is drawn in `number` draws, (count, number)."""
    return rng.multinomial(number, np.full(number, 1 / number), size=count).astype(float)
