"""Reading and writing of audio files: wav, flac, ogg and mp3."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from mytts_core.errors import AudioError
from mytts_core.runs.atomic_files import replacing

FORMATS = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS"),
           ".mp3": ("MP3", "MPEG_LAYER_III")}
SUFFIXES = tuple(FORMATS)


def read_audio(path: str | os.PathLike, sample_rate: int | None = None) -> tuple[np.ndarray, int]:
    """Read an audio file as mono.

    Args:
        path: a wav, flac, ogg or mp3 file; several channels are averaged.
        sample_rate: resample to this rate in Hz (soxr, high quality); None keeps the file's.

    Returns:
        float32, shape (num_samples,), nominal range [-1, 1]; and its sample rate in Hz.

    Raises:
        AudioError: if the file is missing, unreadable, empty, or holds non-finite samples.
    """
    import soundfile

    if not Path(path).is_file():
        raise AudioError(f"audio file {path} does not exist: check the path")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        raise AudioError(f"audio file {path} cannot be read ({error}): "
                         "it must be intact wav, flac, ogg or mp3") from error
    wav = samples.mean(axis=1, dtype=np.float32) if samples.shape[1] > 1 else samples[:, 0]
    wav = check_waveform(wav, name=f"audio file {path}")
    if sample_rate is None or sample_rate == rate:
        return wav, rate
    return check_waveform(resample(wav, rate, int(sample_rate)), f"audio file {path} at {sample_rate} Hz"), sample_rate


def resample(wav: np.ndarray, from_rate: int, to_rate: int) -> np.ndarray:
    """Return `wav` (num_samples,) resampled from `from_rate` to `to_rate` Hz, float32."""
    import soxr

    if from_rate == to_rate:
        return wav
    return np.ascontiguousarray(soxr.resample(wav, from_rate, to_rate), dtype=np.float32)


def write_audio(path: str | os.PathLike, wav: np.ndarray, sample_rate: int) -> None:
    """Write a mono waveform in the format its suffix names; the file is replaced atomically, its folder created.

    Args:
        path: ends in .wav, .flac, .ogg or .mp3; wav and flac are 16 bit.
        wav: shape (num_samples,), range [-1, 1]; what lies outside is clipped.
        sample_rate: in Hz.

    Raises:
        AudioError: for an unknown suffix, a waveform that is not one-dimensional and finite, or a failed write.
    """
    import soundfile

    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise AudioError(f"cannot write {path.name}: the suffix must be one of {', '.join(SUFFIXES)}")
    file_format, subtype = FORMATS[path.suffix.lower()]
    wav = np.clip(check_waveform(wav), -1.0, 1.0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            soundfile.write(temporary, wav, int(sample_rate), format=file_format, subtype=subtype)
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        raise AudioError(f"cannot write {path} ({error}): check the folder, free space and sample rate") from error


def check_waveform(wav: np.ndarray, name: str = "waveform") -> np.ndarray:
    """Return `wav` as float32 if it is (num_samples,), not empty and finite; else raise AudioError naming `name`."""
    wav = np.asarray(wav)
    if wav.ndim != 1:
        raise AudioError(f"{name} has shape {wav.shape}; it must be one-dimensional (mono samples)")
    if wav.size == 0:
        raise AudioError(f"{name} holds no samples")
    wav = wav.astype(np.float32, copy=False)
    if not np.isfinite(wav).all():
        raise AudioError(f"{name} holds NaN or infinite samples")
    return wav


def normalise_peak(wav: np.ndarray, peak: float) -> np.ndarray:
    """Scale `wav` so that its largest absolute sample is `peak`; digital silence stays as it is."""
    largest = float(np.max(np.abs(wav)))
    return wav if largest == 0 else (wav * np.float32(peak / largest)).astype(np.float32)
