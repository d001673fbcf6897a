"""How much a number of trials can show: exact binomial power, before the test is made."""

from __future__ import annotations

from typing import NamedTuple, Optional

from mytts_core.listening.plan import ListeningPlan

ALPHA = 0.05
TRUE_SHARES = (0.6, 0.7, 0.75, 0.8, 0.9)


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
    """Return the smallest number of wins of `trials` with p ≤ `alpha` against one half; None where there is none."""
    raise NotImplementedError


def power(trials: int, share: float, alpha: float = ALPHA, two_sided: bool = True) -> float:
    """Return the chance that an exact binomial test of `trials` votes is significant at a true `share` of wins."""
    raise NotImplementedError


def trials_needed(share: float, wanted: float = 0.8, alpha: float = ALPHA, two_sided: bool = True) -> int:
    """Return the smallest number of trials from which on the power at `share` is `wanted` or more."""
    raise NotImplementedError


def power_of_plan(plan: ListeningPlan) -> PlanPower:
    """Return what the plan's numbers can show: two-sided for a preference, one-sided for ABX."""
    raise NotImplementedError
