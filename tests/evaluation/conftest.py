"""A tiny corpus of tones and a run of random weights, for tests of the whole command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mytts_core.config import ModelConfig, RunConfig, TextConfig, TrainingConfig


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mytts_core.audio.waveform import write_audio

    folder = tmp_path_factory.mktemp("evaluation") / "corpus"
    random = np.random.default_rng(1)
    rows = []
    for number in range(10):
        text = "".join(random.choice(list("abcde "), size=8)) + "a"
        time = np.arange(int(random.uniform(0.4, 0.7) * 22050)) / 22050
        tone = (0.3 * np.sin(2 * np.pi * 220 * time)).astype(np.float32)
        write_audio(folder / "wavs" / f"clip_{number}.wav", tone, 22050)
        rows.append(f"clip_{number}|{text}")
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="session")
def run(corpus: Path) -> Path:
    """A run of random weights, with the head that the trainer would have recorded, here a fixed one."""
    from mytts_core.data.features import prepare_features
    from mytts_core.runs.writer import RunWriter
    from mytts_core.synthesis.engine import build_model
    from mytts_core.training.checkpoints import save_checkpoint

    model = ModelConfig(num_layers=2, d_model=16, num_heads=2, dff=16, cross_win=0.2, max_length=512, postnet_filters=4,
                        reduction_factor=2, prosody=True)
    config = RunConfig(model, training=TrainingConfig(held_out_every=3, held_out_minimum=2))
    features = prepare_features(corpus, config.audio, TextConfig(), config.training, cache=corpus.parent / "cache")
    config.text, config.corpus = features.tokenizer.to_config(), features.corpus_info()
    folder = corpus.parent / "run"
    with RunWriter.create(folder, config) as writer:
        save_checkpoint(writer, build_model(config), 5, {"head": [0, 1]})
        writer.status("finished", 5)
    return folder


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "evaluation_cache"))
