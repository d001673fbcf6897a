"""MetricsAggregator against NumPy in float64, and trends that noise does not fake."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.monitoring.metrics import MetricsAggregator, direction_of, robust_slope

ordinary = st.floats(-1e9, 1e9)
anything = st.one_of(ordinary, st.just(float("nan")), st.just(float("inf")), st.just(float("-inf")))


@settings(max_examples=100, deadline=None)
@given(st.lists(anything, min_size=1, max_size=80), st.integers(1, 40))
def test_statistics_are_numpys_over_the_finite_values_of_the_window(values: list[float], window: int) -> None:
    aggregator = MetricsAggregator(window_size=window)
    for value in values:
        aggregator.update({"loss": value})
    statistics = aggregator.get_statistics("loss")
    finite = np.array([value for value in values[-window:] if np.isfinite(value)])
    assert statistics["count"] == len(values)
    assert statistics["num_nonfinite"] == int((~np.isfinite(np.array(values))).sum())
    if not len(finite):
        assert all(np.isnan(statistics[name]) for name in ("mean", "std", "min", "max", "recent"))
        assert statistics["trend"] == "stable"
        return
    assert statistics["mean"] == pytest.approx(np.mean(finite), rel=1e-12, abs=1e-300)
    assert statistics["std"] == pytest.approx(np.std(finite), rel=1e-12, abs=1e-300)
    assert (statistics["min"], statistics["max"], statistics["recent"]) == (finite.min(), finite.max(), finite[-1])


@settings(max_examples=60, deadline=None)
@given(st.lists(ordinary, min_size=2, max_size=40))
def test_the_slope_is_the_median_over_all_pairs(values: list[float]) -> None:
    y = np.array(values)
    slopes = [(y[j] - y[i]) / (j - i) for i in range(len(y)) for j in range(i + 1, len(y))]
    slope = robust_slope(np.arange(len(y), dtype=float), y)
    assert slope.value == pytest.approx(np.median(slopes), rel=1e-9, abs=1e-6)
    assert slope.low <= slope.value <= slope.high


def trend_of(name: str, values, **options) -> str:
    aggregator = MetricsAggregator(**options)
    for value in values:
        aggregator.update({name: value})
    return aggregator.get_statistics(name)["trend"]


FALLING = 3 * np.exp(-np.arange(100) / 60) + np.random.default_rng(0).normal(0, 0.1, 100)


@pytest.mark.parametrize(("name", "values", "expected"), [
    ("train/loss", FALLING, "improving"), ("train/loss", FALLING[::-1], "worsening"),
    ("word_error_rate", FALLING, "improving"), ("validation/diagonality", FALLING, "worsening"),
    ("accuracy", FALLING[::-1], "improving"), ("success_rate", FALLING[::-1], "improving"),
    ("learning_rate", FALLING, "stable"), ("loss_weight", FALLING, "stable"),
    ("loss", np.full(50, 2.0), "stable"), ("loss", [3, 2, 1], "stable"), ("loss", [5, 4, 3, 2, 1], "improving"),
])
def test_trends(name: str, values, expected: str) -> None:
    assert trend_of(name, values) == expected


def test_one_wild_value_makes_no_trend_and_hides_none() -> None:
    flat = np.random.default_rng(1).normal(1, 0.1, 100)
    flat[-1] = 1e6
    assert trend_of("loss", flat) == "stable"
    falling = FALLING.copy()
    falling[-1] = 1e6
    assert trend_of("loss", falling) == "improving"


def test_noise_seldom_fakes_a_trend() -> None:
    rng = np.random.default_rng(2)
    white = [trend_of("loss", rng.normal(size=100)) for _ in range(200)]
    assert sum(trend != "stable" for trend in white) <= 10       # 2 % expected
    slow = rng.normal(size=(200, 110))
    for column in range(1, 110):
        slow[:, column] += 0.7 * slow[:, column - 1]             # neighbours alike, as in a loss curve
    red = [trend_of("loss", row[10:]) for row in slow]
    assert sum(trend != "stable" for trend in red) <= 20


def test_positions_count_when_values_are_missing() -> None:
    aggregator = MetricsAggregator()
    for value in (0, np.nan, np.nan, 3, 4, np.inf, 6, 7, 8):
        aggregator.update({"x": value})
    assert aggregator.get_statistics("x")["slope"] == pytest.approx(1.0)


def test_directions_can_be_given() -> None:
    assert trend_of("score", FALLING, directions={"score": "falls"}) == "improving"
    assert trend_of("loss", FALLING, directions={"loss": "rises"}) == "worsening"
    assert trend_of("loss", FALLING, directions={"loss": None}) == "stable"
    with pytest.raises(ValueError, match="'falls', 'rises' or None"):
        MetricsAggregator(directions={"loss": "down"})


@pytest.mark.parametrize(("name", "expected"), [
    ("train/mel_loss_pre", "falls"), ("valLoss", "falls"), ("WER", "falls"), ("free_running/coverage", "rises"),
    ("train/gradient_norm", None), ("glossary", None), ("seconds_per_step", None),
])
def test_the_name_tells_the_direction(name: str, expected) -> None:
    assert direction_of(name) == expected


def test_several_metrics_and_kinds_of_numbers() -> None:
    aggregator = MetricsAggregator(window_size=2)
    aggregator.update({"loss": np.float32(1.5), "steps": 3})
    aggregator.update({"loss": np.array([2.5])})
    assert aggregator.get_all_statistics()["loss"]["mean"] == 2.0
    assert aggregator.get_statistics("steps")["count"] == 1
    with pytest.raises(KeyError, match="accuracy.*loss, steps"):
        aggregator.get_statistics("accuracy")


@pytest.mark.parametrize("value", [None, "3", [1, 2], np.zeros(0), 1j])
def test_what_is_not_one_number_is_refused_and_changes_nothing(value) -> None:
    aggregator = MetricsAggregator()
    with pytest.raises(ValueError, match="'loss'"):
        aggregator.update({"accuracy": 0.5, "loss": value})
    assert aggregator.get_all_statistics() == {}


@pytest.mark.parametrize("window", [0, -1, 1.5, True])
def test_a_bad_window_is_refused(window) -> None:
    with pytest.raises(ValueError, match="window_size"):
        MetricsAggregator(window_size=window)


def test_memory_is_bounded_and_updates_stay_cheap() -> None:
    aggregator = MetricsAggregator(window_size=1000)
    for value in range(100_000):
        aggregator.update({"loss": value})
    assert len(aggregator._rings["loss"]._values) == 1000
    assert aggregator.get_statistics("loss")["mean"] == np.mean(np.arange(99_000, 100_000))
    started = time.perf_counter()
    aggregator.get_statistics("loss")
    assert time.perf_counter() - started < 0.5
