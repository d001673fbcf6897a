"""PESQ, STOI, DNSMOS, the recogniser: the packages' own answers, more noise is worse, and where there is no value."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from mytts_core.audio.waveform import resample
from mytts_core.errors import AudioError, ConfigError
from mytts_core.evaluation.measures.intelligibility_index import IntelligibilityIndex
from mytts_core.evaluation.measures.perceptual_quality import PerceptualQuality
from mytts_core.evaluation.measures.predicted_rating import PredictedRating
from mytts_core.evaluation.measures.recognition import Recognition
from tests.evaluation.speech import TEXT, noisy, pair, recording, tone

with_pesq = pytest.mark.skipif(importlib.util.find_spec("pesq") is None, reason='pip install "mytts[pesq]"')
IN_STEP = (pytest.param(PerceptualQuality(), marks=with_pesq, id="pesq"),
           pytest.param(IntelligibilityIndex(), id="stoi"))


def value(measure, first: np.ndarray, second: np.ndarray) -> float:
    return measure.score(pair(first, second))[measure.keys[0]].value


@with_pesq
def test_pesq_is_the_package_s_wideband_answer(shared_data: Path) -> None:
    import pesq

    wav, worse = recording(shared_data), noisy(recording(shared_data), 15)
    expected = pesq.pesq(16_000, resample(wav, 22_050, 16_000), np.clip(resample(worse, 22_050, 16_000), -1, 1), "wb")
    assert value(PerceptualQuality(), wav, worse) == pytest.approx(expected, abs=1e-3)


def test_stoi_is_the_package_s_answer(shared_data: Path) -> None:
    import pystoi

    wav, worse = recording(shared_data), noisy(recording(shared_data), 5)
    expected = pystoi.stoi(resample(wav, 22_050, 16_000), resample(worse, 22_050, 16_000), 16_000)
    assert value(IntelligibilityIndex(), wav, worse) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("measure", IN_STEP)
def test_more_noise_is_worse(measure, shared_data: Path) -> None:
    wav = recording(shared_data)
    found = [value(measure, wav, wav), *(value(measure, wav, noisy(wav, level)) for level in (30, 15, 0))]
    assert found == sorted(found, reverse=True) and found[0] - found[-1] > 0.2


@pytest.mark.parametrize("measure", IN_STEP)
def test_silence_other_lengths_and_too_little_speech_are_reasons(measure) -> None:
    voiced = tone(150)
    for first, second, told in ((voiced, np.zeros(22_050), "silent"), (np.zeros(22_050), voiced, "silent"),
                                (voiced, voiced[:15_000], "in step"), (voiced[:4_000], voiced[:4_000], "needs")):
        with pytest.raises(AudioError, match=told):
            measure.score(pair(first, second))


def test_stoi_of_three_tenths_of_a_second_has_no_value() -> None:
    with pytest.raises(AudioError, match="too little speech"):
        IntelligibilityIndex().score(pair(tone(150, 0.3), tone(150, 0.3)))


def test_dnsmos_is_what_speechmos_says(shared_data: Path) -> None:
    from speechmos import dnsmos

    for level in (50, 5):
        wav = noisy(recording(shared_data), level)
        expected = dnsmos.run(np.clip(resample(wav, 22_050, 16_000), -1, 1), 16_000)
        found = PredictedRating().score(pair(wav, wav))
        for key, name in (("dnsmos", "ovrl_mos"), ("dnsmos_signal", "sig_mos"), ("dnsmos_background", "bak_mos")):
            assert found[key].value == pytest.approx(expected[name], abs=2e-3)


def test_dnsmos_of_a_long_clip_is_the_mean_over_its_seconds(shared_data: Path) -> None:
    from speechmos import dnsmos

    wav = np.tile(recording(shared_data), 5)
    assert len(wav) / 22_050 > 11
    expected = dnsmos.run(resample(wav, 22_050, 16_000), 16_000)["ovrl_mos"]
    assert PredictedRating().score(pair(wav, wav))["dnsmos"].value == pytest.approx(expected, abs=2e-3)


def test_dnsmos_of_silence_and_of_a_file_that_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="silent"):
        PredictedRating().score(pair(np.zeros(22_050), np.zeros(22_050)))
    with pytest.raises(ConfigError, match="no such file"):
        PredictedRating(tmp_path / "none.onnx")
    torn = tmp_path / "torn.onnx"
    torn.write_bytes(b"not a network")
    with pytest.raises(ConfigError, match="no DNSMOS P.835 network"):
        PredictedRating(torn).score(pair(tone(150), tone(150)))


@pytest.mark.parametrize(("measure", "package"), [
    (PerceptualQuality(), "mytts[pesq]"), (IntelligibilityIndex(), "mytts[metrics]"),
    (PredictedRating(), "mytts[metrics]"), (Recognition("en-us"), "mytts[metrics]")],
    ids=lambda value: value if isinstance(value, str) else value.keys[0])
def test_what_is_not_installed_says_the_command(measure, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None)
    assert f'pip install "{package}"' in measure.missing()


def test_a_language_without_recogniser_is_said() -> None:
    assert "'fa'" in Recognition("fa").missing() and Recognition("en-us").missing() == ""


@pytest.mark.slow
def test_character_errors_of_a_recording_are_few_and_of_silence_all(shared_data: Path) -> None:
    wav, measure = recording(shared_data), Recognition("en-us")
    heard = measure.score(pair(wav, wav, TEXT))
    assert heard["cer"].value < 30 and heard["cer"].weight == len(TEXT) - 1     # without the full stop
    assert heard["wer"].weight == len(TEXT.split())
    silent = measure.score(pair(wav, np.zeros(22_050), TEXT))
    assert silent["cer"].value == silent["wer"].value == 100
    with pytest.raises(AudioError, match="no word"):
        measure.score(pair(wav, wav, "سلام"))
