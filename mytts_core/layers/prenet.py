"""Prenet: the bottleneck between the fed-back mel and the decoder."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

HIDDEN_LAYERS = 2


@keras.saving.register_keras_serializable(package="mytts")
class Prenet(keras.layers.Layer):
    """Dense-ReLU-dropout twice, then Dense to the model's width.

    Dropout keeps its scale: kept units are multiplied by 1 / (1 − rate). At inference it does nothing, unless `masks`
    are given (see `prenet_masks`).

    Args:
        d_model: width of the output.
        units: width of the two hidden layers.
        dropout_rate: probability of dropping a hidden unit.

    Source:
        Wang et al. 2017, arXiv:1703.10135, section 3.2; Shen et al. 2018, arXiv:1712.05884, section 2.2.
    """

    def __init__(self, d_model: int, units: int = 256, dropout_rate: float = 0.5, **kwargs) -> None:
        super().__init__(**kwargs)
        self.d_model = d_model
        self.units = units
        self.dropout_rate = dropout_rate
        self.hidden = [keras.layers.Dense(units, activation="relu", name=f"hidden_{i}", dtype=self.dtype_policy)
                       for i in range(HIDDEN_LAYERS)]
        self.dropouts = [keras.layers.Dropout(dropout_rate, name=f"dropout_{i}", dtype=self.dtype_policy)
                         for i in range(HIDDEN_LAYERS)]
        self.output_dense = keras.layers.Dense(d_model, name="output", dtype=self.dtype_policy)

    def build(self, input_shape) -> None:
        """Create the weights for inputs (batch, groups, bands)."""
        self.hidden[0].build(input_shape)
        self.hidden[1].build((None, None, self.units))
        self.output_dense.build((None, None, self.units))
        self.built = True

    def call(self, x, masks=None, training=False):
        """Map (batch, groups, bands) to (batch, groups, d_model).

        Args:
            x: float, mel frames.
            masks: 0 or 1, shape (batch or 1, groups, HIDDEN_LAYERS, units): which hidden units are kept at inference.
            training: whether dropout is drawn anew.
        """
        for i, (dense, dropout) in enumerate(zip(self.hidden, self.dropouts)):
            x = dense(x)
            if training:
                x = dropout(x, training=True)
            elif masks is not None:
                x = x * ops.cast(masks[:, :, i], x.dtype) / (1 - self.dropout_rate)
        return self.output_dense(x)

    def compute_output_shape(self, input_shape, *_args, **_kwargs):
        """Return (batch, groups, d_model)."""
        return (*input_shape[:-1], self.d_model)

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {**super().get_config(), "d_model": self.d_model, "units": self.units,
                "dropout_rate": self.dropout_rate}


def prenet_masks(seed: int, num_groups: int, units: int, rate: float) -> np.ndarray:
    """Draw the dropout masks that decoding with dropout uses: a function of (seed, layer, group, unit) alone.

    Masks come from a counter-based generator keyed by seed and layer, row by row, so that a longer utterance or another
    batch has the same first rows.

    Args:
        seed: any integer of at least 0.
        num_groups: number of decoder groups.
        units: hidden units of the prenet.
        rate: probability of 0.

    Returns:
        uint8 of 0 and 1, shape (num_groups, HIDDEN_LAYERS, units).
    """
    masks = np.empty((num_groups, HIDDEN_LAYERS, units), np.uint8)
    for layer in range(HIDDEN_LAYERS):
        generator = np.random.Generator(np.random.Philox(key=np.array([seed, layer], np.uint64)))
        masks[:, layer] = generator.random((num_groups, units), dtype=np.float32) >= rate
    return masks
