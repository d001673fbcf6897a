"""Pitch read off the mel: tones of known pitch, whatever their envelope; real speech against the waveform's pitch."""

import numpy as np
import pytest

from benchmarks.mel_pitch import pitch_of_mel
from mytts_core.audio.mel import log_mel_spectrogram
from mytts_core.audio.pitch import fundamental_frequency
from mytts_core.audio.waveform import normalise_peak, read_audio
from mytts_core.config import AudioConfig

CONFIG = AudioConfig()


def _harmonics(f0: np.ndarray, tilt: float) -> np.ndarray:
    phase = 2 * np.pi * np.cumsum(f0) / CONFIG.sample_rate
    parts = [np.sin(k * phase) * k**-tilt * (k * f0 < 8_000) for k in range(1, 60)]
    return normalise_peak(np.sum(parts, axis=0).astype(np.float32), 0.9)


@pytest.mark.parametrize("hz", [90, 100, 126, 160, 203, 250, 310])
@pytest.mark.parametrize("tilt", [0.5, 1.5])
def test_a_tone_is_read_within_a_third_of_a_semitone_and_never_an_octave_off(hz: float, tilt: float) -> None:
    mel = log_mel_spectrogram(_harmonics(np.full(CONFIG.sample_rate, float(hz)), tilt), CONFIG)
    error = 12 * np.log2(pitch_of_mel(mel, CONFIG)[4:-4] / hz)
    assert np.abs(error).max() < 1 / 3


def test_a_glide_is_followed() -> None:
    f0 = np.linspace(110, 180, CONFIG.sample_rate)
    mel = log_mel_spectrogram(_harmonics(f0, 1.0), CONFIG)
    there = f0[CONFIG.hop_length // 2::CONFIG.hop_length][:len(mel)]
    assert np.abs(12 * np.log2(pitch_of_mel(mel, CONFIG) / there))[4:-4].max() < 0.5


def test_level_and_tilt_of_the_spectrum_do_not_move_it() -> None:
    mel = log_mel_spectrogram(_harmonics(np.full(8_000, 140.0), 1.0), CONFIG)
    tilted = mel - 3 + np.linspace(0, -4, CONFIG.n_mels)
    np.testing.assert_allclose(pitch_of_mel(tilted, CONFIG), pitch_of_mel(mel, CONFIG), rtol=0.01)


def test_recordings_have_the_median_pitch_of_their_waveform(shared_data) -> None:
    files = sorted((shared_data / "speech" / "kathleen" / "wavs").iterdir())[::150]
    for path in files:
        wav = read_audio(path, CONFIG.sample_rate)[0]
        pitch, mel = fundamental_frequency(wav, CONFIG), log_mel_spectrogram(wav, CONFIG)
        voiced = np.isfinite(pitch)
        read = pitch_of_mel(mel, CONFIG)[voiced]
        assert abs(12 * np.log2(np.median(read) / np.median(pitch[voiced]))) < 0.6, path.name
        assert (np.abs(12 * np.log2(read / pitch[voiced])) < 1).mean() > 0.8, path.name
