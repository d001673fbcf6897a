"""Alignment in time and mel cepstra against librosa, against a plain loop, and by their properties."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.errors import AudioError
from mytts_core.evaluation.time_alignment import (
    DB_PER_UNIT,
    NUM_COEFFICIENTS,
    align_in_time,
    mel_cepstrum,
    spoken_frames,
    warping_path,
)


def mels(seed: int, frames: int, bands: int = 80) -> np.ndarray:
    smooth = np.random.default_rng(seed).normal(0, 1, (frames, 6)).cumsum(axis=0) * 0.2
    return -2 + smooth @ np.cos(np.pi * np.outer(np.arange(6), np.arange(bands) + 0.5) / bands)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (30, 41), (120, 77)])
def test_the_path_is_the_cheapest_one_by_librosa_too(shape: tuple[int, int]) -> None:
    distance = np.random.default_rng(sum(shape)).random(shape)
    path = warping_path(distance)
    total, reference = librosa.sequence.dtw(C=distance)
    assert distance[path[:, 0], path[:, 1]].sum() == pytest.approx(total[-1, -1])
    np.testing.assert_array_equal(path, reference[::-1])        # random costs leave no ties


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 10_000))
def test_no_path_found_by_trying_all_is_cheaper(rows: int, columns: int, seed: int) -> None:
    distance = np.random.default_rng(seed).integers(0, 4, (rows, columns)).astype(float)    # many ties
    best = np.full((rows, columns), np.inf)
    for row in range(rows):
        for column in range(columns):
            before = [best[row - 1, column - 1]] if row and column else []
            before += [best[row - 1, column]] if row else []
            before += [best[row, column - 1]] if column else []
            best[row, column] = distance[row, column] + min(before, default=0.0)
    path = warping_path(distance)
    assert distance[path[:, 0], path[:, 1]].sum() == best[-1, -1]
    assert tuple(path[0]) == (0, 0) and tuple(path[-1]) == (rows - 1, columns - 1)
    steps = np.diff(path, axis=0)
    assert ((steps >= 0) & (steps <= 1)).all() and (steps.sum(axis=1) > 0).all()


def test_coefficients_are_those_of_the_cosine_series_and_all_of_them_give_the_difference_in_db() -> None:
    first, second = mels(1, 5), mels(2, 5)
    angles = np.pi * (np.arange(80) + 0.5) / 80
    by_definition = np.array([[2 / 80 * (frame * np.cos(k * angles)).sum() for k in range(1, NUM_COEFFICIENTS + 1)]
                              for frame in first])
    np.testing.assert_allclose(mel_cepstrum(first), by_definition, atol=1e-12)
    difference = 20 / np.log(10) * (first - second)             # these mels hold no coefficient above 5
    difference -= difference.mean(axis=1, keepdims=True)
    expected = np.sqrt(np.square(difference).mean(axis=1))
    found = DB_PER_UNIT * np.linalg.norm(mel_cepstrum(first) - mel_cepstrum(second), axis=1)
    np.testing.assert_allclose(found, expected)


def test_a_reading_with_itself_is_at_no_distance_and_a_slower_one_near() -> None:
    mel = mels(3, 60)
    cepstrum, frames = mel_cepstrum(mel), np.arange(60)
    same = align_in_time(cepstrum, cepstrum, frames, frames)
    assert same.distances.max() == 0 and same.waiting_share == 0
    slower = mel_cepstrum(np.repeat(mel, 2, axis=0))
    bent = align_in_time(cepstrum, slower, frames, np.arange(120))
    assert bent.distances.max() == 0 and bent.waiting_share == pytest.approx(0.5, abs=0.01)
    other = align_in_time(cepstrum, mel_cepstrum(mels(4, 60)), frames, frames)
    assert other.distances.mean() > 1


def test_level_does_not_count_and_pauses_are_left_out() -> None:
    mel = mels(5, 40)
    np.testing.assert_allclose(mel_cepstrum(mel + 1.5), mel_cepstrum(mel), atol=1e-9)
    paused = np.concatenate([np.full((10, 80), -11.5), mel[:20], np.full((5, 80), -11.5), mel[20:]])
    np.testing.assert_array_equal(spoken_frames(paused), [*range(10, 30), *range(35, 55)])


@pytest.mark.parametrize("mel", [np.full((20, 80), -11.5), np.zeros((0, 80))])
def test_silence_is_said(mel: np.ndarray) -> None:
    with pytest.raises(AudioError, match="silent"):
        spoken_frames(mel)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_said(value: float) -> None:
    mel = mels(6, 10)
    mel[3, 4] = value
    with pytest.raises(AudioError, match="NaN or infinite"):
        spoken_frames(mel)
