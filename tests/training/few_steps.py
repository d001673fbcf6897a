"""Makes a few training steps without dropout on fixed weights and a fixed batch, and prints their metrics as JSON.

    KERAS_BACKEND=… python few_steps.py STEPS PRECISION,… key=value …
"""

from __future__ import annotations

import json
import os
import sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", JAX_PLATFORMS="cpu")

if os.environ.get("KERAS_BACKEND") == "jax":
    sys.modules["tensorflow"] = None    # type: ignore[assignment]  # a machine without it must be able to train

import numpy as np

from mytts_core.config import RunConfig, apply_overrides, get_model_preset
from mytts_core.model.weights import named_variables
from mytts_core.training.session import build

NUM_SYMBOLS, TOKENS, FRAMES, ROWS = 12, 7, 16, 3
BROKEN_STEP = 2


def main() -> None:
    for precision in sys.argv[2].split(","):
        print(json.dumps(few_steps(int(sys.argv[1]), [*sys.argv[3:], f"mixed_precision={precision}"])), flush=True)


def few_steps(steps: int, settings: list[str]) -> dict:
    config = apply_overrides(RunConfig(get_model_preset("modern_cpu")), settings)
    model, step = build(config, NUM_SYMBOLS)
    random = np.random.default_rng(5)
    for variable in named_variables(model).values():
        if len(variable.shape) > 1:
            variable.assign(random.normal(size=variable.shape).astype(np.float32) * 0.2)
    step.restart_averages()
    batch = {"enc_ids": random.integers(3, NUM_SYMBOLS, (ROWS, TOKENS)).astype(np.int32),
             "enc_len": np.array([7, 5, 4], np.int32), "mel_len": np.array([16, 13, 9], np.int32),
             "mel": random.normal(size=(ROWS, FRAMES, config.audio.n_mels)).astype(np.float32),
             "prosody": random.normal(size=(ROWS, 4)).astype(np.float32)}
    broken = {**batch, "mel": np.full_like(batch["mel"], np.nan)}
    rows = []
    for number in range(steps):
        used = broken if number == BROKEN_STEP else batch
        rows.append(np.asarray(step.train(used, number, 1e-3, 1.0, 1.0, True)[0]).astype(float).tolist())
    with step.averaged_weights():
        losses, mel, attention = step.evaluate(batch, 0.0)
    return {"names": step.metric_names, "metrics": rows, "validation": float(losses["loss"]),
            "mel": float(np.abs(np.asarray(mel)).mean()), "attention": list(np.shape(attention))}


if __name__ == "__main__":
    main()
