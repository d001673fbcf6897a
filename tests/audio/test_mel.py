"""The mel analysis against librosa's filters and transform."""

import librosa
import numpy as np
import pytest

from mytts_core.audio.mel import frame_signal, hz_to_mel, log_mel_spectrogram, mel_filterbank, mel_to_hz
from mytts_core.audio.waveform import read_audio
from mytts_core.config import AudioConfig
from mytts_core.errors import AudioError

CONFIGS = [AudioConfig(), AudioConfig(sample_rate=16000, n_fft=512, win_length=400, hop_length=160, n_mels=40, fmin=50),
           AudioConfig(sample_rate=24000, n_fft=2048, win_length=1200, hop_length=300, n_mels=100, fmax=12000)]


def librosa_mel(wav: np.ndarray, config: AudioConfig) -> np.ndarray:
    total = config.n_fft - config.hop_length
    padded = np.pad(wav.astype(np.float64), (total // 2, total - total // 2), mode="reflect")
    spectrum = librosa.stft(padded, n_fft=config.n_fft, hop_length=config.hop_length, win_length=config.win_length,
                            window="hann", center=False)
    bank = librosa.filters.mel(sr=config.sample_rate, n_fft=config.n_fft, n_mels=config.n_mels, fmin=config.fmin,
                               fmax=config.fmax, htk=False, norm="slaney")
    return np.log(np.maximum(bank @ np.sqrt(np.abs(spectrum) ** 2 + 1e-9), 1e-5)).T


@pytest.mark.parametrize("config", CONFIGS)
def test_filterbank_is_librosas(config: AudioConfig) -> None:
    expected = librosa.filters.mel(sr=config.sample_rate, n_fft=config.n_fft, n_mels=config.n_mels, fmin=config.fmin,
                                   fmax=config.fmax, htk=False, norm="slaney")
    np.testing.assert_allclose(mel_filterbank(config), expected, atol=1e-7)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("num_samples", [1024, 5000, 22050])
def test_mel_is_librosas_on_noise_and_tone(config: AudioConfig, num_samples: int) -> None:
    time = np.arange(num_samples) / config.sample_rate
    wav = 0.5 * np.sin(2 * np.pi * 440 * time) + 0.05 * np.random.default_rng(0).standard_normal(num_samples)
    wav = wav.astype(np.float32)
    mel = log_mel_spectrogram(wav, config)
    assert mel.shape == (num_samples // config.hop_length, config.n_mels) and mel.dtype == np.float32
    np.testing.assert_allclose(mel, librosa_mel(wav, config), atol=1e-4)


def test_mel_is_librosas_on_real_speech(shared_data) -> None:
    config = AudioConfig()
    for name in ("LJ001-0001", "LJ001-0002"):
        wav, rate = read_audio(shared_data / f"speech/ljspeech_24/wavs/{name}.flac")
        assert rate == config.sample_rate
        np.testing.assert_allclose(log_mel_spectrogram(wav, config), librosa_mel(wav, config), atol=2e-3)


def test_silence_is_at_the_floor_of_the_square_root() -> None:
    mel = log_mel_spectrogram(np.zeros(4096, dtype=np.float32), AudioConfig())
    expected = np.log(np.maximum(np.sqrt(1e-9) * mel_filterbank(AudioConfig()).sum(axis=1), 1e-5))
    np.testing.assert_allclose(mel, np.broadcast_to(expected, mel.shape), atol=1e-5)


def test_a_long_recording_has_no_seam_between_blocks() -> None:
    wav = np.random.default_rng(1).standard_normal(256 * 2100).astype(np.float32) * 0.1
    whole = log_mel_spectrogram(wav, AudioConfig())
    part = log_mel_spectrogram(wav[256 * 1000:256 * 1100], AudioConfig())
    np.testing.assert_allclose(whole[1002:1098], part[2:-2], atol=1e-5)


def test_mel_scale_is_invertible_and_librosas() -> None:
    hz = np.array([0.0, 30, 440, 999, 1000, 1001, 4000, 8000])
    np.testing.assert_allclose(hz_to_mel(hz), librosa.hz_to_mel(hz), rtol=1e-12)
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(hz)), hz, atol=1e-9)


@pytest.mark.parametrize("wav, words", [
    (np.zeros((2, 1000)), "one-dimensional"), (np.zeros(0), "no samples"), (np.full(1000, np.nan), "NaN"),
    (np.zeros(255), "shorter than one hop")])
def test_bad_waveforms_are_refused(wav: np.ndarray, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        log_mel_spectrogram(wav, AudioConfig())


def test_frames_of_a_signal_shorter_than_the_padding() -> None:
    assert frame_signal(np.ones(300, dtype=np.float32), AudioConfig()).shape == (1, 1024)
