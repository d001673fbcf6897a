"""A run folder as the trainer leaves it, with a model of a few thousand random weights; and things to say with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mytts_core.config import CorpusInfo, ModelConfig, RunConfig, TextConfig

SYMBOLS = ["<start>", "<pad>", "<end>", "<unknown>", *" .,!?'abcdefghijklmnopqrstuvwxyz"]
HEAD = [1, 0]


def tiny_run_config(**model: object) -> RunConfig:
    """Return a configuration with statistics that are neither 0 nor 1, so that forgetting them shows."""
    values = dict(num_layers=2, d_model=16, num_heads=2, dff=16, cross_win=None, max_length=256, activation="swiglu",
                  pos_encoding_type="rope", postnet_filters=4, reduction_factor=2, prosody=True, final_norm=True)
    corpus = CorpusInfo(mel_mean=np.linspace(-5, -7, 80).tolist(), mel_std=np.linspace(1.5, 2.5, 80).tolist(),
                        prosody_mean=[1.8, 5.0, 3.0, -4.0], prosody_std=[0.2, 0.1, 0.5, 0.3], fingerprint="none")
    return RunConfig(ModelConfig(**{**values, **model}), text=TextConfig(symbols=SYMBOLS),  # type: ignore[arg-type]
                     corpus=corpus)


@pytest.fixture(scope="session")
def write_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that writes a run: a checkpoint of step 10 with a head, the best; one of step 20 without."""

    def write(**model: object) -> Path:
        import keras

        from mytts_core.model.weights import named_variables
        from mytts_core.runs.writer import RunWriter
        from mytts_core.synthesis.engine import build_model
        from mytts_core.training.checkpoints import save_checkpoint

        config, folder = tiny_run_config(**model), tmp_path_factory.mktemp("runs") / "tiny"
        with RunWriter.create(folder, config) as writer:
            keras.utils.set_random_seed(3)
            network = build_model(config)
            named_variables(network)["stop_dense/bias"].assign([-9.0])     # it never stops by itself
            save_checkpoint(writer, network, 10, {"head": HEAD, "dtype": "float32"})
            writer.mark_best(10)
            network.go_frame.assign(network.go_frame + 1.0)
            save_checkpoint(writer, network, 20, {"dtype": "float32"})
            writer.status("finished", 20)
        return folder

    return write


@pytest.fixture(scope="session")
def tiny_run(write_run: Callable[..., Path]) -> Path:
    """A run to read from, never to write to."""
    return write_run()
