"""Windows and reductions against what they promise, worked out point by point in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.runs.reduction import MIN_POINTS, reduce_series, window
from mytts_core.runs.types import Series

values = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([math.nan, math.inf, -math.inf]))


def series_of(numbers: list[float], steps: list[int] | None = None) -> Series:
    places = np.arange(len(numbers)) if steps is None else np.array(sorted(steps), np.int64)
    return Series(places.astype(np.int64), 1e9 + 2.0 * places, np.array(numbers, np.float64))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), values), max_size=40), st.integers(-5, 65), st.integers(-5, 65),
       st.sampled_from(["step", "wall_time"]))
def test_window_is_what_lies_inside_and_one_neighbour_on_each_side(points: list[tuple[int, float]], first: int,
                                                                   last: int, axis: str) -> None:
    first, last = min(first, last), max(first, last)
    series = series_of([value for _, value in points], [step for step, _ in points])
    scale = (lambda step: 1e9 + 2.0 * step) if axis == "wall_time" else float
    found = window(series, scale(first), scale(last), axis)
    steps = series.steps.tolist()
    before = [step for step in steps if step < first][-1:]
    after = [step for step in steps if step > last][:1]
    assert found.steps.tolist() == before + [step for step in steps if first <= step <= last] + after


def test_open_window_is_everything_and_an_unknown_axis_is_refused() -> None:
    series = series_of([1.0, 2.0, 3.0])
    for axis in ("step", "wall_time"):
        assert window(series, axis=axis).steps.tolist() == [0, 1, 2]
        assert window(Series.empty(), 1, 2, axis).steps.tolist() == []
    with pytest.raises(ValueError, match="axis is 'epoch'.*step, wall_time"):
        window(series, axis="epoch")


def test_points_without_a_time_are_in_no_window_of_times() -> None:
    series = Series(np.arange(3), np.full(3, math.nan), np.ones(3))
    assert len(window(series, 0.0, 2e9, "wall_time").steps) <= 2        # neighbours of nothing


@settings(max_examples=100, deadline=None)
@given(st.lists(values, max_size=400), st.integers(0, 120))
def test_reduction_keeps_extremes_ends_and_never_grows(numbers: list[float], max_points: int) -> None:
    series = series_of(numbers)
    reduced = reduce_series(series, max_points)
    assert len(reduced.steps) <= max(max_points, MIN_POINTS)
    assert np.all(np.diff(reduced.steps) > 0)
    np.testing.assert_array_equal(reduced.values, series.values[reduced.steps])
    finite = series.values[np.isfinite(series.values)]
    kept = reduced.values[np.isfinite(reduced.values)]
    if len(finite):
        assert (kept.min(), kept.max(), kept[0], kept[-1]) == (finite.min(), finite.max(), finite[0], finite[-1])
    assert np.isfinite(reduced.values).all() == np.isfinite(series.values).all()


@pytest.mark.parametrize("place", [0, 1, 77_777, 99_999])
@pytest.mark.parametrize("value", [1e6, -1e6, math.nan, math.inf])
def test_spike_of_one_step_survives_any_reduction(place: int, value: float) -> None:
    numbers = np.sin(np.arange(100_000) / 1e4)
    numbers[place] = value
    reduced = reduce_series(series_of(numbers.tolist()), 100)
    assert place in reduced.steps and len(reduced.steps) <= 100


def test_few_points_that_are_not_finite_are_all_kept_and_of_many_the_ends_of_their_runs() -> None:
    numbers = np.zeros(10_000)
    numbers[[5, 6, 7, 4_000]] = math.nan
    assert {5, 6, 7, 4_000} <= set(reduce_series(series_of(numbers.tolist()), 100).steps.tolist())
    numbers[2_000:3_000] = math.inf
    reduced = reduce_series(series_of(numbers.tolist()), 100)
    assert reduced.steps[~np.isfinite(reduced.values)].tolist() == [5, 7, 2_000, 2_999, 4_000]
