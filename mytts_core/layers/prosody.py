"""Prosody conditioning: a few observed values of an utterance, given in training and predicted at inference."""

from __future__ import annotations

import keras
from keras import ops

MINIMUM_LOG_STD = -2.0
MAXIMUM_LOG_STD = 1.0


@keras.saving.register_keras_serializable(package="mytts")
class ProsodyConditioning(keras.layers.Layer):
    """Predicts the mean and spread of an utterance's prosody from its text, and conditions the model on a value of it.

    The prosody is z-scored over the corpus; its dimensions are those of `mytts_core.data.prosody`. The predictor sees
    the encoded text without sending gradients back into it, so that a few hundred values do not shape the encoder.

    Args:
        d_model: width of the encoded text.
        num_dimensions: number of prosody values.
        hidden_units: width of the predictor.
        dropout_rate: dropout on what the predictor sees, in training.

    Source:
        The sampling of predicted latents follows Kenter et al. 2019 (ICML, CHiVE), with observed values as latents;
        Nix and Weigend 1994 for the Gaussian likelihood with predicted spread.
    """

    def __init__(self, d_model: int, num_dimensions: int = 4, hidden_units: int = 64, dropout_rate: float = 0.3,
                 **kwargs) -> None:
        super().__init__(**kwargs)
        self.d_model = d_model
        self.num_dimensions = num_dimensions
        self.hidden_units = hidden_units
        self.dropout_rate = dropout_rate
        policy = self.dtype_policy
        self.dropout = keras.layers.Dropout(dropout_rate, dtype=policy)
        self.hidden = keras.layers.Dense(hidden_units, activation="tanh", name="hidden", dtype=policy)
        self.statistics = keras.layers.Dense(2 * num_dimensions, kernel_initializer="zeros", name="statistics",
                                             dtype="float32")
        self.to_memory = keras.layers.Dense(d_model, name="to_memory", dtype=policy)
        self.to_decoder = keras.layers.Dense(d_model, name="to_decoder", dtype=policy)

    def build(self, input_shape=None) -> None:
        """Create the weights."""
        self.hidden.build((None, self.d_model))
        self.statistics.build((None, self.hidden_units))
        self.to_memory.build((None, self.num_dimensions))
        self.to_decoder.build((None, self.num_dimensions))
        self.built = True

    def predict(self, memory, mask, training=False):
        """Return the mean and the log of the spread, each float32 (batch, num_dimensions).

        Args:
            memory: float, (batch, tokens, d_model).
            mask: boolean, (batch, tokens), True at valid tokens.
            training: whether dropout is drawn.
        """
        weights = ops.cast(mask, memory.dtype)[:, :, None]
        pooled = ops.sum(ops.stop_gradient(memory) * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1)
        hidden = self.hidden(self.dropout(pooled, training=training))
        mean, log_std = ops.split(ops.cast(self.statistics(hidden), "float32"), 2, axis=-1)
        return mean, ops.clip(log_std, MINIMUM_LOG_STD, MAXIMUM_LOG_STD)

    def call(self, prosody):
        """Return what is added to the encoded text and to the decoder's input, each (batch, 1, d_model)."""
        return self.to_memory(prosody)[:, None], self.to_decoder(prosody)[:, None]

    def compute_output_shape(self, input_shape):
        """Return the shapes of the two additions."""
        shape = (input_shape[0], 1, self.d_model)
        return shape, shape

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {**super().get_config(), "d_model": self.d_model, "num_dimensions": self.num_dimensions,
                "hidden_units": self.hidden_units, "dropout_rate": self.dropout_rate}
