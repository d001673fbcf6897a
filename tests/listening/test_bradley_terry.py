"""Strengths against published fits, scipy's optimiser, and votes drawn from known strengths."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from mytts_core.errors import ListeningError
from mytts_core.listening.bradley_terry import PRIOR, rank, strengths, table_of_pairs

# Citations between journals: Stigler 1994, Statistical Science 9, 94–108; the fit as in Turner and Firth 2012,
# J. Statistical Software 48(9), section 2.1. Order: Biometrika, Comm. Statist., JASA, JRSS-B; a citation is a win.
CITATIONS = np.array([[0, 730, 498, 221], [33, 0, 68, 17], [320, 813, 0, 142], [284, 276, 325, 0]])
CITATION_STRENGTHS = [0.0, -2.94907, -0.47957, 0.26895]
# American League East 1987: Agresti, Categorical Data Analysis, table of section 10.6 (2nd edition); Baltimore is 0.
# Order: Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore.
BASEBALL = np.array([[0, 7, 9, 7, 7, 9, 11], [6, 0, 7, 5, 11, 9, 9], [4, 6, 0, 7, 7, 8, 12], [6, 8, 6, 0, 6, 7, 10],
                     [6, 2, 6, 7, 0, 7, 12], [4, 4, 5, 6, 6, 0, 6], [2, 4, 1, 3, 1, 7, 0]])
BASEBALL_STRENGTHS = [1.581, 1.436, 1.294, 1.248, 1.108, 0.684, 0.0]


def test_citations_as_published():
    found = strengths(CITATIONS, prior=0)
    assert found - found[0] == pytest.approx(CITATION_STRENGTHS, abs=1e-5)
    assert found.mean() == pytest.approx(0, abs=1e-12)


def test_baseball_as_published():
    found = strengths(BASEBALL, prior=0)
    assert found - found[-1] == pytest.approx(BASEBALL_STRENGTHS, abs=1e-3)


def by_optimiser(wins: np.ndarray, prior: float) -> np.ndarray:
    wins = np.where(np.eye(len(wins), dtype=bool), 0, wins + prior)

    def loss(theta: np.ndarray) -> float:
        return float((wins * np.logaddexp(0, theta[None, :] - theta[:, None])).sum() + theta.mean() ** 2)

    return minimize(loss, np.zeros(len(wins)), method="BFGS", options={"gtol": 1e-9}).x


@pytest.mark.parametrize("seed", range(6))
def test_strengths_are_those_of_scipys_optimiser(seed):
    rng = np.random.default_rng(seed)
    wins = rng.integers(0, 8, (2 + seed, 2 + seed)) * (rng.random((2 + seed, 2 + seed)) < 0.7)
    assert strengths(wins) == pytest.approx(by_optimiser(wins, PRIOR), abs=1e-5)


def test_many_tables_at_once_are_fitted_as_one_by_one():
    wins = np.random.default_rng(0).integers(0, 12, (50, 4, 4))
    together = strengths(wins)
    assert together == pytest.approx(np.array([strengths(table) for table in wins]), abs=1e-7)


def test_two_settings_are_the_log_odds():
    assert strengths(np.array([[0, 15], [5, 0]]), prior=0) == pytest.approx([np.log(3) / 2, -np.log(3) / 2])


@pytest.mark.parametrize("wins", [
    np.array([[0, 9, 9], [0, 0, 9], [0, 0, 0]]), np.zeros((3, 3)), np.array([[0, 500, 0], [0, 0, 0], [0, 0, 0]])])
def test_a_winner_of_everything_and_settings_never_compared_have_finite_strengths(wins):
    found = strengths(wins)
    assert np.isfinite(found).all() and np.argmax(found) == np.argmax(wins.sum(1))
    assert np.abs(found).max() < np.log(2 * 500 + 1)


@pytest.mark.parametrize("wins", [[[0, 9, 9], [0, 0, 9], [0, 3, 0]], [[0, 1, 0], [2, 0, 0], [0, 0, 0]]])
def test_without_prior_a_winner_of_everything_is_refused(wins):
    with pytest.raises(ListeningError, match="no finite ranking"):
        strengths(np.array(wins), prior=0)


def test_known_strengths_are_found_again():
    truth = np.array([1.0, 0.3, -0.2, -1.1])
    rng = np.random.default_rng(1)
    chance = 1 / (1 + np.exp(truth[None, :] - truth[:, None]))
    upper = np.triu(rng.binomial(2_000, chance), 1)
    wins = upper + np.tril(2_000 - upper.T, -1)
    assert strengths(wins) == pytest.approx(truth, abs=0.1)


def test_table_of_pairs():
    table = table_of_pairs([(0, 1), (0, 2), (1, 2)], np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]), 3)
    assert table.tolist() == [[0, 1, 2], [4, 0, 3], [5, 6, 0]]


def test_ranking_with_intervals():
    drawn = np.repeat(BASEBALL[None], 40, axis=0)
    drawn[30:, 1, 0] += 60        # in a quarter of the resamples the second team wins
    found = rank([f"team {number}" for number in range(7)], BASEBALL, drawn)
    assert [strength.rank for strength in found] == [1, 2, 3, 4, 5, 6, 7]
    assert [strength.label for strength in found[:2]] == ["team 0", "team 1"]
    assert (found[0].best_share, found[1].best_share) == (0.75, 0.25)
    assert all(strength.interval[0] <= strength.strength <= strength.interval[1] for strength in found)
    assert found[0].win_share == pytest.approx(1 / (1 + np.exp(-found[0].strength)))


def test_ranking_without_resamples_has_no_intervals():
    assert all(strength.interval is None and strength.best_share is None for strength in rank("abcd", CITATIONS))
