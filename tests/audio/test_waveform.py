import numpy as np
import pytest
import soundfile

from mytts_core.audio.silence import speech_bounds, trim_silence
from mytts_core.audio.waveform import SUFFIXES, normalise_peak, read_audio, resample, write_audio
from mytts_core.errors import AudioError

RATE = 22050


def tone(seconds: float = 1.0, hz: float = 440.0, rate: int = RATE) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def strongest_hz(wav: np.ndarray, rate: int) -> float:
    return float(np.abs(np.fft.rfft(wav * np.hanning(len(wav)))).argmax() * rate / len(wav))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_back(tmp_path, suffix: str) -> None:
    path = tmp_path / "deep" / f"tone{suffix}"
    write_audio(path, tone(), RATE)
    wav, rate = read_audio(path)
    assert rate == RATE and wav.dtype == np.float32 and wav.ndim == 1
    assert abs(len(wav) - RATE) < (3000 if suffix == ".mp3" else 1)
    assert abs(strongest_hz(wav, rate) - 440) < 2
    assert abs(np.std(wav[5000:15000]) - 0.5 / np.sqrt(2)) < 0.01
    if suffix in (".wav", ".flac"):
        np.testing.assert_allclose(wav, tone(), atol=1 / 32000)


def test_channels_are_averaged_and_rate_converted(tmp_path) -> None:
    stereo = np.stack([tone(rate=44100), np.zeros(44100, dtype=np.float32)], axis=1)
    soundfile.write(tmp_path / "stereo.wav", stereo, 44100)
    wav, rate = read_audio(tmp_path / "stereo.wav", sample_rate=16000)
    assert rate == 16000 and len(wav) == 16000
    assert abs(strongest_hz(wav, rate) - 440) < 2
    assert abs(np.std(wav) - 0.25 / np.sqrt(2)) < 0.01


def test_resampling_keeps_out_what_would_alias() -> None:
    assert np.std(resample(tone(hz=9000), RATE, 16000)) < 1e-3
    assert resample(tone(), RATE, RATE) is not None


def test_samples_beyond_full_scale_are_clipped_not_wrapped(tmp_path) -> None:
    write_audio(tmp_path / "loud.wav", tone() * 4, RATE)
    wav, _ = read_audio(tmp_path / "loud.wav")
    assert wav.max() > 0.999 and wav.min() < -0.999
    assert np.all(np.sign(wav[np.abs(tone()) > 0.1]) == np.sign(tone()[np.abs(tone()) > 0.1]))


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path) -> None:
    path = tmp_path / "a.wav"
    write_audio(path, tone(), RATE)
    before = path.read_bytes()
    with pytest.raises(AudioError, match="cannot write"):
        write_audio(path, tone(), -5)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("content, words", [(b"", "cannot be read"), (b"RIFF\x00\x00", "cannot be read"),
                                            (b"this is text", "cannot be read")])
def test_files_that_are_not_audio_are_refused(tmp_path, content: bytes, words: str) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(AudioError, match=words):
        read_audio(tmp_path / "x.wav")


def test_truncated_flac_is_refused_or_shorter(tmp_path) -> None:
    write_audio(tmp_path / "x.flac", tone(5), RATE)
    data = (tmp_path / "x.flac").read_bytes()
    (tmp_path / "x.flac").write_bytes(data[:len(data) // 3])
    try:
        wav, _ = read_audio(tmp_path / "x.flac")
    except AudioError as error:
        assert "x.flac" in str(error)
    else:
        assert len(wav) < 5 * RATE


def test_missing_file_empty_file_nan_and_unknown_suffix(tmp_path) -> None:
    with pytest.raises(AudioError, match="does not exist"):
        read_audio(tmp_path / "none.wav")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0, dtype=np.float32), RATE)
    with pytest.raises(AudioError, match="no samples"):
        read_audio(tmp_path / "empty.wav")
    soundfile.write(tmp_path / "two.wav", np.ones(2, dtype=np.float32), 96000)
    with pytest.raises(AudioError, match="no samples"):     # none is left at a quarter of the rate
        read_audio(tmp_path / "two.wav", RATE)
    with pytest.raises(AudioError, match="suffix must be one of"):
        write_audio(tmp_path / "a.aiff", tone(), RATE)
    with pytest.raises(AudioError, match="NaN"):
        write_audio(tmp_path / "a.wav", np.array([0, np.nan], dtype=np.float32), RATE)


def test_peak_normalisation() -> None:
    assert np.abs(normalise_peak(tone(), 0.95)).max() == pytest.approx(0.95, abs=1e-6)
    assert not normalise_peak(np.zeros(10, dtype=np.float32), 0.95).any()


@pytest.mark.parametrize("before, after", [(0.5, 1.0), (0.0, 0.3), (0.02, 0.0)])
def test_silence_at_the_ends_is_trimmed_to_the_margin(before: float, after: float) -> None:
    wav = np.concatenate([np.zeros(int(before * RATE)), tone(1.0), np.zeros(int(after * RATE))])
    wav = (wav + 1e-4 * np.random.default_rng(0).standard_normal(len(wav))).astype(np.float32)
    trimmed = trim_silence(wav, RATE)
    kept = min(before, 0.05) + min(after, 0.05)
    assert len(trimmed) / RATE == pytest.approx(1.0 + kept, abs=0.06)
    start, end = speech_bounds(wav, RATE)
    assert start / RATE == pytest.approx(before, abs=0.03) and end / RATE == pytest.approx(before + 1, abs=0.03)


def test_silence_alone_is_not_trimmed_to_nothing() -> None:
    silent = np.zeros(1000, dtype=np.float32)
    assert speech_bounds(silent, RATE) == (0, 0)
    assert len(trim_silence(silent, RATE)) == 1000
    assert len(trim_silence(np.ones(10, dtype=np.float32), RATE)) == 10
