"""A corpus of tones, one pitch a letter: a model of some thousand weights learns to read it in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mytts_core.audio.waveform import write_audio
from mytts_core.data.corpora import METADATA_FILE
from mytts_core.runs.atomic_files import write_bytes

SAMPLE_RATE = 22050
LETTERS = "abcdefgh"
TONE_SECONDS = 0.1
LOWEST_HZ, INTERVAL = 150.0, 1.35


def make_tone_corpus(folder: Path, num_utterances: int, seed: int = 7) -> Path:
    """Write recordings of 6 to 12 tones in LJSpeech layout, where they are not there yet; return the folder."""
    if (folder / METADATA_FILE).is_file():
        return folder
    random = np.random.default_rng(seed)
    (folder / "wavs").mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(num_utterances):
        letters = "".join(random.choice(list(LETTERS), size=int(random.integers(6, 13))))
        rows.append(f"tone_{number:03d}|{letters}")
        write_audio(folder / "wavs" / f"tone_{number:03d}.wav", np.concatenate([_tone(letter) for letter in letters]),
                    SAMPLE_RATE)
    write_bytes(folder / METADATA_FILE, ("\n".join(rows) + "\n").encode())
    return folder


def _tone(letter: str) -> np.ndarray:
    """A tone and its octave, faded in and out: float32, shape (num_samples,)."""
    times = np.arange(int(TONE_SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = LOWEST_HZ * INTERVAL ** LETTERS.index(letter)
    fade = np.minimum(1.0, np.minimum(times, TONE_SECONDS - times) / 0.01)
    wave = 0.5 * np.sin(2 * np.pi * pitch * times) + 0.2 * np.sin(4 * np.pi * pitch * times)
    return (fade * wave).astype(np.float32)
