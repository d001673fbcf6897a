"""Ranking of more than two settings from their pairs.

P(i is preferred to j) = 1 / (1 + exp(θ_j − θ_i)), Σθ = 0. A little of a vote each way between every two settings
(`PRIOR`) keeps strengths finite where one setting won or lost every comparison, and draws them slightly together.

Source:
    Bradley and Terry 1952, Biometrika 39, 324–345; regularised as in Caron and Doucet 2012, J. Comput. Graph. Stat. 21,
    174–196, by votes added to the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

import numpy as np

from mytts_core.errors import ListeningError
from mytts_core.listening.resampling import Interval, interval

PRIOR = 0.5
"""Wins and losses added to each pair of settings: half a vote each way."""
_STEPS, _TOLERANCE, _LONGEST_STEP = 200, 1e-9, 1.0


class Strength(NamedTuple):
    """A setting's place in the ranking of more than two.

    Attributes:
        rank: from 1, the best.
        label: of the setting.
        strength: log-odds of the Bradley–Terry model, mean 0 over the settings.
        interval: 95 %, from resampling listeners and texts; None with one listener and one text.
        win_share: chance to be preferred to a setting of strength 0.
        best_share: share of the resamples in which it came first; None where nothing could be resampled.
    """

    rank: int
    label: str
    strength: float
    interval: Optional[Interval]
    win_share: float
    best_share: Optional[float]


def strengths(wins: np.ndarray, prior: float = PRIOR) -> np.ndarray:
    """Return the most likely strengths.

    Args:
        wins: (…, settings, settings), number of votes for the first index against the second; several tables at once.
            The diagonal does not count.
        prior: votes added each way between every two settings; 0 for plain maximum likelihood.

    Returns:
        float, (…, settings), mean 0.

    Raises:
        ListeningError: where they are not finite: without prior, when some settings never won or never lost against all
            others (Ford 1957, Am. Math. Monthly 64, 28–33).
    """
    wins = np.asarray(wins, dtype=float)
    settings = wins.shape[-1]
    wins = np.where(np.eye(settings, dtype=bool), 0.0, wins + prior)
    if not _is_connected(wins):
        raise ListeningError("these votes give no finite ranking: some settings never won or never lost against the "
                             "others; take a prior above 0")
    games = wins + np.swapaxes(wins, -1, -2)
    theta = np.zeros(wins.shape[:-1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(theta[..., None, :] - theta[..., :, None]))
        gradient = (wins - games * chance).sum(-1)
        if np.abs(gradient).max(initial=0.0) <= _TOLERANCE * max(1.0, games.max(initial=0.0)):
            return theta
        curvature = games * chance * (1 - chance)
        # the 1 added everywhere holds the mean, along which the likelihood is flat
        hessian = np.eye(settings) * curvature.sum(-1)[..., None] - curvature + 1.0
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        longest = np.abs(step).max(-1, keepdims=True)
        theta = theta + step * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, _LONGEST_STEP))
        theta = theta - theta.mean(-1, keepdims=True)
    raise ListeningError(f"the ranking of {settings} settings did not settle in {_STEPS} steps: take a larger prior")


def _is_connected(wins: np.ndarray) -> bool:
    """Whether in every table each setting leads to each other one along wins."""
    reached = (wins > 0) | np.eye(wins.shape[-1], dtype=bool)
    for _ in range(wins.shape[-1].bit_length()):
        reached = reached @ reached
    return bool(reached.all())


def table_of_pairs(pairs: Sequence[tuple[int, int]], wins: np.ndarray, losses: np.ndarray, settings: int) -> np.ndarray:
    """Return the square table of wins, (…, settings, settings), of wins and losses of each pair, (…, pairs)."""
    table = np.zeros((*wins.shape[:-1], settings, settings))
    for column, (first, second) in enumerate(pairs):
        table[..., first, second] = wins[..., column]
        table[..., second, first] = losses[..., column]
    return table


def rank(labels: Sequence[str], wins: np.ndarray, resampled: Optional[np.ndarray] = None) -> tuple[Strength, ...]:
    """Return the settings, the strongest first.

    Args:
        labels: of the settings.
        wins: (settings, settings); "no difference" is left out.
        resampled: (resamples, settings, settings), of resampled listeners and texts; None for no intervals.
    """
    theta = strengths(wins)
    drawn = None if resampled is None else strengths(resampled)
    best = None if drawn is None else np.bincount(drawn.argmax(-1), minlength=len(labels)) / len(drawn)
    order = sorted(range(len(labels)), key=lambda setting: -theta[setting])
    return tuple(Strength(place, labels[setting], float(theta[setting]),
                          None if drawn is None else interval(drawn[:, setting]),
                          float(1 / (1 + np.exp(-theta[setting]))), None if best is None else float(best[setting]))
                 for place, setting in enumerate(order, 1))
