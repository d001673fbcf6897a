"""The same steps on TensorFlow and on JAX, and on TensorFlow in lower precision."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

# No dropout, and no weight on the prosody loss, whose predictor always has some: backends draw other random numbers.
SETTINGS = ["num_layers=1", "d_model=16", "num_heads=2", "dff=16", "postnet_filters=4", "dropout_rate=0",
            "droppath_rate=0", "prenet_drop=0", "mel_noise=0", "ema_decay=0.9", "model.cross_win=0.31",
            "prosody_weight=0"]
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


def few_steps(repository: Path, backend: str, precisions: tuple[str, ...]) -> dict[str, dict]:
    script = Path(__file__).with_name("few_steps.py")
    search = os.pathsep.join(filter(None, [str(repository), os.environ.get("PYTHONPATH")]))
    done = subprocess.run([sys.executable, script, "5", ",".join(precisions), *SETTINGS], capture_output=True,
                          text=True, env={**os.environ, "PYTHONPATH": search, "KERAS_BACKEND": backend})
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(precisions, map(json.loads, done.stdout.splitlines()[-len(precisions):])))


@pytest.fixture(scope="module")
def tensorflow_steps(repository: Path) -> dict[str, dict]:
    return few_steps(repository, "tensorflow", PRECISIONS)


def columns(result: dict, *names: str) -> np.ndarray:
    return np.array(result["metrics"])[:, [result["names"].index(name) for name in names]]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_step_that_is_not_finite_is_undone_and_training_goes_on(tensorflow_steps: dict, precision: str) -> None:
    applied, loss = columns(tensorflow_steps[precision], "applied", "loss").T
    assert applied.tolist() == [1, 1, 0, 1, 1]
    assert math.isnan(loss[2]) and loss[4] < loss[3] < loss[1] < loss[0]
    assert math.isfinite(tensorflow_steps[precision]["validation"])


@pytest.mark.parametrize("precision", PRECISIONS[1:])
def test_lower_precision_stays_close(tensorflow_steps: dict, precision: str) -> None:
    lower, full = tensorflow_steps[precision], tensorflow_steps["float32"]
    np.testing.assert_allclose(columns(lower, "loss"), columns(full, "loss"), rtol=0.03)
    np.testing.assert_allclose(columns(lower, "gradient_norm"), columns(full, "gradient_norm"), rtol=0.1)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed (pip install mytts[jax])")
def test_jax_makes_the_same_steps_without_tensorflow(tensorflow_steps: dict, repository: Path) -> None:
    found, wanted = few_steps(repository, "jax", ("float32",))["float32"], tensorflow_steps["float32"]
    assert found["names"] == wanted["names"] and found["attention"] == wanted["attention"]
    compared = [name for name in wanted["names"] if name != "prosody_loss"]
    np.testing.assert_allclose(columns(found, *compared), columns(wanted, *compared), rtol=1e-3, atol=1e-4)
    assert found["validation"] == pytest.approx(wanted["validation"], rel=1e-3)
    assert found["mel"] == pytest.approx(wanted["mel"], rel=1e-3)
