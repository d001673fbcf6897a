"""What a temperature varies: the draws against their stated distribution, one utterance independent of the others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mytts_core.model.variation import (
    F0_SPREAD,
    MAX_DEVIATION,
    Perturbation,
    utterance_seeds,
    utterance_temperatures,
    vary_prosody,
)


def test_the_draws_are_the_truncated_normal_scaled_by_spread_and_extra_variation() -> None:
    count = 4_000
    mean, spread = np.full((count, 4), 0.5), np.tile([0.1, 0.2, 0.3, 0.4], (count, 1))
    varied = vary_prosody(mean, spread, [1.6] * count, list(range(count)))
    draws = (varied - mean) / (0.6 * spread)
    assert np.abs(draws).max() <= MAX_DEVIATION + 1e-4
    for column in draws.T:
        assert stats.kstest(column, stats.truncnorm(-MAX_DEVIATION, MAX_DEVIATION).cdf).pvalue > 1e-4
    assert np.abs(np.corrcoef(draws.T) - np.eye(4)).max() < 0.1


def test_each_utterance_has_its_own_temperature() -> None:
    mean, spread = np.zeros((4, 4)), np.ones((4, 4))
    varied = vary_prosody(mean, spread, [1.0, 0.7, 1.5, 2.0], [7, 7, 7, 7])
    assert not varied[0].any()
    assert varied[1, F0_SPREAD] == pytest.approx(-0.3) and not np.delete(varied[1], F0_SPREAD).any()
    np.testing.assert_allclose(varied[3], 2 * varied[2], rtol=1e-6)      # one seed, one direction
    assert varied[2].all()


def test_perturbed_masks_are_each_rows_own_and_go_on_from_call_to_call() -> None:
    masks = (np.random.default_rng(0).random((40, 2, 32)) < 0.5).astype(np.float32)
    several = Perturbation(masks, 0.5, 3, [1.0, 1.3, 3.0], [5, 6, 7])
    first, _ = several.next_groups(0, 16)
    second, _ = several.next_groups(16, 16)
    together = np.concatenate([first, second], axis=1)      # type: ignore[list-item]
    np.testing.assert_array_equal(together[0], masks[:32])
    alone = Perturbation(masks, 0.5, 3, [1.3], [6])
    drawn, noise = alone.next_groups(0, 16)
    np.testing.assert_array_equal(drawn[0], together[1, :16])       # type: ignore[index]
    assert not noise.any()
    changed = [(row != masks[:32]).mean() for row in together]
    assert changed[1] == pytest.approx(0.15, abs=0.04) and changed[2] == pytest.approx(0.5, abs=0.05)


def test_noise_without_masks_grows_with_each_rows_temperature() -> None:
    masks, noise = Perturbation(None, 0.5, 50, [1.0, 1.5, 2.0], [1, 2, 3]).next_groups(0, 64)
    assert masks is None and not noise[0].any()
    np.testing.assert_allclose(noise.std(axis=(1, 2)), [0, 0.1, 0.2], rtol=0.05)


def test_one_temperature_serves_all_and_a_sequence_gives_one_each() -> None:
    assert utterance_temperatures(1.5, 3) == [1.5] * 3 == utterance_temperatures(np.full(3, 1.5), 3)
    with pytest.raises(ValueError, match="2 temperatures were given for 3"):
        utterance_temperatures([1.0, 2.0], 3)
    for bad in (0, [1.0, float("nan"), 1.0], "hot", None):
        with pytest.raises(ValueError, match="finite number above 0"):
            utterance_temperatures(bad, 3)
    with pytest.raises(ValueError, match="2 seeds were given for 3"):
        utterance_seeds([1, 2], 3)
