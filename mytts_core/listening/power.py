"""How much a number of trials can show: exact binomial power, before the test is made."""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np

from mytts_core.errors import ListeningError
from mytts_core.listening.plan import ABX, ListeningPlan

ALPHA = 0.05
TRUE_SHARES = (0.6, 0.7, 0.75, 0.8, 0.9)
_MOST_TRIALS = 20_000


class PlanPower(NamedTuple):
    """What the numbers of a plan can show, should nobody answer "no difference".

    Attributes:
        comparisons: decided votes of each pair of settings (ABX: answers), at least.
        alpha: the level each pair is tested at: 0.05 over the number of pairs, as the first step of Holm's correction.
        conclusive: the smallest number of wins (ABX: of right answers) that is significant; None where not even all
            would be.
        shares: true share of wins → chance that the test finds it, for `TRUE_SHARES`.
        words: the same as two sentences.
    """

    comparisons: int
    alpha: float
    conclusive: Optional[int]
    shares: dict[float, float]
    words: str


def smallest_conclusive(trials: int, alpha: float = ALPHA, two_sided: bool = True) -> Optional[int]:
    """Return the smallest number of wins of `trials` with p ≤ `alpha` against one half; None where there is none.

    Raises:
        ListeningError: for a negative number of trials or an `alpha` that is not between 0 and 1.
    """
    if trials < 0 or not 0 < alpha < 1:
        raise ListeningError(f"{trials} trials at level {alpha}: trials must be 0 or more, the level between 0 and 1")
    wins = int(_critical(np.array([trials]), alpha, two_sided)[0])
    return wins if wins <= trials else None


def binomial_power(trials: int, share: float, alpha: float = ALPHA, two_sided: bool = True) -> float:
    """Return the chance that an exact binomial test of `trials` votes is significant at a true `share` of wins.

    Raises:
        ListeningError: where a number is out of range.
    """
    if trials < 0 or not 0 < alpha < 1 or not 0 <= share <= 1:
        raise ListeningError(f"{trials} trials, share {share}, level {alpha}: trials must be 0 or more, the share 0 to "
                             "1, the level between 0 and 1")
    return float(_power(np.array([trials]), share, alpha, two_sided)[0])


def trials_needed(share: float, wanted: float = 0.8, alpha: float = ALPHA, two_sided: bool = True) -> int:
    """Return the smallest number of trials from which on the power at `share` is `wanted` or more.

    Power goes up in a saw-tooth, so a few smaller numbers may reach it too.

    Raises:
        ListeningError: where a number is out of range, or more than 20,000 trials were needed.
    """
    if not (0.5 < share <= 1 and 0 < wanted < 1 and 0 < alpha < 1):
        raise ListeningError(f"share {share}, power {wanted}, level {alpha}: the share must be above 0.5, the others "
                             "between 0 and 1")
    most = 64
    while most <= 2 * _MOST_TRIALS:
        trials = np.arange(1, most + 1)
        short = np.flatnonzero(_power(trials, share, alpha, two_sided) < wanted)
        last = int(trials[short[-1]]) if len(short) else 0
        if last < most // 2:        # the teeth shrink with the number: none as deep follows
            return last + 1
        most *= 2
    raise ListeningError(f"more than {_MOST_TRIALS:,} trials for a share of {share}: this cannot be heard out")


def power_of_plan(plan: ListeningPlan) -> PlanPower:
    """Return what the plan's numbers can show: two-sided for a preference, one-sided for ABX."""
    two_sided = plan.mode != ABX
    comparisons, alpha = plan.comparisons_per_pair, ALPHA / len(plan.pairs)
    conclusive = smallest_conclusive(comparisons, alpha, two_sided)
    shares = {share: binomial_power(comparisons, share, alpha, two_sided) for share in TRUE_SHARES}
    right = "right answers" if plan.mode == ABX else "decided votes for one setting"
    each = "" if len(plan.pairs) == 1 else f" of each of the {len(plan.pairs)} pairs"
    if conclusive is None:
        words = (f"{comparisons} comparisons{each} can show nothing: even {comparisons} of {comparisons} could be "
                 "chance. Take more trials or listeners.")
    else:
        words = (f"Of {comparisons} comparisons{each}, {conclusive} {right} are needed. If the true share is 75%, the "
                 f"test finds it with a chance of {shares[0.75]:.0%}; if it is 60%, {shares[0.6]:.0%}.")
    return PlanPower(comparisons, alpha, conclusive, shares, words)


def _critical(trials: np.ndarray, alpha: float, two_sided: bool) -> np.ndarray:
    """Return the smallest significant number of wins; one above `trials` where there is none."""
    from scipy.stats import binom

    tail = alpha / 2 if two_sided else alpha
    return binom.isf(tail, trials, 0.5).astype(np.int64) + 1    # the smallest k with P(X ≥ k) ≤ tail


def _power(trials: np.ndarray, share: float, alpha: float, two_sided: bool) -> np.ndarray:
    from scipy.stats import binom

    critical = _critical(trials, alpha, two_sided)
    above = binom.sf(critical - 1, trials, share)
    return above + binom.cdf(trials - critical, trials, share) if two_sided else above
