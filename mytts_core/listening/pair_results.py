"""What the votes say of each pair of settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Optional

import numpy as np

from mytts_core.listening.binomial import (
    Interval,
    abx_in_words,
    exact_p,
    holm,
    preference_in_words,
    share_of,
    wilson_interval,
)
from mytts_core.listening.design import COMPARISON, TARGET
from mytts_core.listening.plan import ABX, ListeningPlan
from mytts_core.listening.power import ALPHA
from mytts_core.listening.resampling import VoteTable, count_votes
from mytts_core.listening.vote_records import VoteRecord


class PairResult(NamedTuple):
    """Votes on one pair of settings in an AB test.

    Attributes:
        first, second: labels.
        wins, losses: votes for the first and for the second.
        ties: votes for "no difference": shown apart, not part of any number below.
        share: wins of all decided votes; NaN without any.
        interval: 95 % Wilson interval of the share.
        p: exact two-sided binomial against one half.
        adjusted_p: by Holm over the pairs of the test; `p` where there is one pair.
        resampled: 95 % interval of the share from resampling listeners and texts; None with one listener and one text.
        conclusive: whether adjusted_p ≤ 0.05 in the planned trials; never in exploratory ones.
        duration_warning: that the lengths of speech differ, or "".
        verdict: the same in words.
    """

    first: str
    second: str
    wins: int
    losses: int
    ties: int
    share: float
    interval: Interval
    p: float
    adjusted_p: float
    resampled: Optional[Interval]
    conclusive: bool
    duration_warning: str
    verdict: str


class AbxResult(NamedTuple):
    """Answers on one pair of settings in an ABX test.

    Attributes:
        first, second: labels.
        correct, answers: right ones, and all.
        share, interval: right ones of all, with its 95 % Wilson interval.
        p, adjusted_p: exact one-sided binomial against guessing, and by Holm over the pairs.
        resampled: 95 % interval of the share from resampling listeners and texts, or None.
        sensitivity: d′, see `sensitivity_index`; NaN without answers.
        conclusive, duration_warning, verdict: as in `PairResult`.
    """

    first: str
    second: str
    correct: int
    answers: int
    share: float
    interval: Interval
    p: float
    adjusted_p: float
    resampled: Optional[Interval]
    sensitivity: float
    conclusive: bool
    duration_warning: str
    verdict: str


def decided_table(plan: ListeningPlan, votes: Sequence[VoteRecord]) -> VoteTable:
    """Return decided votes by pair, listener and text: wins of the first setting (ABX: right answers) and losses."""
    decided = [vote for vote in votes if vote.preferred is not None or vote.is_correct is not None]
    places = {pair: place for place, pair in enumerate(plan.pairs)}
    seats = {seat: place for place, seat in enumerate(dict.fromkeys(vote.seat_id for vote in decided))}
    won = [vote.is_correct if vote.kind == TARGET else vote.preferred == vote.pair[0] for vote in decided]
    columns = np.array([(places[vote.pair], seats[vote.seat_id], vote.text) for vote in decided], dtype=int)
    pair, listener, text = columns.reshape(-1, 3).T
    return count_votes(pair, listener, text, np.array(won, dtype=bool), len(plan.pairs))


def pair_results(plan: ListeningPlan, votes: Sequence[VoteRecord], resampled: Sequence[Optional[Interval]],
                 warnings: dict[tuple[str, str], str], exploratory: bool) -> tuple[PairResult, ...]:
    """Return the result of each pair of an AB test.

    Args:
        plan: of the test.
        votes: of one block.
        resampled: an interval for each pair.
        warnings: (first, second) label → that their lengths differ.
        exploratory: whether nothing here may count as a finding.
    """
    table = decided_table(plan, votes)
    counts = [(int(wins), int(losses)) for wins, losses in zip(table.wins.sum((1, 2)), table.losses.sum((1, 2)))]
    ties = [sum(vote.kind == COMPARISON and vote.preferred is None and vote.pair == pair for vote in votes)
            for pair in plan.pairs]
    p_values = [exact_p(wins, wins + losses) for wins, losses in counts]
    results = []
    for place, ((wins, losses), adjusted) in enumerate(zip(counts, holm(p_values))):
        first, second = (plan.settings[setting].label for setting in plan.pairs[place])
        results.append(PairResult(
            first, second, wins, losses, ties[place], share_of(wins, wins + losses),
            wilson_interval(wins, wins + losses), p_values[place], adjusted, resampled[place],
            adjusted <= ALPHA and not exploratory, warnings.get((first, second), ""),
            preference_in_words(first, second, wins, losses, ties[place], adjusted, len(plan.pairs), exploratory)))
    return tuple(results)


def abx_results(plan: ListeningPlan, votes: Sequence[VoteRecord], resampled: Sequence[Optional[Interval]],
                warnings: dict[tuple[str, str], str], exploratory: bool) -> tuple[AbxResult, ...]:
    """Return the result of each pair of an ABX test; the arguments are those of `pair_results`."""
    assert plan.mode == ABX
    table = decided_table(plan, votes)
    counts = [(int(right), int(right + wrong))
              for right, wrong in zip(table.wins.sum((1, 2)), table.losses.sum((1, 2)))]
    p_values = [exact_p(correct, answers, two_sided=False) for correct, answers in counts]
    results = []
    for place, ((correct, answers), adjusted) in enumerate(zip(counts, holm(p_values))):
        first, second = (plan.settings[setting].label for setting in plan.pairs[place])
        results.append(AbxResult(
            first, second, correct, answers, share_of(correct, answers), wilson_interval(correct, answers),
            p_values[place], adjusted, resampled[place], sensitivity_index(share_of(correct, answers)),
            adjusted <= ALPHA and not exploratory, warnings.get((first, second), ""),
            abx_in_words(first, second, correct, answers, adjusted, len(plan.pairs), exploratory)))
    return tuple(results)


def sensitivity_index(share: float) -> float:
    """Return d′ of an unbiased ABX listener who finds X in `share` of the trials (independent observations).

    0 at chance or below, infinite for 1, NaN for NaN.

    Source:
        Macmillan and Creelman 2005, Detection Theory, 2nd edition, section 9.2: share = Φ(d′/√2)Φ(d′/2) +
        Φ(−d′/√2)Φ(−d′/2).
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    def excess(d: float) -> float:
        return float(ndtr(d / math.sqrt(2)) * ndtr(d / 2) + ndtr(-d / math.sqrt(2)) * ndtr(-d / 2)) - share

    if math.isnan(share) or share <= 0.5:
        return 0.0 if share <= 0.5 else share
    return float(brentq(excess, 0.0, 20.0)) if share < 1 else math.inf
