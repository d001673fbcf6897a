"""Which checkpoint to choose, and from which others it is not told apart: paired over the sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mytts_core.evaluation.stress_board import Board, Tally, recognition, tally
from mytts_core.evaluation.stress_record import StressResult

LEVEL = 0.05
_RESAMPLINGS = 2_000


class Comparison(NamedTuple):
    """A checkpoint against the chosen one.

    Attributes:
        only_it, only_chosen: sentences that fail with it alone, and with the chosen one alone.
        p: exact McNemar, two-sided, adjusted by Holm over the others.
        character_difference: the recogniser's character errors with it less those with the chosen one, as a share of
            the characters; NaN where none listened. `character_interval` is its 95 % interval over sentences.
    """

    step: int
    only_it: int
    only_chosen: int
    p: float
    character_difference: float
    character_interval: tuple[float, float]

    @property
    def told_apart(self) -> bool:
        """Whether failures or the recogniser tell that it is worse than the chosen one."""
        return (self.p <= LEVEL and self.only_it > self.only_chosen) or self.heard_worse

    @property
    def heard_worse(self) -> bool:
        """Whether the recogniser makes more errors with it, beyond chance."""
        return self.character_interval[0] > 0


class Choice(NamedTuple):
    """The checkpoint to choose.

    Attributes:
        tally: of its sentences.
        by_recognizer: whether failures left several, and the recogniser chose among them.
        others: every other checkpoint against it, by step.
    """

    step: int
    tally: Tally
    by_recognizer: bool
    others: tuple[Comparison, ...]

    @property
    def not_told_apart(self) -> tuple[int, ...]:
        """Steps that are not told from it."""
        return tuple(other.step for other in self.others if not other.told_apart)

    @property
    def worse(self) -> tuple[int, ...]:
        """Steps that are worse beyond chance."""
        return tuple(other.step for other in self.others if other.told_apart)


def choose(board: Board) -> Choice | None:
    """Choose the checkpoint with the fewest failing sentences, the later of equals.

    Where a recogniser listened to all, it chooses among those that failures do not tell from that one: attention that
    reads a text without a fault can still be hard to understand.

    Returns:
        None without a result in which anything was spoken.
    """
    candidates = [result for result in board.results if any(outcome.spoken for outcome in result.outcomes)]
    if not candidates:
        return None
    best = min(candidates, key=lambda result: (tally(result.outcomes).fails, -result.step))
    pairs = zip(_others(candidates, best), _p_values(candidates, best))
    similar = [best, *(result for result, p in pairs if p > LEVEL)]
    shares = {result.step: recognition(result.outcomes).character_share for result in similar}
    by_recognizer = len(similar) > 1 and not any(map(math.isnan, shares.values()))
    if by_recognizer:
        best = min(similar, key=lambda result: (shares[result.step], -result.step))
    others = [_compare(other, best, p) for other, p in zip(_others(candidates, best), _p_values(candidates, best))]
    return Choice(best.step, tally(best.outcomes), by_recognizer, tuple(others))


def mcnemar(first: int, second: int) -> float:
    """Return the exact two-sided p of a paired comparison of two shares.

    Args:
        first, second: how many pairs differ in the one and in the other direction.

    Source:
        McNemar 1947, Psychometrika 12, 153–157; exact: the binomial of the pairs that differ, at one half.
    """
    count = first + second
    tail = sum(math.comb(count, hits) for hits in range(min(first, second) + 1))
    return float(min(1.0, 2 * tail / 2**count))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for their number.

    Source:
        Holm 1979, Scand. J. Stat. 6, 65–70.
    """
    adjusted, largest = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def discordant(result: StressResult, other: StressResult) -> tuple[int, int]:
    """Return how many of the sentences spoken in both fail in the first alone, and in the second alone."""
    theirs = other.by_id
    pairs = [(outcome.fails, theirs[outcome.id].fails) for outcome in result.outcomes
             if outcome.spoken and outcome.id in theirs and theirs[outcome.id].spoken]
    return sum(one and not two for one, two in pairs), sum(two and not one for one, two in pairs)


def character_difference(result: StressResult, other: StressResult) -> tuple[float, tuple[float, float]]:
    """Return by how much the first's character errors exceed the second's, as a share of the characters said, with the
    95 % interval from resampling the sentences heard in both; NaN where there are none."""
    theirs = other.by_id
    rows = [(outcome.heard.character_errors - theirs[outcome.id].heard.character_errors,   # type: ignore[union-attr]
             outcome.heard.characters) for outcome in result.outcomes
            if outcome.heard and outcome.id in theirs and theirs[outcome.id].heard]
    table = np.array(rows, float).reshape(-1, 2)
    if not table[:, 1].sum():
        return math.nan, (math.nan, math.nan)
    chosen = np.random.default_rng(0).integers(0, len(table), (_RESAMPLINGS, len(table)))
    sums = table[chosen].sum(axis=1)
    low, high = np.percentile(sums[:, 0] / np.maximum(sums[:, 1], 1), [2.5, 97.5])
    return float(table[:, 0].sum() / table[:, 1].sum()), (float(low), float(high))


def _others(candidates: Sequence[StressResult], best: StressResult) -> list[StressResult]:
    return [result for result in candidates if result is not best]


def _p_values(candidates: Sequence[StressResult], best: StressResult) -> list[float]:
    return holm([mcnemar(*discordant(result, best)) for result in _others(candidates, best)])


def _compare(other: StressResult, best: StressResult, p: float) -> Comparison:
    difference, interval = character_difference(other, best)
    return Comparison(other.step, *discordant(other, best), p, difference, interval)
