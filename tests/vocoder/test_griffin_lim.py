"""Griffin-Lim and mel inversion against librosa and against real clips."""

import time

import librosa
import numpy as np
import pytest

from mytts_core.audio.mel import analysis_window, frame_signal, log_mel_spectrogram, mel_filterbank
from mytts_core.audio.waveform import normalise_peak, read_audio
from mytts_core.config import AudioConfig
from mytts_core.errors import AudioError
from mytts_core.vocoder import DEFAULT_VOCODER, VOCODERS, make_vocoder
from mytts_core.vocoder.griffin_lim import GriffinLim
from mytts_core.vocoder.mel_inversion import invert_mel
from mytts_core.vocoder.protocol import Vocoder

CONFIG = AudioConfig()


def magnitude(wav: np.ndarray, config: AudioConfig = CONFIG) -> np.ndarray:
    return np.abs(np.fft.rfft(frame_signal(wav, config) * analysis_window(config), axis=1)).astype(np.float32)


def convergence(target: np.ndarray, found: np.ndarray) -> float:
    return float(np.linalg.norm(target - found) / np.linalg.norm(target))


@pytest.fixture(scope="module")
def clip(shared_data) -> np.ndarray:
    return normalise_peak(read_audio(shared_data / "speech/ljspeech_24/wavs/LJ001-0002.flac")[0], 0.95)


def vowel(config: AudioConfig = CONFIG, seconds: float = 0.7) -> np.ndarray:
    times = np.arange(int(seconds * config.sample_rate)) / config.sample_rate
    return (0.2 * sum(np.sin(2 * np.pi * 150 * k * times) / k for k in range(1, 15))).astype(np.float32)


@pytest.mark.slow
def test_phases_are_found_as_well_as_librosa_finds_them(shared_data) -> None:
    ours, theirs = [], []
    for seed, name in enumerate(("kathleen/wavs/arctic_a0002", "kathleen/wavs/arctic_a0265",
                                 "ljspeech_24/wavs/LJ001-0007", "ljspeech_24/wavs/LJ001-0013")):
        wav, rate = read_audio(shared_data / f"speech/{name}.flac")
        target = magnitude(normalise_peak(wav[:3 * rate], 0.95))
        ours.append(convergence(target, magnitude(GriffinLim(CONFIG, seed=seed).from_magnitude(target))))
        found = librosa.griffinlim(target.T, n_iter=60, hop_length=256, n_fft=1024, center=False, momentum=0.99,
                                   random_state=seed)
        their_magnitude = np.abs(librosa.stft(found, n_fft=1024, hop_length=256, center=False)).T
        theirs.append(convergence(target, their_magnitude))
    assert np.mean(ours) < 0.05
    assert np.mean(ours) < 1.2 * np.mean(theirs)   # seven whole clips, three seeds: 0.0339 ± 0.003 and 0.0334 ± 0.004


def test_momentum_helps(clip: np.ndarray) -> None:
    target = magnitude(clip)
    fast, classic = (convergence(target, magnitude(GriffinLim(CONFIG, 30, momentum=m).from_magnitude(target)))
                     for m in (0.99, 0.0))
    assert fast < 0.8 * classic


def test_the_inverted_mel_is_the_mel_and_nearer_the_truth_than_the_pseudo_inverse(clip: np.ndarray) -> None:
    mel = np.exp(log_mel_spectrogram(clip, CONFIG))
    found = invert_mel(mel, CONFIG)
    assert (found >= 0).all() and found.dtype == np.float32
    assert np.abs(np.log(np.maximum(found @ mel_filterbank(CONFIG).T, 1e-5)) - np.log(mel)).mean() < 1e-3
    pseudo = np.maximum(0, mel @ np.linalg.pinv(mel_filterbank(CONFIG)).T)
    truth = magnitude(clip)
    assert convergence(truth, found) < 0.95 * convergence(truth, pseudo)


def test_a_real_clip_comes_back_in_length_level_and_mel(clip: np.ndarray) -> None:
    mel = log_mel_spectrogram(clip, CONFIG)
    wav = GriffinLim(CONFIG)(mel)
    assert wav.shape == (len(mel) * 256,) and wav.dtype == np.float32 and np.abs(wav).max() <= 1
    assert abs(20 * np.log10(wav.std() / clip.std())) < 1
    again = log_mel_spectrogram(wav, CONFIG)
    assert np.abs(again - mel).mean() < 0.13
    assert np.corrcoef(again.ravel(), mel.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("config", [
    CONFIG, AudioConfig(sample_rate=24000, n_fft=2048, win_length=1200, hop_length=300, fmax=12000),
    AudioConfig(sample_rate=16000, n_fft=512, win_length=400, hop_length=160),
    AudioConfig(n_fft=1000, win_length=1000)])
def test_other_analyses(config: AudioConfig) -> None:
    wav = vowel(config)
    mel = log_mel_spectrogram(wav, config)
    found = GriffinLim(config)(mel)
    assert found.shape == (len(mel) * config.hop_length,)
    strongest = np.abs(np.fft.rfft(found)).argmax() * config.sample_rate / len(found)
    assert abs(strongest - 150) < 25
    assert abs(20 * np.log10(found.std() / wav.std())) < 1.5


def test_same_mel_same_samples() -> None:
    mel = log_mel_spectrogram(vowel(), CONFIG)
    np.testing.assert_array_equal(GriffinLim(CONFIG)(mel), GriffinLim(CONFIG)(mel))


def test_nothing_clips() -> None:
    mel = log_mel_spectrogram(vowel(), CONFIG) + 4      # 35 dB too loud
    wav = GriffinLim(CONFIG)(mel)
    assert np.abs(wav).max() <= 0.9991
    assert (np.abs(wav) > 0.998).sum() < 5              # lowered, not cut off


def test_one_frame_silence_and_a_mel_out_of_all_range() -> None:
    vocoder = GriffinLim(CONFIG)
    assert isinstance(vocoder, Vocoder)
    assert vocoder(np.full((1, 80), -11.5)).shape == (256,)
    assert np.abs(vocoder(np.full((20, 80), -11.5))).max() < 1e-3
    assert np.isfinite(vocoder(np.full((20, 80), 1e4))).all()
    assert np.isfinite(vocoder(np.full((20, 80), -1e4))).all()


@pytest.mark.parametrize("mel, words", [
    (np.zeros((0, 80)), "shape"), (np.zeros(80), "shape"), (np.zeros((5, 79)), "shape"),
    (np.full((5, 80), np.nan), "NaN"), (np.full((5, 80), np.inf), "NaN or infinite")])
def test_bad_mels(mel: np.ndarray, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        GriffinLim(CONFIG)(mel)
    with pytest.raises(AudioError, match="iterations"):
        GriffinLim(CONFIG, iterations=0)


@pytest.mark.slow
def test_it_is_faster_than_real_time(clip: np.ndarray) -> None:
    mel = log_mel_spectrogram(clip, CONFIG)
    vocoder = GriffinLim(CONFIG)
    vocoder(mel)
    start = time.process_time()
    vocoder(mel)
    assert time.process_time() - start < 0.4 * len(clip) / CONFIG.sample_rate   # measured: 0.04


def test_vocoders_by_name() -> None:
    assert list(VOCODERS)[0] == DEFAULT_VOCODER == "griffin_lim"
    mel = log_mel_spectrogram(vowel(), CONFIG)
    errors = {}
    for name in VOCODERS:
        vocoder = make_vocoder(name, CONFIG)
        assert isinstance(vocoder, Vocoder)
        errors[name] = np.abs(log_mel_spectrogram(vocoder(mel), CONFIG) - mel).mean()
    assert errors["griffin_lim"] < errors["griffin_lim_fast"]       # rougher, as its label says
    with pytest.raises(AudioError, match="no vocoder 'wavenet'.*griffin_lim"):
        make_vocoder("wavenet", CONFIG)
