"""What the benchmark plants in its trainings is what it says; the corpus of tones holds its letters as pitches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import planted_trainings as planted
from benchmarks.tone_corpus import INTERVAL, LETTERS, LOWEST_HZ, SAMPLE_RATE, TONE_SECONDS, make_tone_corpus
from mytts_core.audio.waveform import read_audio
from mytts_core.data.corpora import read_corpus


@pytest.fixture
def batch() -> dict[str, np.ndarray]:
    return {"enc_ids": np.array([[1, 2], [3, 4], [5, 6]]), "enc_len": np.array([2, 1, 2]), "mel": np.ones((3, 4, 2))}


def test_nan_batches_come_at_their_steps_alone(batch: dict[str, np.ndarray]) -> None:
    single, lasting = planted.nan_at(3), planted.nan_from(5)
    assert [bool(np.isnan(single(batch, step, 0.1)[0]["mel"]).all()) for step in (2, 3, 4)] == [False, True, False]
    assert [bool(np.isnan(lasting(batch, step, 0.1)[0]["mel"]).all()) for step in (4, 5, 900)] == [False, True, True]
    assert np.isfinite(batch["mel"]).all() and single(batch, 3, 0.1)[1] == 0.1


def test_wrong_texts_are_those_of_other_recordings(batch: dict[str, np.ndarray]) -> None:
    changed, rate = planted.wrong_texts_from(2)(batch, 2, 0.1)
    assert changed["enc_ids"].tolist() == [[5, 6], [1, 2], [3, 4]] and changed["enc_len"].tolist() == [2, 2, 1]
    assert changed["mel"] is batch["mel"] and rate == 0.1
    assert planted.wrong_texts_from(2)(batch, 1, 0.1)[0] is batch


def test_the_rate_rises_and_the_training_is_left_from_their_step_on(batch: dict[str, np.ndarray]) -> None:
    assert [planted.rate_times(300, 7)(batch, step, 0.1)[1] for step in (6, 7)] == pytest.approx([0.1, 30.0])
    assert planted.leave_at(7)(batch, 6, 0.1) == (batch, 0.1)
    with pytest.raises(planted.Left):
        planted.leave_at(7)(batch, 7, 0.1)


def test_no_training_is_begun_after_the_deadline_and_unfinished_ones_do_not_count(tmp_path: Path) -> None:
    assert planted.train_all(tmp_path, [0, 1], deadline=float("-inf")) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_tones_of_a_recording_are_its_letters(tmp_path: Path) -> None:
    corpus = read_corpus(make_tone_corpus(tmp_path / "tones", 3))
    assert len(corpus.utterances) == 3 and len({item.text for item in corpus.utterances}) == 3
    for item in corpus.utterances:
        wav, rate = read_audio(item.audio_path, SAMPLE_RATE)
        tones = wav[:len(item.text) * int(TONE_SECONDS * rate)].reshape(len(item.text), -1)
        spectra = np.abs(np.fft.rfft(tones, 1 << 15, axis=1))
        pitches = spectra.argmax(axis=1) * rate / (1 << 15)
        wanted = [LOWEST_HZ * INTERVAL ** LETTERS.index(letter) for letter in item.text]
        np.testing.assert_allclose(pitches, wanted, rtol=0.03)
