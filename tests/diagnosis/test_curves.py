"""Series as robust points: nothing is lost, a lone wild value counts for nothing, and it is fast."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.diagnosis.curves import MOST_POINTS, SHORT, best_before, finite, smooth
from mytts_core.runs.types import Series
from tests.diagnosis.healthy_facts import series


def test_finite_keeps_every_finite_value_and_the_last_of_a_step() -> None:
    curve = finite(series([1, 2, 2, 3, 4], [1.0, 2.0, 3.0, np.nan, -np.inf]))
    assert curve.steps.tolist() == [1, 2] and curve.values.tolist() == [1.0, 3.0]
    assert len(finite(Series.empty())) == len(smooth(Series.empty())) == 0


@pytest.mark.parametrize("count", [SHORT + 1, 14, 60, 146, 299, 300, 301, 5_000, 50_001])
def test_smoothing_has_a_bounded_number_of_points_that_end_where_the_series_ends(count: int) -> None:
    steps = np.arange(count) * 10
    curve = smooth(series(steps, steps.astype(float)))
    assert 4 <= len(curve) < 1.5 * MOST_POINTS and curve.last_step == steps[-1]
    assert (np.diff(curve.steps) > 0).all() and (np.diff(curve.values) > 0).all()
    # The median of a rising line lies in the middle of its point.
    starts = np.concatenate([[0], curve.steps[:-1] + 10])
    np.testing.assert_allclose(curve.values, (starts + curve.steps) / 2)


def test_a_short_series_stays_as_it_is() -> None:
    values = np.random.default_rng(0).normal(size=SHORT)
    np.testing.assert_array_equal(smooth(series(range(SHORT), values)).values, values)


def test_a_lone_wild_value_counts_for_nothing() -> None:
    values = np.ones(300)
    values[150] = 1e9
    assert smooth(series(range(300), values)).values.max() == 1.0


def test_looking_up_and_cutting() -> None:
    curve = finite(series([10, 20, 40], [1.0, 2.0, 4.0]))
    np.testing.assert_allclose(curve.at(np.array([5, 15, 30, 50])), [1.0, 1.5, 3.0, 4.0])
    assert curve.until(20).steps.tolist() == [10, 20] and curve.since(20).steps.tolist() == [20, 40]
    assert best_before(np.array([3.0, 1.0, 2.0, 0.5])).tolist() == [3.0, 3.0, 1.0, 1.0]
    assert best_before(np.empty(0)).size == 0
