"""Reduced series keep what must stay visible; smoothing equals its definition."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures.lines import MAX_MARKS, MAX_POINTS, compact, reduce_line, smooth
from dashboard.figures.outliers import limits_without_outliers
from dashboard.figures.pooling import pool_maximum


def test_spike_of_one_step_survives_reduction():
    values = np.zeros(1_000_000)
    values[[123_457, 777_777]] = 9.0, -9.0
    line = reduce_line(np.arange(len(values)), values)
    assert len(line.x) <= MAX_POINTS
    assert line.x[line.y == 9.0] == [123_457]
    assert line.x[line.y == -9.0] == [777_777]


def test_short_line_is_kept_as_it_is():
    line = reduce_line(np.array([1, 2, 5]), np.array([3.0, 1.0, 2.0]))
    assert line.x.tolist() == [1, 2, 5] and line.y.tolist() == [3, 1, 2]
    assert line.num_not_finite == 0


def test_values_not_finite_break_the_line_and_are_marked_at_their_step():
    line = reduce_line(np.arange(6), np.array([1.0, np.nan, np.nan, 2.0, np.inf, -np.inf]))
    assert line.marks_x.tolist() == [1, 2, 4, 5]
    assert line.marks_kind == ("NaN", "NaN", "+inf", "-inf")
    between = line.y[(line.x > 0) & (line.x < 3)]
    assert len(between) and np.isnan(between).all()


def test_many_marks_are_thinned_but_counted_and_keep_their_ends():
    values = np.where(np.arange(50_000) >= 10_000, np.nan, 1.0)
    line = reduce_line(np.arange(50_000), values)
    assert len(line.marks_x) <= MAX_MARKS and line.num_not_finite == 40_000
    assert line.marks_x[[0, -1]].tolist() == [10_000, 49_999]


def test_empty_line():
    line = reduce_line(np.empty(0), np.empty(0))
    assert len(line.x) == len(line.marks_x) == line.num_not_finite == 0


@pytest.mark.parametrize("weight", [0.5, 0.9])
def test_smoothing_equals_its_definition(weight):
    values = np.random.default_rng(0).normal(size=50)
    values[20] = np.nan
    expected, average, count = [], 0.0, 0
    for value in values:
        if np.isnan(value):
            expected.append(np.nan)
            continue
        average, count = weight * average + (1 - weight) * value, count + 1
        expected.append(average / (1 - weight**count))
    np.testing.assert_allclose(smooth(values, weight), expected, rtol=1e-9)


def test_smoothing_of_a_constant_is_the_constant():
    np.testing.assert_allclose(smooth(np.full(100, 3.0), 0.98), 3.0)


def test_pooling_keeps_the_largest_and_says_where():
    matrix = np.zeros((1_000, 4))
    matrix[501, 2] = 0.7
    matrix[0, 0] = np.nan
    pooled, centres = pool_maximum(matrix, axis=0, limit=100)
    assert pooled.shape == (100, 4) and len(centres) == 100
    assert pooled.max() == np.float32(0.7)
    assert abs(centres[int(pooled[:, 2].argmax())] - 501.5) <= 5
    assert pooled[0, 0] == 0, "NaN gives way to a finite neighbour"


def test_pooling_leaves_a_hole_where_nothing_is_finite():
    pooled, _ = pool_maximum(np.full((4, 2), np.inf), axis=0, limit=2)
    assert np.isnan(pooled).all()


def test_ends_of_a_reduced_line_are_those_of_the_series():
    line = reduce_line(np.arange(10_001), np.sin(np.arange(10_001) / 50), max_points=100)
    assert len(line.x) <= 100 and line.x[[0, -1]].tolist() == [0, 10_000]


@pytest.mark.parametrize(("values", "dtype"), [
    ([1.0, 2.0, -3.0], np.int32), ([0.5, np.nan], np.float32), ([1e300, 1.0], np.float64), ([1e-300, 1.0], np.float64),
    ([1.0, np.nan], np.float32), ([2.0**31], np.float32), ([], np.int32)])
def test_numbers_travel_in_the_smallest_type_that_shows_them(values, dtype):
    small = compact(np.array(values))
    assert small.dtype == dtype
    np.testing.assert_allclose(small, values, rtol=1e-6)


def spiky(spikes):
    values = 1 + 0.05 * np.random.default_rng(2).normal(size=500)
    values[list(spikes)] = list(spikes.values())
    return values


def test_outliers_are_left_out_of_the_limits_and_noise_is_not():
    values = spiky({100: 40.0, 300: -25.0})
    low, high = limits_without_outliers([values])
    rest = np.delete(values, [100, 300])
    assert (low, high) == (rest.min(), rest.max())
    assert limits_without_outliers([spiky({})]) is None


def test_level_that_changes_is_no_outlier_and_logarithms_see_small_ones():
    assert limits_without_outliers([np.repeat([1.0, 5.0], 100)]) is None
    assert limits_without_outliers([np.exp(-np.arange(300) / 40)], log_y=True) is None
    values = np.exp(0.1 * np.random.default_rng(3).normal(size=300))
    values[50] = 1e-9
    assert limits_without_outliers([values]) is None or limits_without_outliers([values])[0] > 1e-9
    assert limits_without_outliers([values], log_y=True)[0] > 0.5


@pytest.mark.parametrize("lines", [[], [np.empty(0)], [np.full(20, np.nan)], [np.arange(5.0)], [np.ones(100)],
                                   [np.array([1e308] * 40)]])
def test_limits_of_lines_without_outliers_are_none(lines):
    assert limits_without_outliers(lines) is None
