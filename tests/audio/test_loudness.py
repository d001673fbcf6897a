"""Loudness: the test signals of EBU Tech 3341, another implementation, and clips that come out equally loud."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.audio.loudness import HIGHEST_PEAK, TARGET_LUFS, integrated_loudness, match_loudness
from mytts_core.audio.waveform import read_audio, resample, write_audio
from mytts_core.errors import AudioError

# Table 1 of EBU Tech 3341: (dBFS, seconds) of a 1 kHz sine in both channels; each reads −23.0 ± 0.1 but the second.
TECH_3341 = {
    "1": ([(-23, 20)], -23.0), "2": ([(-33, 20)], -33.0), "3": ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
    "4": ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
    "5": ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0)}


def sine(level_db: float, seconds: float, rate: int, hz: float = 1000.0) -> np.ndarray:
    return 10 ** (level_db / 20) * np.sin(2 * np.pi * hz / rate * np.arange(round(seconds * rate)))


def speech_like(seconds: float, rate: int, seed: int = 0, level: float = 0.1) -> np.ndarray:
    """Noise that comes and goes four times a second, with a pause in the middle."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    envelope = (1 + np.sin(2 * np.pi * 4 * time + rng.uniform(0, 6))) / 2 * (np.abs(time / seconds - 0.5) > 0.1)
    return (level * envelope * rng.standard_normal(len(time))).astype(np.float32)


@pytest.mark.parametrize("case, rate", [*((case, 22_050) for case in TECH_3341), ("1", 48_000), ("5", 48_000),
                                        ("2", 44_100), ("1", 96_000)])
def test_signals_of_tech_3341(case: str, rate: int) -> None:
    parts, expected = TECH_3341[case]
    mono = np.concatenate([sine(*part, rate) for part in parts])
    assert integrated_loudness(np.stack([mono, mono], axis=1), rate) == pytest.approx(expected, abs=0.1)


def test_five_channels_of_tech_3341() -> None:
    """Its sixth signal: −28 dBFS in front, −24 in the centre, −30 in the surrounds."""
    channels = np.stack([sine(level, 20, 48_000) for level in (-28, -28, -24, -30, -30)], axis=1)
    assert integrated_loudness(channels, 48_000) == pytest.approx(-23.0, abs=0.1)


def test_full_scale_at_997_hz_in_one_channel() -> None:
    """The calibration that the standard itself names."""
    assert integrated_loudness(sine(0, 10, 48_000, 997.0), 48_000) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("seconds", [0.4, 0.93, 7.31])
def test_another_implementation_agrees(rate: int, seconds: float) -> None:
    # Its filters for rates other than 48 kHz are 0.06 dB off in their gain: "DeMan" is exact at 48 kHz alone.
    wav = speech_like(seconds, rate)
    reference = pyloudnorm.Meter(rate, "DeMan").integrated_loudness(wav.astype(np.float64))
    assert integrated_loudness(wav, rate) == pytest.approx(reference, abs=0.002 if rate == 48_000 else 0.08)


@pytest.mark.parametrize("name", ["kathleen/wavs/arctic_a0086.flac", "ljspeech_24/wavs/LJ001-0002.flac"])
def test_real_speech_is_as_loud_as_at_the_rate_of_the_standard(shared_data, name: str) -> None:
    """16 and 22.05 kHz, against the other implementation at 48 kHz, where its filters are the standard's."""
    wav, rate = read_audio(shared_data / "speech" / name)
    wav = wav[:int(len(wav) / rate * 10) * rate // 10]     # the other counts a block that the sound does not fill
    at_48_khz = resample(wav, rate, 48_000).astype(np.float64)
    reference = pyloudnorm.Meter(48_000, "DeMan").integrated_loudness(at_48_khz)
    assert integrated_loudness(wav, rate) == pytest.approx(reference, abs=0.05)


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_a_short_clip_is_as_loud_as_a_long_one_of_the_same_sound(rate: int) -> None:
    long = integrated_loudness(sine(-20, 3, rate), rate)
    for seconds in (0.05, 0.2, 0.39):
        assert integrated_loudness(sine(-20, seconds, rate), rate) == pytest.approx(long, abs=0.3)


def test_silence_has_no_loudness_and_stays_as_it_is() -> None:
    silence, faint = np.zeros(22_050, np.float32), np.full(22_050, 1e-6, np.float32)
    assert integrated_loudness(silence, 22_050) == integrated_loudness(faint, 22_050) == float("-inf")
    (kept, gain), (louder, more) = match_loudness([silence, speech_like(1, 22_050)], 22_050)
    assert gain == 0 and (kept == silence).all()
    assert integrated_loudness(louder, 22_050) == pytest.approx(TARGET_LUFS, abs=0.01) and more != 0
    assert match_loudness([], 22_050) == []


@settings(max_examples=40, deadline=None)
@given(levels=st.lists(st.floats(-35, 0), min_size=1, max_size=4), seed=st.integers(0, 1000),
       seconds=st.floats(0.3, 2.5), target=st.floats(-40, -8))
def test_matched_clips_are_equally_loud_in_16_bit_and_never_clip(levels, seed, seconds, target) -> None:
    rates = [(16_000, 22_050, 48_000)[place % 3] for place in range(len(levels))]
    clips = [speech_like(seconds, rate, seed + place, 0.2 * 10 ** (level / 20))
             for place, (level, rate) in enumerate(zip(levels, rates))]
    matched = match_loudness(clips, rates, target)
    kept = [np.round(wav * 32767) / 32767 for wav, _ in matched]
    loudness = [integrated_loudness(wav, rate) for wav, rate in zip(kept, rates)]
    assert max(loudness) - min(loudness) < 0.1
    peak = max(np.abs(wav).max() for wav, _ in matched)
    assert peak <= HIGHEST_PEAK
    lowered = loudness[0] < target - 0.1
    assert loudness[0] <= target + 0.1 and (not lowered or peak > HIGHEST_PEAK - 1e-3), "lowered only where one clips"


def test_one_that_would_clip_lowers_all_together() -> None:
    click = np.zeros(22_050, np.float32)
    click[::2_205] = 0.9
    quiet = speech_like(1, 22_050, level=0.01)
    matched = match_loudness([click, quiet], 22_050)
    assert np.abs(matched[0].wav).max() == pytest.approx(HIGHEST_PEAK, abs=1e-4)
    loudness = [integrated_loudness(wav, 22_050) for wav, _ in matched]
    assert loudness[0] == pytest.approx(loudness[1], abs=0.02) and loudness[0] < TARGET_LUFS - 1


def test_blocks_under_the_absolute_gate_count_once_they_are_louder() -> None:
    """At −66 LUFS half of it lies under the gate of −70; at −23 LUFS all of it counts."""
    wav = np.concatenate([sine(-62, 4, 22_050), sine(-69, 4, 22_050)]).astype(np.float32)
    (louder, _), = match_loudness([wav], 22_050)
    assert integrated_loudness(louder, 22_050) == pytest.approx(TARGET_LUFS, abs=0.01)


def test_kept_as_16_bit_files_they_are_still_equally_loud(tmp_path) -> None:
    clips = [speech_like(1.5, 22_050, seed, level) for seed, level in enumerate((0.002, 0.1, 0.5))]
    for place, (wav, _) in enumerate(match_loudness(clips, 22_050)):
        write_audio(tmp_path / f"{place}.wav", wav, 22_050)
        assert integrated_loudness(*read_audio(tmp_path / f"{place}.wav")) == pytest.approx(TARGET_LUFS, abs=0.05)


@pytest.mark.parametrize("wav, rate, words", [
    (np.zeros(0), 22_050, "no samples"), (np.array([0.1, np.nan]), 22_050, "NaN"), (np.zeros((9, 6)), 22_050, "shape"),
    (np.zeros(9), 3_000, "at least 4000"), (np.zeros(9), float("nan"), "sample rate")])
def test_bad_input_is_refused_in_words(wav, rate, words) -> None:
    with pytest.raises(AudioError, match=words):
        integrated_loudness(wav, rate)
    with pytest.raises(AudioError, match=words):
        match_loudness([wav], rate)


def test_rates_and_target_that_do_not_fit_are_refused() -> None:
    with pytest.raises(AudioError, match="2 clips have 1 sample rates"):
        match_loudness([np.ones(9), np.ones(9)], [22_050])
    with pytest.raises(AudioError, match="target loudness"):
        match_loudness([np.ones(9)], 22_050, float("nan"))
