"""The history behind percentile clipping: NumPy's percentile, bounded, finite norms only, restorable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.monitoring.norm_history import NormHistory

norms = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(norms, st.floats(0.1, 100), st.integers(1, 20))
def test_the_threshold_is_the_percentile_of_the_last_norms(values, percentile: float, capacity: int) -> None:
    history = NormHistory(percentile, capacity, values)
    expected = np.percentile(np.array(values[-capacity:]), percentile)
    assert history.threshold(1e9) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert len(history) == min(len(values), capacity)


def test_the_threshold_never_exceeds_max_norm_and_starts_there() -> None:
    history = NormHistory()
    assert history.threshold(1.5) == 1.5
    history.add(7.0)
    assert history.threshold(1.5) == 1.5
    history.add(0.5)
    assert history.threshold(1.5) == pytest.approx(1.15)


def test_norms_that_are_not_finite_never_enter() -> None:
    history = NormHistory(50, norms=[1, 2, 3])
    assert not history.add(np.nan) and not history.add(np.inf) and history.add(np.float32(9))
    assert len(history) == 4 and history.threshold(100) == 2.5


def test_it_is_restored_from_its_array() -> None:
    history = NormHistory(10, 5, range(9))
    again = NormHistory(10, 5, history.to_array())
    for norm in (3.5, 0.1, 8.0):
        history.add(norm)
        again.add(norm)
    assert again.threshold(99) == history.threshold(99)
    np.testing.assert_array_equal(again.to_array(), history.to_array())


@pytest.mark.parametrize("arguments", [{"percentile": 0}, {"percentile": 101}, {"percentile": np.nan}, {"capacity": 0}])
def test_bad_arguments_are_refused(arguments) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        NormHistory(**arguments)
