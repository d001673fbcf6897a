"""A small corpus on disk, with sounds whose pitch and length are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mytts_core.audio.waveform import write_audio

RATE = 22050
WORDS = "one two three four five six seven eight nine ten".split()


def buzz(seconds: float, hz: float) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (0.2 * sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 10))).astype(np.float32)


@pytest.fixture
def make_small_corpus(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes `count` utterances of 0.4 to 1.2 s, 100 to 200 Hz, and gives the folder."""

    def make(count: int = 24, name: str = "corpus") -> Path:
        folder = tmp_path / name
        random = np.random.default_rng(0)
        rows = []
        for index in range(count):
            write_audio(folder / f"wavs/clip_{index:03d}.wav", buzz(random.uniform(0.4, 1.2), random.uniform(100, 200)),
                        RATE)
            words = " ".join(random.choice(WORDS, size=random.integers(2, 7)))
            rows.append(f"clip_{index:03d}|{words.upper()}|{words}")
        (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        return folder

    return make
