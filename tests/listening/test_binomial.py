"""Exact tests, intervals and corrections against published values and formulas written out; verdicts in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.listening.binomial import (
    abx_in_words,
    exact_p,
    holm,
    p_in_words,
    preference_in_words,
    share_of,
    wilson_interval,
)


@pytest.mark.parametrize(("wins", "trials", "p"), [
    (15, 20, 0.04139), (14, 20, 0.11532), (21, 30, 0.04277), (20, 30, 0.09874), (27, 40, 0.03848), (26, 40, 0.08069),
    (0, 0, 1.0), (10, 20, 1.0), (3, 3, 0.25)])
def test_exact_p_two_sided(wins, trials, p):
    assert exact_p(wins, trials) == pytest.approx(p, abs=5e-6)
    assert exact_p(trials - wins, trials) == exact_p(wins, trials)


# One-sided chances of guessing in ABX: 12 of 16 is 3.8 %, 9 of 10 is 1.1 %, 14 of 20 is 5.8 % (ABX comparator tables)
@pytest.mark.parametrize(("right", "trials", "p"), [(12, 16, 0.0384), (9, 10, 0.0107), (8, 10, 0.0547),
                                                    (14, 20, 0.0577), (5, 5, 0.0312), (3, 10, 0.9453)])
def test_exact_p_one_sided(right, trials, p):
    assert exact_p(right, trials, two_sided=False) == pytest.approx(p, abs=1e-4)


@settings(deadline=None)
@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_exact_p_is_counted(votes):
    wins, trials = votes
    more = max(wins, trials - wins)
    tail = sum(math.comb(trials, k) for k in range(more, trials + 1)) / 2 ** trials
    assert exact_p(wins, trials) == pytest.approx(min(1.0, 2 * tail), rel=1e-9)


# Newcombe 1998, Statistics in Medicine 17, 857–872, table I, method 3 (score without continuity correction)
@pytest.mark.parametrize(("wins", "trials", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)])
def test_wilson_interval_as_published(wins, trials, low, high):
    assert wilson_interval(wins, trials) == pytest.approx((low, high), abs=5e-5)


@settings(deadline=None)
@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_is_its_formula(votes):
    wins, trials = votes
    z, share = 1.959963984540054, wins / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials ** 2))
    assert wilson_interval(wins, trials) == pytest.approx((middle - half, middle + half), abs=1e-9)


def test_nothing_is_known_without_votes():
    assert wilson_interval(0, 0) == (0.0, 1.0) and math.isnan(share_of(0, 0)) and share_of(3, 4) == 0.75


def test_holm_as_worked_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.04]) == [0.04] and holm([]) == [] and holm([0.9, 0.8]) == [1.0, 1.0]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_rejects_what_stepping_down_rejects(p_values):
    rejected, ordered = set(), sorted(range(len(p_values)), key=lambda place: p_values[place])
    for step, place in enumerate(ordered):
        if p_values[place] * (len(p_values) - step) > 0.05:
            break
        rejected.add(place)
    assert {place for place, p in enumerate(holm(p_values)) if p <= 0.05} == rejected


def test_verdict_of_a_preference():
    assert preference_in_words("1.5", "1.0", 15, 5, 0, exact_p(15, 20), 1, False) == (
        "1.5 was preferred: 15 of 20 decided votes for 1.5 against 1.0 (75%, 95% interval 53–89%; p = 0.041).")
    said = preference_in_words("1.5", "1.0", 5, 15, 3, exact_p(15, 20), 1, False)
    assert said.startswith("1.0 was preferred: 15 of 20") and said.endswith(" 3 more said no difference.")


def test_verdict_not_conclusive_says_what_was_needed():
    said = preference_in_words("1.5", "1.0", 14, 6, 2, exact_p(14, 20), 1, False)
    assert said == ("Not conclusive: 14 of 20 decided votes for 1.5 against 1.0 (70%, 95% interval 48–85%; p = 0.115); "
                    "15 were needed. 2 more said no difference.")
    assert "even 3 of 3 could be chance" in preference_in_words("a", "b", 3, 0, 0, exact_p(3, 3), 1, False)


@pytest.mark.parametrize(("votes", "words"), [
    ((0, 0, 7), 'all 7 votes said "no difference" between a and b'), ((0, 0, 0), "nobody voted"),
    ((5, 5, 0), "5 of 10 decided votes for a, as many for b")])
def test_verdict_without_a_leader(votes, words):
    said = preference_in_words("a", "b", *votes, 1.0, 1, False)
    assert said.startswith("Not conclusive") and words in said


def test_verdict_of_exploratory_votes_and_of_several_pairs_is_marked():
    said = preference_in_words("a", "b", 15, 5, 0, 0.12, 3, True)
    assert said.startswith("Exploratory, not a finding. Not conclusive: ")
    assert "p = 0.120 after correction for 3 pairs" in said and "needed" not in said


def test_verdict_of_abx():
    assert abx_in_words("a", "b", 12, 16, exact_p(12, 16, False), 1, False) == (
        "a and b can be told apart: 12 of 16 right answers (75%, 95% interval 51–90%; p = 0.038).")
    said = abx_in_words("a", "b", 11, 16, exact_p(11, 16, False), 1, False)
    assert said.startswith("Not conclusive whether") and "12 were needed" in said
    assert said.endswith("This does not show that they sound the same.")
    assert "nobody answered" in abx_in_words("a", "b", 0, 0, 1.0, 1, False)


@pytest.mark.parametrize(("p", "words"), [(0.0414, "p = 0.041"), (0.0004, "p < 0.001"), (1.0, "p = 1")])
def test_p_in_words(p, words):
    assert p_in_words(p) == words
