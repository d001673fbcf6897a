"""Intervals from resampling: exact where they can be worked out, and right as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.listening.resampling import VoteTable, count_votes, interval, resampled_counts, share_intervals


def table_of(wins, losses) -> VoteTable:
    return VoteTable(np.array(wins, dtype=float), np.array(losses, dtype=float))


def test_votes_are_counted_by_pair_listener_and_text():
    found = count_votes(np.array([0, 0, 1, 1]), np.array([5, 5, 9, 5]), np.array([2, 2, 2, 7]),
                        np.array([True, True, False, True]), 3)
    assert found.wins.shape == (3, 2, 2)        # listeners 5 and 9, texts 2 and 7
    assert found.wins[0, 0, 0] == 2 and found.wins[1, 0, 1] == 1 and found.losses[1, 1, 0] == 1
    assert found.wins.sum() == 3 and found.losses.sum() == 1


def test_no_votes_at_all():
    none = np.array([], dtype=int)
    found = count_votes(none, none, none, none.astype(bool), 2)
    assert not found.can_be_resampled and found.wins.sum() == 0


def test_one_listener_and_one_text_cannot_be_resampled_and_two_can():
    assert not table_of([[[3]]], [[[2]]]).can_be_resampled
    assert table_of([[[3, 1]]], [[[2, 0]]]).can_be_resampled


def test_resampling_texts_of_one_listener_is_the_bootstrap_of_texts():
    wins, losses = resampled_counts(table_of([[[4, 0]]], [[[0, 4]]]), seed=1, resamples=20_000)
    # two texts, drawn twice: the first twice with chance 1/4, each once with 1/2, the second twice with 1/4
    shares = (wins / (wins + losses))[:, 0]
    assert [float((shares == value).mean()) for value in (0.0, 0.5, 1.0)] == pytest.approx([0.25, 0.5, 0.25], abs=0.02)


def test_listeners_and_texts_are_both_drawn():
    rng = np.random.default_rng(0)
    by_hand_wins = rng.integers(0, 3, (1, 4, 3)).astype(float)
    table = VoteTable(by_hand_wins, 2 - by_hand_wins)
    wins, losses = resampled_counts(table, seed=3, resamples=20_000)
    again = np.random.default_rng(9)
    people, sentences = again.integers(0, 4, (20_000, 4)), again.integers(0, 3, (20_000, 3))
    expected = np.array([by_hand_wins[0][np.ix_(one, other)].sum() for one, other in zip(people, sentences)])
    assert wins.mean() == pytest.approx(expected.mean(), rel=0.02)
    assert wins.std() == pytest.approx(expected.std(), rel=0.05)
    assert (wins + losses == 24).all()      # every listener voted twice on every text


def test_the_same_seed_gives_the_same_intervals():
    wins = np.random.default_rng(0).integers(0, 9, (1, 6, 7)).astype(float)
    first, second, other = (share_intervals(*resampled_counts(VoteTable(wins, 9 - wins), seed)) for seed in (5, 5, 6))
    assert first == second != other


def test_pairs_without_votes_have_no_interval():
    table = table_of([[[4, 1]], [[0, 0]]], [[[0, 3]], [[0, 0]]])
    found = share_intervals(*resampled_counts(table, seed=5))
    assert found[0] is not None and found[1] is None and interval(np.array([np.nan])) is None


def test_listeners_who_differ_make_the_interval_wider_than_votes_that_do_not_depend():
    alike = table_of([[[5, 5]] * 8], [[[5, 5]] * 8])
    opposed = table_of([[[10, 10]] * 4 + [[0, 0]] * 4], [[[0, 0]] * 4 + [[10, 10]] * 4])
    narrow, wide = (share_intervals(*resampled_counts(table, seed=1))[0] for table in (alike, opposed))
    assert wide[1] - wide[0] > 0.5 > 0.05 > narrow[1] - narrow[0]


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng, held = np.random.default_rng(2), 0
    for test in range(200):
        # listeners and texts both shift the chance to win; over all of them it is one half
        tastes = rng.normal(0, 0.8, (12, 1)) + rng.normal(0, 0.5, (1, 10))
        wins = rng.binomial(2, 1 / (1 + np.exp(-tastes)))[None].astype(float)
        low, high = share_intervals(*resampled_counts(VoteTable(wins, 2 - wins), seed=test, resamples=400))[0]
        held += low <= 0.5 <= high
    assert 178 <= held <= 200       # 190 expected; under 178 has a chance of 1 in 1,000
