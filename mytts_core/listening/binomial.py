"""Counts of votes against chance: exact tests, Wilson's interval, Holm's correction, and the verdict in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mytts_core.listening.power import ALPHA, smallest_conclusive

CONFIDENCE = 0.95
Interval = tuple[float, float]


def exact_p(wins: int, trials: int, two_sided: bool = True) -> float:
    """Return the exact binomial p of `wins` in `trials` against one half; 1 without trials.

    One-sided: the chance of that many or more by guessing.
    """
    from scipy.stats import binomtest

    if trials == 0:
        return 1.0
    return float(binomtest(wins, trials, 0.5, alternative="two-sided" if two_sided else "greater").pvalue)


def wilson_interval(wins: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Return Wilson's score interval of a share; (0, 1) without trials.

    Source:
        Wilson 1927, J. Am. Stat. Assoc. 22, 209–212.
    """
    from scipy.stats import binomtest

    if trials == 0:
        return 0.0, 1.0
    low, high = binomtest(wins, trials).proportion_ci(confidence, method="wilson")
    return float(low), float(high)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for their number, in their order; each compares with the level as it is.

    Source:
        Holm 1979, Scand. J. Statistics 6, 65–70.
    """
    values = np.asarray(p_values, dtype=float)
    order = np.argsort(values, kind="stable")
    stepped = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0) if len(values) else stepped
    return [float(value) for value in adjusted]


def share_of(wins: int, trials: int) -> float:
    """Return wins over trials; NaN without trials."""
    return wins / trials if trials else float("nan")


def preference_in_words(first: str, second: str, wins: int, losses: int, ties: int, adjusted_p: float, pairs: int,
                        exploratory: bool) -> str:
    """Return the verdict on one pair of an AB test."""
    decided, more = wins + losses, f" {ties} more said no difference." if ties else ""
    if decided == 0:
        said = f'all {ties} votes said "no difference"' if ties else "nobody voted"
        return _marked(f"Not conclusive: {said} between {first} and {second}.", exploratory)
    leader, other, votes = (first, second, wins) if wins >= losses else (second, first, losses)
    whom = f"{leader}, as many for {other}" if wins == losses else f"{leader} against {other}"
    counted = f"{votes} of {decided} decided votes for {whom} ({_numbers(votes, decided, adjusted_p, pairs)})"
    if adjusted_p <= ALPHA:
        return _marked(f"{leader} was preferred: {counted}.{more}", exploratory)
    return _marked(f"Not conclusive: {counted}{_needed(decided, pairs, True)}.{more}", exploratory)


def abx_in_words(first: str, second: str, correct: int, answers: int, adjusted_p: float, pairs: int,
                 exploratory: bool) -> str:
    """Return the verdict on one pair of an ABX test."""
    if answers == 0:
        return _marked(f"Not conclusive: nobody answered on {first} and {second}.", exploratory)
    counted = f"{correct} of {answers} right answers ({_numbers(correct, answers, adjusted_p, pairs)})"
    if adjusted_p <= ALPHA:
        return _marked(f"{first} and {second} can be told apart: {counted}.", exploratory)
    return _marked(f"Not conclusive whether {first} and {second} can be told apart: {counted}"
                   f"{_needed(answers, pairs, False)}. This does not show that they sound the same.", exploratory)


def p_in_words(p: float) -> str:
    """Return "p = 0.041", "p < 0.001" or "p = 1"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.9995 else "p = 1"


def _numbers(votes: int, trials: int, adjusted_p: float, pairs: int) -> str:
    low, high = wilson_interval(votes, trials)
    corrected = f" after correction for {pairs} pairs" if pairs > 1 else ""
    return f"{votes / trials:.0%}, 95% interval {100 * low:.0f}–{high:.0%}; {p_in_words(adjusted_p)}{corrected}"


def _needed(trials: int, pairs: int, two_sided: bool) -> str:
    if pairs > 1:       # what is needed then depends on the other pairs
        return ""
    wins = smallest_conclusive(trials, ALPHA, two_sided)
    return f"; {wins} were needed" if wins else f"; even {trials} of {trials} could be chance"


def _marked(words: str, exploratory: bool) -> str:
    return f"Exploratory, not a finding. {words}" if exploratory else words
