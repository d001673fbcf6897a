"""What is drawn at a temperature: its distribution, what it depends on, and what stays as it is, over many inputs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, truncnorm

from mytts_core.model.variation import F0_SPREAD, MAX_DEVIATION, vary_prosody

SEEDS = list(range(3_000))
values = st.floats(-3, 3, width=32)
rows = st.lists(st.tuples(values, values, values, values), min_size=1, max_size=4)
seeds = st.integers(0, 2**64 - 1)


def _drawn(temperature: float, seeds: list[int]) -> np.ndarray:
    shape = (len(seeds), 4)
    return vary_prosody(np.zeros(shape, np.float32), np.ones(shape, np.float32), [temperature] * len(seeds), seeds)


@given(mean=rows, seed=seeds)
def test_at_one_the_predicted_mean_is_used_bit_for_bit(mean, seed: int) -> None:
    mean = np.array(mean, np.float32)
    found = vary_prosody(mean, np.ones_like(mean), [1.0] * len(mean), [seed] * len(mean))
    assert found.tobytes() == mean.tobytes()


@given(mean=rows, seed=seeds, temperature=st.floats(0.01, 0.999))
def test_below_one_only_the_pitch_spread_is_lowered_and_nothing_is_drawn(mean, seed: int, temperature: float) -> None:
    mean = np.array(mean, np.float32)
    spread = np.abs(mean) + np.float32(0.1)
    found = vary_prosody(mean, spread, [temperature] * len(mean), [seed] * len(mean))
    lowered = mean.copy()
    lowered[:, F0_SPREAD] -= np.float32(1 - temperature) * spread[:, F0_SPREAD]
    np.testing.assert_allclose(found, lowered, rtol=1e-6, atol=1e-6)
    assert (found[:, F0_SPREAD] < mean[:, F0_SPREAD]).all() or temperature > 0.99


@given(seed=seeds, low=st.floats(1.01, 3), high=st.floats(1.01, 3))
def test_a_seed_goes_the_same_way_at_every_temperature_farther_the_hotter(seed: int, low: float, high: float) -> None:
    np.testing.assert_allclose(_drawn(low, [seed]) / (low - 1), _drawn(high, [seed]) / (high - 1), rtol=1e-4, atol=1e-5)


@given(seed=seeds, temperature=st.floats(1.01, 3), spread=st.floats(0.125, 2, width=32))
def test_no_draw_goes_beyond_its_bound(seed: int, temperature: float, spread: float) -> None:
    mean = np.full((1, 4), 0.5, np.float32)
    found = vary_prosody(mean, np.full((1, 4), spread, np.float32), [temperature], [seed])
    assert np.abs(found - mean).max() <= MAX_DEVIATION * (temperature - 1) * spread * (1 + 1e-5)


@given(batch=st.lists(seeds, min_size=2, max_size=6), data=st.data())
@settings(max_examples=30)
def test_a_draw_depends_on_its_own_seed_never_on_its_row(batch: list[int], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(batch))))
    np.testing.assert_array_equal(_drawn(1.7, batch)[order], _drawn(1.7, [batch[place] for place in order]))


@pytest.mark.parametrize("dimension", range(4))
def test_draws_over_seeds_are_a_normal_cut_at_its_bound(dimension: int) -> None:
    drawn = _drawn(2.0, SEEDS)[:, dimension]
    assert kstest(drawn, truncnorm(-MAX_DEVIATION, MAX_DEVIATION).cdf).pvalue > 0.001
    assert abs(drawn.mean()) < 4 * 0.955 / np.sqrt(len(SEEDS))          # no bias: takes are neither longer nor higher


def test_neither_dimensions_nor_neighbouring_seeds_are_correlated() -> None:
    drawn = _drawn(2.0, SEEDS)
    together = np.corrcoef(np.hstack([drawn[:-1], drawn[1:]]).T) - np.eye(8)
    assert np.abs(together).max() < 4.5 / np.sqrt(len(SEEDS))
