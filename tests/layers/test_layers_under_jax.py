"""The tests of the layers again, in a process whose backend is JAX."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed: pip install 'mytts[jax]'")
def test_every_layer_keeps_its_promises_under_jax(repository: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", "tests/layers/test_layers.py"]
    done = subprocess.run(command, cwd=repository, env={**os.environ, "KERAS_BACKEND": "jax"}, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    # The one test that takes gradients with TensorFlow is skipped, which shows that the backend is the other one.
    assert "1 skipped" in done.stdout and "passed" in done.stdout
