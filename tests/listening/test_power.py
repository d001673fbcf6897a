"""Power against scipy's own test, published tables, and counting by brute force."""

from __future__ import annotations

import math

import pytest
from scipy.stats import binomtest

from mytts_core.errors import ListeningError
from mytts_core.listening import ABX, binomial_power, power_of_plan, smallest_conclusive, trials_needed
from mytts_core.listening.power import TRUE_SHARES


@pytest.mark.parametrize(("trials", "wins"), [(20, 15), (30, 21), (40, 27), (6, 6), (5, None), (1, None), (0, None)])
def test_wins_needed_for_a_preference(trials, wins):
    # 15/20, 21/30, 27/40: as published for paired preference tests, two-sided at 5 %
    assert smallest_conclusive(trials) == wins


# Minimum numbers of correct answers at 5 %, one-sided, of paired and directional tests: Roessler, Pangborn, Sidel and
# Stone 1978, J. Food Science 43, 940–943, table for p = 1/2; ABX uses the same numbers.
@pytest.mark.parametrize(("trials", "correct"), [
    (5, 5), (7, 7), (8, 7), (10, 9), (12, 10), (15, 12), (16, 12), (20, 15), (25, 18), (30, 20), (40, 26), (50, 32),
    (100, 59), (4, None)])
def test_right_answers_needed_in_abx(trials, correct):
    assert smallest_conclusive(trials, two_sided=False) == correct


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 3, 0.01])
@pytest.mark.parametrize("kind", ["two-sided", "greater"])
def test_smallest_conclusive_is_where_scipys_p_first_falls_to_the_level(alpha, kind):
    for trials in range(1, 70):
        wins = next((wins for wins in range((trials + 1) // 2, trials + 1)
                     if binomtest(wins, trials, 0.5, kind).pvalue <= alpha), None)
        assert smallest_conclusive(trials, alpha, kind == "two-sided") == wins, trials


@pytest.mark.parametrize("two_sided", [True, False])
@pytest.mark.parametrize("share", [0.5, *TRUE_SHARES, 1.0])
def test_power_is_the_chance_of_all_significant_outcomes(share, two_sided):
    for trials in (1, 7, 20, 41):
        kind = "two-sided" if two_sided else "greater"
        expected = sum(math.comb(trials, wins) * share ** wins * (1 - share) ** (trials - wins)
                       for wins in range(trials + 1) if binomtest(wins, trials, 0.5, kind).pvalue <= 0.05)
        assert binomial_power(trials, share, two_sided=two_sided) == pytest.approx(expected, abs=1e-12)


def test_power_without_a_difference_is_at_most_the_level():
    assert all(binomial_power(trials, 0.5) <= 0.05 for trials in range(1, 200))


@pytest.mark.parametrize(("share", "two_sided"), [(0.6, True), (0.7, True), (0.75, True), (0.9, True), (0.75, False)])
def test_trials_needed_is_where_power_stays(share, two_sided):
    needed = trials_needed(share, 0.8, two_sided=two_sided)
    assert binomial_power(needed - 1, share, two_sided=two_sided) < 0.8
    assert all(binomial_power(trials, share, two_sided=two_sided) >= 0.8 for trials in range(needed, needed + 300))
    # normal approximation, Fleiss 1981: close to the exact number
    z = 1.959964 if two_sided else 1.644854
    rough = ((z * 0.5 + 0.841621 * math.sqrt(share * (1 - share))) / (share - 0.5)) ** 2
    assert rough <= needed <= 1.25 * rough + 6


@pytest.mark.parametrize("call", [
    lambda: smallest_conclusive(-1), lambda: smallest_conclusive(5, 0.0), lambda: binomial_power(5, 1.1),
    lambda: binomial_power(-1, 0.6), lambda: binomial_power(5, 0.6, alpha=1.0),
    lambda: trials_needed(0.5), lambda: trials_needed(0.7, 1.0),
    lambda: trials_needed(0.5001)])
def test_numbers_out_of_range_are_refused(call):
    with pytest.raises(ListeningError):
        call()


def test_power_of_a_plan(make_plan):
    found = power_of_plan(make_plan(trials=20, listeners=2))
    assert (found.comparisons, found.alpha, found.conclusive) == (36, 0.05, 25)
    assert found.shares == {share: binomial_power(36, share) for share in TRUE_SHARES}
    assert "Of 36 comparisons, 25 decided votes" in found.words and f"{binomial_power(36, 0.75):.0%}" in found.words


def test_power_of_a_plan_with_several_pairs_is_that_after_correction(make_plan):
    found = power_of_plan(make_plan(settings=3, trials=30))
    assert found.comparisons == 9 and found.alpha == pytest.approx(0.05 / 3)
    assert found.conclusive == smallest_conclusive(9, 0.05 / 3) == 9
    assert "each of the 3 pairs" in found.words


def test_power_of_an_abx_plan_is_one_sided(make_plan):
    found = power_of_plan(make_plan(trials=16, mode=ABX))
    assert (found.comparisons, found.conclusive) == (16, 12) and "right answers" in found.words


def test_plan_that_can_show_nothing_says_so(make_plan):
    found = power_of_plan(make_plan(trials=4))
    assert found.conclusive is None and found.shares[0.9] == 0 and "can show nothing" in found.words
