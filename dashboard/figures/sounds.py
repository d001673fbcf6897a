"""Sounds as a browser plays them from any moment."""

from __future__ import annotations

import io
from typing import NamedTuple

_TYPES = {".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg", ".mp3": "audio/mpeg"}


class PlayableSound(NamedTuple):
    """The bytes of a sound file and its MIME type."""

    data: bytes
    kind: str


def make_playable(data: bytes, suffix: str) -> PlayableSound:
    """Return a FLAC file as WAV with the same 16-bit samples, anything else as it is.

    Chromium cannot seek in short FLAC files without a seek table ("demuxer seek failed"), and stops there.
    """
    suffix = suffix.lower()
    if suffix != ".flac":
        return PlayableSound(data, _TYPES.get(suffix, "audio/wav"))
    import soundfile

    try:
        samples, sample_rate = soundfile.read(io.BytesIO(data), dtype="int16")
    except (soundfile.SoundFileError, RuntimeError):
        return PlayableSound(data, _TYPES[suffix])      # the player says that it cannot be played
    file = io.BytesIO()
    soundfile.write(file, samples, sample_rate, format="WAV", subtype="PCM_16")
    return PlayableSound(file.getvalue(), _TYPES[".wav"])
