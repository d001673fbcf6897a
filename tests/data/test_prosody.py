import numpy as np
import pytest

from mytts_core.data.prosody import PROSODY_DIMENSIONS, normalise_prosody, observe_prosody, prosody_statistics


def test_values_by_hand() -> None:
    f0 = np.array([np.nan, 100, 200, 100, 200, 100, 200, np.sqrt(2) * 100, np.nan, np.nan])
    mel = np.full((10, 80), -3.0, dtype=np.float32)
    observed = dict(zip(PROSODY_DIMENSIONS, observe_prosody(mel, f0, num_tokens=5)))
    assert observed["log_frames_per_token"] == pytest.approx(np.log(2))
    assert observed["log_f0_median"] == pytest.approx(np.log(100 * np.sqrt(2)))
    assert observed["f0_spread_semitones"] == pytest.approx(np.std([6, 6, 6, 6, 6, 6, 0] * np.array([1, -1] * 3 + [1])))
    assert observed["energy"] == pytest.approx(-3.0, abs=1e-6)


def test_louder_has_more_energy_and_unvoiced_is_unknown() -> None:
    mel = np.random.default_rng(0).normal(-4, 1, (50, 80)).astype(np.float32)
    quiet = observe_prosody(mel, np.full(50, np.nan), 10)
    loud = observe_prosody(mel + np.log(2), np.full(50, np.nan), 10)
    assert loud[3] - quiet[3] == pytest.approx(np.log(2), abs=1e-5)
    assert np.isnan(quiet[1:3]).all() and np.isfinite(quiet[[0, 3]]).all()


def test_statistics_leave_out_what_is_unknown() -> None:
    values = np.array([[1, np.nan, 5, 0], [3, 4, np.nan, 0], [5, 6, np.nan, 0]], dtype=np.float32)
    mean, std = prosody_statistics(values)
    np.testing.assert_allclose(mean, [3, 5, 5, 0])
    np.testing.assert_allclose(std, [np.std([1, 3, 5]), 1, 1, 1])   # no spread: left as it is
    scores = normalise_prosody(values, mean, std)
    assert np.isfinite(scores).all() and scores[0, 1] == 0
    assert prosody_statistics(np.full((3, 4), np.nan))[0].tolist() == [0, 0, 0, 0]


def test_scores_are_clipped_to_three() -> None:
    scores = normalise_prosody(np.array([100.0, -100, 2, np.nan]), np.zeros(4), np.ones(4))
    assert scores.tolist() == [3, -3, 2, 0] and scores.dtype == np.float32
