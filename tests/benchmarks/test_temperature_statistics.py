"""Spreads, intervals and mel distances of takes that were made with known ones."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from benchmarks.temperature_statistics import (
    correlation,
    distance_between_takes,
    mean_known,
    mean_over_texts,
    mel_distance,
    share,
    spread,
    variation_percent,
)

MEL = np.random.default_rng(0).normal(-4, 2, (40, 80)).astype(np.float32)


@pytest.mark.parametrize(("values", "expected"), [
    ([1.0, 3.0], math.sqrt(2)), ([2, 4, 4, 4, 5, 5, 7, 9], math.sqrt(32 / 7)), ([5.0, 5.0, 5.0], 0.0),
    ([1.0, math.nan, 3.0], math.sqrt(2)),
])
def test_spread_over_takes(values, expected: float) -> None:
    assert spread(values) == pytest.approx(expected)


def test_spread_and_mean_of_too_few_are_not_known() -> None:
    assert math.isnan(spread([1.0])) and math.isnan(spread([1.0, math.nan])) and math.isnan(mean_known([math.nan]))


def test_variation_is_relative_to_the_mean_length() -> None:
    assert variation_percent([90, 100, 110]) == pytest.approx(10.0)
    assert variation_percent([180, 200, 220]) == pytest.approx(10.0)


def test_the_interval_over_texts_is_that_of_a_t_test() -> None:
    values = np.random.default_rng(1).normal(3, 2, 10)
    found, reference = mean_over_texts(values), ttest_1samp(values, 0).confidence_interval(0.95)
    assert found == pytest.approx((values.mean(), reference.low, reference.high))
    assert mean_over_texts([*values, math.nan]) == pytest.approx(found)


def test_the_interval_holds_the_true_mean_in_95_of_100_experiments() -> None:
    draws = np.random.default_rng(2).normal(1.0, 0.5, (1_000, 10))
    held = [found.low <= 1.0 <= found.high for found in map(mean_over_texts, draws)]
    assert 0.93 < np.mean(held) < 0.97


def test_intervals_of_one_text_and_of_none() -> None:
    assert mean_over_texts([2.0]) == (2.0, -math.inf, math.inf)
    assert all(math.isnan(part) for part in (*mean_over_texts([math.nan]), *share(0, 0)))


# Newcombe 1998, Statistics in Medicine 17, 857–872, table I: the score method without continuity correction.
@pytest.mark.parametrize(("hits", "count", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718),
])
def test_wilson_intervals_as_published(hits: int, count: int, low: float, high: float) -> None:
    found = share(hits, count)
    assert found.value == hits / count and found[1:] == pytest.approx((low, high), abs=5e-5)


def test_correlation_is_numpys_and_unknown_where_nothing_varies() -> None:
    first, second = np.random.default_rng(3).normal(size=(2, 30))
    assert correlation(first, second) == pytest.approx(np.corrcoef(first, second)[0, 1])
    assert correlation([*first, 9.0], [*second, math.nan]) == pytest.approx(correlation(first, second))
    assert math.isnan(correlation([1, 1, 1], [1, 2, 3])) and math.isnan(correlation([1, 2], [1, 2]))


def test_a_mel_lies_nowhere_from_itself_or_a_slower_copy() -> None:
    assert mel_distance(MEL, MEL) == 0
    assert mel_distance(MEL, np.repeat(MEL, 2, axis=0)) == pytest.approx(0, abs=1e-9)


@given(decibels=st.floats(-6, 6))
@settings(max_examples=20, deadline=None)
def test_a_louder_copy_lies_as_far_as_it_is_louder(decibels: float) -> None:
    steady = np.tile(MEL[:1], (10, 1))
    assert mel_distance(steady, steady + decibels * math.log(10) / 20) == pytest.approx(abs(decibels), abs=1e-4)


@given(seed=st.integers(0, 2**32), lengths=st.tuples(st.integers(1, 12), st.integers(1, 12)))
@settings(max_examples=30, deadline=None)
def test_the_distance_is_symmetric_and_at_most_that_of_the_frames_in_step(seed: int, lengths: tuple) -> None:
    rng = np.random.default_rng(seed)
    first, second = (rng.normal(size=(length, 8)).astype(np.float32) for length in lengths)
    found = mel_distance(first, second)
    frames = 20 / math.log(10) * np.sqrt(np.square(first[:, None] - second[None]).mean(axis=2))
    assert frames.min() - 1e-3 <= found <= frames.max() + 1e-3
    if len(first) == len(second):       # the diagonal is a path: the best one costs no more in sum, nor is it shorter
        assert found <= np.diag(frames).mean() + 1e-3


def test_takes_are_compared_with_the_next_one() -> None:
    takes = [np.tile(MEL[:1], (5, 1)) + shift * math.log(10) / 20 for shift in (0, 1, 4)]
    assert distance_between_takes(takes) == pytest.approx((1 + 3 + 4) / 3, abs=1e-5)
    assert math.isnan(distance_between_takes(takes[:1]))
