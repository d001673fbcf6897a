"""A corpus of tones, one pitch a letter, small enough to train on in seconds; and a configuration of that size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mytts_core.config import RunConfig, apply_overrides, get_model_preset

SAMPLE_RATE = 22050
TINY = ["num_layers=1", "d_model=16", "num_heads=2", "dff=16", "postnet_filters=4", "dropout_rate=0.1",
        "droppath_rate=0.1", "batch_size=4", "length_buckets=1", "warmup_steps=4", "learning_rate=0.003",
        "held_out_every=5", "held_out_minimum=1", "log_interval=1", "gradient_interval=4",
        "validation_interval=8", "sample_interval=8", "checkpoint_interval=5",
        "sample_utterances=2", "free_running_texts=1", "max_steps=16"]


@pytest.fixture(scope="session")
def tone_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen recordings of 0.3 to 0.5 s in LJSpeech layout."""
    folder = tmp_path_factory.mktemp("tones")
    (folder / "wavs").mkdir()
    random = np.random.default_rng(7)
    rows = []
    for number in range(15):
        letters = "".join(random.choice(list("abcde"), size=int(random.integers(4, 7))))
        rows.append(f"tone_{number:02d}|{letters}")
        soundfile.write(folder / "wavs" / f"tone_{number:02d}.wav", _tones(letters), SAMPLE_RATE)
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny_config() -> RunConfig:
    """The CPU preset shrunk to a model of a few thousand weights; every part of the trainer is due within 16 steps."""
    return apply_overrides(RunConfig(get_model_preset("modern_cpu"), preset="modern_cpu"), TINY)


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Features of the tests go into one temporary folder, not into the user's cache."""
    cache = tmp_path_factory.getbasetemp() / "training_cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


def _tones(letters: str) -> np.ndarray:
    times = np.arange(int(0.08 * SAMPLE_RATE)) / SAMPLE_RATE
    parts = [0.5 * np.sin(2 * np.pi * 150 * (1 + "abcde".index(letter)) * times) for letter in letters]
    return np.concatenate(parts).astype(np.float32)
