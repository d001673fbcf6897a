"""What a synthesis worker computes on."""

from __future__ import annotations

import os
from typing import Any

from mytts_core.errors import SynthesisError

DEVICES = ("auto", "gpu", "cpu")
"""`auto` takes a GPU where the backend sees one."""


def check_device(choice: str) -> None:
    """Refuse another choice than one of `DEVICES`.

    Raises:
        SynthesisError: naming it.
    """
    if choice not in DEVICES:
        raise SynthesisError(f"device is {choice!r}: choose one of {', '.join(DEVICES)}")


def prepare_device(choice: str = "auto") -> str:
    """Load the backend, settle on a device, and return its name, such as "CPU" or "GPU: NVIDIA H100".

    A GPU gives its memory as it is needed, not all at once. To be called before anything was computed.

    Raises:
        SynthesisError: for another choice, or "gpu" where the backend sees none.
    """
    check_device(choice)
    if choice == "cpu":     # before a backend is loaded: JAX looks there; CUDA's libraries then see nothing
        os.environ["JAX_PLATFORMS"] = "cpu"
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import keras

    backend = keras.backend.backend()
    names = _tensorflow_gpus(choice) if backend == "tensorflow" else _other_gpus()
    if choice == "gpu" and not names:
        raise SynthesisError(f"a GPU was asked for, but {backend} sees none on this machine: choose auto or cpu, or "
                             "install the driver and the GPU build of the backend")
    return "GPU: " + ", ".join(names) if names else "CPU"


def _tensorflow_gpus(choice: str) -> list[str]:
    import tensorflow as tf

    gpus: list[Any] = tf.config.list_physical_devices("GPU")
    if choice == "cpu":
        tf.config.set_visible_devices([], "GPU")
        return []
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    return [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]


def _other_gpus() -> list[str]:
    import keras

    return [name for name in keras.distribution.list_devices() if not name.lower().startswith("cpu")]
