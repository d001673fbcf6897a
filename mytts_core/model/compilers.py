"""Which compiler makes the decoding loop: Numba on a CPU, XLA elsewhere."""

from __future__ import annotations

from importlib.util import find_spec

import keras

COMPILERS = ("auto", "numba", "xla")
PRECISIONS = ("float32", "bfloat16")


def choose_compiler(compiler: str, precision: str) -> str:
    """Return 'numba' or 'xla' for the decoding that was asked for.

    Raises:
        ValueError: for another name, Numba where the model is on an accelerator, or a precision that XLA's loop lacks.
    """
    for name, value, known in (("compiler", compiler, COMPILERS), ("precision", precision, PRECISIONS)):
        if value not in known:
            raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(known)}")
    if compiler == "numba" and not on_cpu():
        raise ValueError("compiler is 'numba', but this model is not on a CPU; use 'auto' or 'xla'")
    chosen = compiler if compiler != "auto" else "numba" if on_cpu() and find_spec("numba") else "xla"
    if chosen == "xla" and precision != "float32":
        raise ValueError(f"precision is {precision!r}; the loop compiled by XLA computes in float32 alone")
    return chosen


def on_cpu() -> bool:
    """Return whether the Keras backend computes on the CPU."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return not tf.config.list_logical_devices("GPU")
    if backend == "jax":
        import jax

        return jax.default_backend() == "cpu"
    return False
