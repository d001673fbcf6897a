"""What a worker has spoken, as files for its client: written and read here. NumPy alone until audio is written."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mytts_core.errors import SynthesisError
from mytts_core.synthesis.job import SpokenPiece, SynthesisResult

if TYPE_CHECKING:
    from mytts_core.synthesis.long_text import Speech

AUDIO_FILE = "speech.wav"
_ARRAYS = ("mel", "attention", "stop_probabilities")


def write_speech(speech: Speech, folder: Path) -> dict[str, Any]:
    """Write audio and arrays to `folder`; return the rest, which fits JSON and goes to `read_speech`.

    Raises:
        AudioError: if the audio cannot be written.
        OSError: if arrays cannot be written.
    """
    from mytts_core.audio.waveform import write_audio

    write_audio(folder / AUDIO_FILE, speech.wav, speech.sample_rate)
    for number, take in enumerate(speech.takes):
        np.savez(_arrays_file(folder, number), **{name: getattr(take, name) for name in _ARRAYS})
    return dict(sample_rate=speech.sample_rate, audio_seconds=len(speech.wav) / speech.sample_rate,
                pieces=[dict(start=start, summary=take.summary()) for start, take in zip(speech.starts, speech.takes)])


def read_speech(told: dict[str, Any], folder: Path, text: str, device: str) -> SynthesisResult:
    """Read what `write_speech` wrote and told; `text` and `device` are passed on.

    Raises:
        SynthesisError: if a file cannot be read.
    """
    try:
        audio = (folder / AUDIO_FILE).read_bytes()
        pieces = tuple(_read_piece(piece, _arrays_file(folder, number)) for number, piece in enumerate(told["pieces"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise SynthesisError(f"the result in {folder} cannot be read ({error}): free some space in the temporary "
                             "folder") from error
    return SynthesisResult(text, audio, float(told["audio_seconds"]), int(told["sample_rate"]), pieces, device)


def _read_piece(told: dict[str, Any], path: Path) -> SpokenPiece:
    with contextlib.closing(np.load(path, allow_pickle=False)) as arrays:
        mel, attention, stop_probabilities = (arrays[name] for name in _ARRAYS)
    return SpokenPiece(float(told["start"]), mel, attention, stop_probabilities, dict(told["summary"]))


def _arrays_file(folder: Path, number: int) -> Path:
    return folder / f"piece_{number:04d}.npz"
