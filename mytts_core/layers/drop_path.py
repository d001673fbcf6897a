"""Stochastic depth."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mytts")
class DropPath(keras.layers.Layer):
    """Drop a whole residual branch of an utterance with probability `rate` in training, and scale the kept ones.

    Args:
        rate: probability in [0, 1).
        seed: start of the layer's own random stream.

    Source:
        Huang et al. 2016, arXiv:1603.09382, section 3.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"the drop-path rate is {rate}; it must be in [0, 1)")
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, x, training=False):
        """Map (batch, …) to the same shape."""
        if not training or self.rate == 0:
            return x
        shape = (ops.shape(x)[0],) + (1,) * (len(x.shape) - 1)
        kept = keras.random.uniform(shape, seed=self.seed_generator) >= self.rate
        return x * ops.cast(kept, x.dtype) / (1 - self.rate)

    def compute_output_shape(self, input_shape):
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
