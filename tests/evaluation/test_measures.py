"""Distance, pitch and duration: of known sounds, against independent computations, and where there is no value."""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import pytest

from mytts_core.audio.mel import log_mel_spectrogram
from mytts_core.errors import AudioError
from mytts_core.evaluation.measures.catalogue import BY_KEY, CATALOGUE, GROUPS, MODES
from mytts_core.evaluation.measures.cepstral_distance import CepstralDistance
from mytts_core.evaluation.measures.choice import make_measures
from mytts_core.evaluation.measures.duration import Duration
from mytts_core.evaluation.measures.pitch_error import PitchError
from mytts_core.evaluation.measures.protocol import Pair
from tests.evaluation.speech import AUDIO, clip, noisy, pair, recording, tone

OWN = (CepstralDistance(), PitchError(), Duration())


def values(measure, two: Pair) -> dict[str, float]:
    return {key: score.value for key, score in measure.score(two).items()}


def test_the_distance_is_that_of_librosa(shared_data: Path) -> None:
    first, second = recording(shared_data), noisy(recording(shared_data), 20)
    found = values(CepstralDistance(), pair(first, second))
    coefficients = []
    for wav in (first, second):
        log_mel = log_mel_spectrogram(wav, AUDIO).T.astype(np.float64)
        level = 10 * np.log10(np.square(np.exp(log_mel)).mean(axis=0))
        kept = log_mel[:, level > level.max() - 40]
        # 20 log10 of magnitude in place of ln, orthonormal DCT: Euclidean distances over √M are then in dB
        coefficients.append(librosa.feature.mfcc(S=20 / np.log(10) * kept, n_mfcc=14, norm="ortho")[1:] / np.sqrt(80))
    total, path = librosa.sequence.dtw(*coefficients)
    assert found["mcd"] == pytest.approx(total[-1, -1] / len(path), rel=1e-6)
    waiting = (np.diff(path[::-1], axis=0).min(axis=1) == 0).mean()
    assert found["warping"] == pytest.approx(100 * waiting, abs=0.5)     # equal costs may be walked in another way


def test_more_noise_is_farther(shared_data: Path) -> None:
    wav = recording(shared_data)
    distances = [values(CepstralDistance(), pair(wav, noisy(wav, level)))["mcd"] for level in (40, 25, 10, -5)]
    assert distances == sorted(distances) and distances[0] > 0.1


@pytest.mark.parametrize("measure", OWN, ids=lambda measure: measure.keys[0])
def test_a_recording_with_itself_is_perfect(measure, shared_data: Path) -> None:
    wav = recording(shared_data)
    found = values(measure, pair(wav, wav))
    assert found.pop("duration_ratio", 1.0) == 1.0
    assert all(value == pytest.approx(0, abs=1e-6) for value in found.values())


@pytest.mark.parametrize(("semitones", "gross"), [(1, 0), (-2, 0), (5, 100)])
def test_f0_error_of_known_pitches(semitones: float, gross: float) -> None:
    found = values(PitchError(), pair(tone(150), tone(150 * 2 ** (semitones / 12))))
    assert found["f0_error"] == pytest.approx(abs(semitones), abs=0.05)
    assert found["f0_gross"] == gross and found["voicing"] < 3


def test_voicing_errors_are_counted_apart_and_need_some_voice() -> None:
    hiss = np.random.default_rng(1).normal(0, 0.1, 22_050).astype(np.float32)
    half = np.concatenate([tone(150, 0.5), hiss[:11_025]])
    mel = log_mel_spectrogram(tone(150), AUDIO)         # the same frames belong together: voicing is what differs
    found = values(PitchError(), Pair(clip(tone(150), mel), clip(half, mel)))
    assert found["voicing"] == pytest.approx(50, abs=4) and found["f0_error"] < 0.1
    with pytest.raises(AudioError, match="voiced in both, fewer than 8"):
        PitchError().score(pair(hiss, hiss))


def test_duration_counts_what_is_spoken_and_turns_round_when_sides_change(shared_data: Path) -> None:
    wav = recording(shared_data)
    padded = np.concatenate([np.zeros(9_000), wav, np.zeros(20_000)]).astype(np.float32)
    assert values(Duration(), pair(wav, padded))["duration_ratio"] == pytest.approx(1, abs=0.01)
    slower = librosa.resample(wav, orig_sr=22_050, target_sr=22_050 * 5 // 4).astype(np.float32)
    there, back = (values(Duration(), two) for two in (pair(wav, slower), pair(slower, wav)))
    assert there["duration_ratio"] == pytest.approx(1.25, abs=0.01)
    assert there["duration_error"] == pytest.approx(25, abs=1)
    assert there["duration_ratio"] * back["duration_ratio"] == pytest.approx(1)


@pytest.mark.parametrize("measure", OWN, ids=lambda measure: measure.keys[0])
def test_silence_and_nan_are_reasons_and_not_values(measure) -> None:
    broken = log_mel_spectrogram(tone(150), AUDIO)
    broken[5] = np.nan
    for second, told in ((clip(np.zeros(22_050)), "silent"), (clip(tone(150), broken), "NaN")):
        with pytest.raises(AudioError, match=told):
            measure.score(Pair(clip(tone(150)), second))


@pytest.mark.parametrize("measure", OWN, ids=lambda measure: measure.keys[0])
def test_a_short_clip_has_a_value(measure) -> None:
    assert all(np.isfinite(list(values(measure, pair(tone(150, 0.3), tone(150, 0.3))).values())))


def test_the_catalogue_names_every_figure_once_and_the_measures_yield_just_those() -> None:
    assert len(BY_KEY) == len(CATALOGUE)
    made = make_measures(None, "en-us")
    assert [measure.keys[0] for measure in made] == [
        next(info.key for info in CATALOGUE if info.group == group) for group in GROUPS]
    keys = [key for measure in made for key in measure.keys]
    assert sorted(keys) == sorted(info.key for info in CATALOGUE if info.group != "alignment")
    for measure in made:
        assert len({BY_KEY[key].modes for key in measure.keys}) == 1, "figures of one measure have the same modes"
    for info in CATALOGUE:
        assert set(info.not_for) < set(MODES) and info.explanation and info.title.startswith(info.name)
    assert "free_running" in BY_KEY["pesq"].not_for and "in step" in BY_KEY["stoi"].not_for["free_running"]


def test_measures_are_chosen_by_name() -> None:
    assert [measure.keys[0] for measure in make_measures(["f0", "mcd"], "en")] == ["mcd", "f0_error"]
    assert make_measures(["none"], "en") == []
    with pytest.raises(ValueError, match="no measure 'mos'.*mcd"):
        make_measures(["mos"], "en")
