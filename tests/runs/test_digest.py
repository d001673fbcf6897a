"""Digests, built in any pieces, against NumPy over the whole series."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.runs.digest import MAX_STRETCHES, Digest, DigestBuilder, digest_of
from mytts_core.runs.types import Series
from tests.runs.test_reduction import series_of, values


def assert_same_digest(mine: Digest, other: Digest) -> None:
    for field in dataclasses.fields(Digest):
        np.testing.assert_array_equal(getattr(mine, field.name), getattr(other, field.name), err_msg=field.name)


def pieces_of(series: Series, cuts: list[int]) -> list[Series]:
    edges = sorted({0, len(series.steps), *(cut for cut in cuts if cut < len(series.steps))})
    return [series.part(start, stop) for start, stop in zip(edges, edges[1:])]


@settings(max_examples=300, deadline=None)
@given(st.lists(values, max_size=500), st.lists(st.integers(0, 499), max_size=6))
def test_digest_says_what_numpy_says_in_whatever_pieces_the_points_come(numbers: list[float], cuts: list[int]) -> None:
    series = series_of(numbers)._replace(steps=3 * np.arange(len(numbers)))
    builder = DigestBuilder()
    for piece in pieces_of(series, cuts):
        builder.update(piece)
        builder.digest()
    digest = builder.digest()
    whole = digest_of(series)
    assert_same_digest(digest, whole)
    finite = np.isfinite(series.values)
    assert (digest.count, digest.non_finite) == (len(numbers), np.count_nonzero(~finite))
    if len(numbers):
        assert (digest.first_step, digest.last_step) == (series.steps[0], series.steps[-1])
        np.testing.assert_array_equal(digest.last, series.values[-1])
    if finite.any():
        good = np.where(finite, series.values, np.nan)
        assert (digest.best_min, digest.best_min_step) == (np.nanmin(good), series.steps[np.nanargmin(good)])
        assert (digest.best_max, digest.best_max_step) == (np.nanmax(good), series.steps[np.nanargmax(good)])
        assert digest.last_finite == series.values[finite][-1]
    else:
        assert math.isnan(digest.best_min) and digest.best_max_step == -1


@settings(max_examples=100, deadline=None)
@given(st.lists(values, min_size=1, max_size=700))
def test_sparkline_holds_the_extremes_of_equal_stretches_in_order(numbers: list[float]) -> None:
    digest = digest_of(series_of(numbers))
    width = 1
    while width * MAX_STRETCHES < len(numbers):
        width *= 2
    expected: list[float] = []
    for start in range(0, len(numbers), width):
        stretch = [number for number in numbers[start:start + width] if math.isfinite(number)]
        low, high = (min(stretch), max(stretch)) if stretch else (math.nan, math.nan)
        in_order = [low, high] if not stretch or stretch.index(low) <= stretch.index(high) else [high, low]
        expected += in_order[:1] if width == 1 else in_order
    np.testing.assert_array_equal(digest.sparkline, expected)
    assert len(digest.sparkline) == len(digest.sparkline_steps) <= 2 * MAX_STRETCHES


def test_digest_of_nothing() -> None:
    digest = digest_of(Series.empty())
    assert digest.count == 0 and math.isnan(digest.last) and digest.last_step == -1 and len(digest.sparkline) == 0
