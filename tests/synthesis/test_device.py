"""Which device a worker computes on, with the real backend of a machine whose GPUs, if any, are hidden."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mytts_core.errors import SynthesisError
from mytts_core.synthesis.client import WorkerClient
from mytts_core.synthesis.device import prepare_device


@pytest.mark.slow
def test_without_a_gpu_auto_and_cpu_take_the_cpu_and_gpu_is_refused(repository: Path) -> None:
    code = ("from mytts_core.errors import SynthesisError\n"
            "from mytts_core.synthesis.device import prepare_device\n"
            "print(prepare_device('auto'))\n"
            "try: prepare_device('gpu')\nexcept SynthesisError as error: print(error)\n"
            "print(prepare_device('cpu'))\n"
            "import tensorflow as tf\nprint(tf.config.get_visible_devices('GPU'))\n"
            "from mytts_core.model.compilers import on_cpu\nprint(on_cpu())")
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True,
                          env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"})
    auto, refused, cpu, visible, on_cpu = done.stdout.splitlines()
    assert auto == cpu == "CPU" and visible == "[]" and on_cpu == "True"
    assert "a GPU was asked for, but tensorflow sees none" in refused and "choose auto or cpu" in refused


def test_another_device_is_refused() -> None:
    for refuse in (lambda: prepare_device("tpu"), lambda: WorkerClient(device="cuda"),
                   lambda: WorkerClient().use_device("")):
        with pytest.raises(SynthesisError, match="choose one of auto, gpu, cpu"):
            refuse()
