"""Pitch against known tones and against librosa's pyin."""

import time

import librosa
import numpy as np
import pytest

from mytts_core.audio.pitch import fundamental_frequency
from mytts_core.audio.waveform import read_audio
from mytts_core.config import AudioConfig


def buzz(f0: np.ndarray, rate: int = 22050) -> np.ndarray:
    """A voice-like sum of harmonics, falling 6 dB an octave, whose fundamental follows `f0` (num_samples,)."""
    phase = 2 * np.pi * np.cumsum(f0) / rate
    return (0.2 * sum(np.sin(k * phase) / k for k in range(1, 12))).astype(np.float32)


@pytest.mark.parametrize("hz", [80.0, 110.0, 155.5, 220.0, 310.0, 420.0])
def test_steady_tones(hz: float) -> None:
    f0 = fundamental_frequency(buzz(np.full(22050, hz)), AudioConfig())
    assert f0.shape == (86,)
    assert np.isfinite(f0[3:-3]).all()
    assert np.nanmax(np.abs(12 * np.log2(f0[3:-3] / hz))) < 0.1


def test_a_glide_is_followed() -> None:
    truth = np.linspace(120, 240, 44100)
    f0 = fundamental_frequency(buzz(truth), AudioConfig())
    expected = truth[128::256][:len(f0)]
    semitones = 12 * np.log2(f0 / expected)[4:-4]
    assert np.nanmedian(np.abs(semitones)) < 0.1 and np.isfinite(semitones).mean() > 0.98


def test_noise_and_silence_are_unvoiced() -> None:
    noise = np.random.default_rng(0).standard_normal(44100).astype(np.float32) * 0.1
    assert np.isfinite(fundamental_frequency(noise, AudioConfig())).mean() < 0.05
    assert not np.isfinite(fundamental_frequency(np.zeros(22050, dtype=np.float32), AudioConfig())).any()


def test_quiet_and_loud_are_the_same() -> None:
    wav = buzz(np.full(22050, 150.0))
    np.testing.assert_allclose(fundamental_frequency(wav * 0.01, AudioConfig()),
                               fundamental_frequency(wav, AudioConfig()), rtol=1e-3)


def test_real_speech_agrees_with_pyin(shared_data) -> None:
    config = AudioConfig()
    for name in ("kathleen/wavs/arctic_a0086.flac", "ljspeech_24/wavs/LJ001-0002.flac"):
        wav, rate = read_audio(shared_data / "speech" / name, config.sample_rate)
        f0 = fundamental_frequency(wav, config)
        reference, _, _ = librosa.pyin(np.pad(wav, 384, mode="reflect"), fmin=65, fmax=450, sr=rate, frame_length=1024,
                                       hop_length=256, center=False)
        reference = reference[:len(f0)]
        both = np.isfinite(f0) & np.isfinite(reference)
        semitones = np.abs(12 * np.log2(f0[both] / reference[both]))
        assert np.median(semitones) < 0.2 and np.mean(semitones > 1) < 0.05
        assert np.mean(np.isfinite(f0) != np.isfinite(reference)) < 0.2
        assert abs(np.nanmedian(f0) / np.nanmedian(reference) - 1) < 0.03


@pytest.mark.slow
def test_it_is_fast() -> None:
    wav = buzz(np.full(22050 * 20, 150.0))
    fundamental_frequency(wav[:22050], AudioConfig())
    start = time.process_time()
    fundamental_frequency(wav, AudioConfig())
    assert time.process_time() - start < 20 * 0.1   # measured: 0.005 of real time
