"""A take as files: what a worker writes for its client, and what a take store keeps. NumPy alone to read.

    speech.wav         the audio, 16 bit
    piece_0000.npz     mel, attention, stop_probabilities of each piece of the text
"""

from __future__ import annotations

import contextlib
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mytts_core.errors import SynthesisError
from mytts_core.synthesis.spoken import SpokenPiece, SynthesisResult, TakeRequest

if TYPE_CHECKING:
    from mytts_core.synthesis.many_texts import Speech

AUDIO_FILE = "speech.wav"
_ARRAYS = ("mel", "attention", "stop_probabilities")
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, RuntimeError, MemoryError,
               zipfile.BadZipFile, zlib.error, struct.error)
"""What NumPy raises for a damaged archive, an empty one, or one that is something else."""


def write_speech(speech: Speech, folder: Path) -> dict[str, Any]:
    """Write audio and arrays to `folder`; return the rest, which fits JSON and goes to `read_speech`.

    Raises:
        AudioError: if the audio cannot be written.
        OSError: if arrays cannot be written.
    """
    from mytts_core.audio.waveform import write_audio

    write_audio(folder / AUDIO_FILE, speech.wav, speech.sample_rate)
    for number, take in enumerate(speech.takes):
        np.savez(arrays_file(folder, number), **{name: getattr(take, name) for name in _ARRAYS})
    return dict(sample_rate=speech.sample_rate, audio_seconds=len(speech.wav) / speech.sample_rate,
                work_seconds=sum(take.work_seconds for take in speech.takes),
                pieces=[dict(start=start, summary=take.summary()) for start, take in zip(speech.starts, speech.takes)])


def write_result(result: SynthesisResult, folder: Path) -> dict[str, Any]:
    """Write a result to `folder` as `write_speech` does a speech, attention in half precision.

    Raises:
        OSError: if a file cannot be written.
    """
    (folder / AUDIO_FILE).write_bytes(result.audio)
    for number, piece in enumerate(result.pieces):
        np.savez(arrays_file(folder, number), mel=piece.mel, attention=piece.attention.astype(np.float16),
                 stop_probabilities=piece.stop_probabilities)
    return dict(sample_rate=result.sample_rate, audio_seconds=result.audio_seconds, work_seconds=result.work_seconds,
                pieces=[dict(start=piece.start, summary=piece.summary) for piece in result.pieces])


def read_speech(told: dict[str, Any], folder: Path, request: TakeRequest, device: str) -> SynthesisResult:
    """Read what was written and told; `request` and `device` are passed on.

    Raises:
        SynthesisError: if a file is missing, damaged, or leads elsewhere.
    """
    try:
        audio = plain_file(folder / AUDIO_FILE).read_bytes()
        pieces = tuple(_read_piece(piece, arrays_file(folder, number)) for number, piece in enumerate(told["pieces"]))
        if not pieces:
            raise ValueError("it has no pieces")
        return SynthesisResult(request, audio, float(told["audio_seconds"]), float(told["work_seconds"]),
                               int(told["sample_rate"]), pieces, device)
    except _UNREADABLE as error:
        raise SynthesisError(f"the take in {folder} cannot be read ({error}): it is damaged, or the disk is "
                             "full; speak it again") from error


def plain_file(path: Path) -> Path:
    """Return the path of a file that is one.

    Raises:
        ValueError: for a link, which may lead anywhere.
    """
    if path.is_symlink():
        raise ValueError(f"{path.name} is a link")
    return path


def take_folder(folder: Path, number: int) -> Path:
    """Return where a worker writes a take of a job whose folder is `folder`."""
    return folder / f"take_{number:04d}"


def arrays_file(folder: Path, number: int) -> Path:
    """Return the file of a piece's arrays."""
    return folder / f"piece_{number:04d}.npz"


def _read_piece(told: dict[str, Any], path: Path) -> SpokenPiece:
    with contextlib.closing(np.load(plain_file(path), allow_pickle=False)) as arrays:
        mel, attention, stop_probabilities = (arrays[name].astype(np.float32, copy=False) for name in _ARRAYS)
    if mel.ndim != 2 or attention.ndim != 4 or stop_probabilities.shape != mel.shape[:1]:
        raise ValueError(f"{path.name} holds arrays of shapes {mel.shape}, {attention.shape}, "
                         f"{stop_probabilities.shape}")
    return SpokenPiece(float(told["start"]), mel, attention, stop_probabilities, dict(told["summary"]))
