"""Position-wise feed-forward layer."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mytts")
class FeedForward(keras.layers.Layer):
    """Two dense layers with exact GELU between, or SwiGLU: w2(dropout(w1(x) · swish(w_gate(x)))); all with biases.

    Args:
        d_model: width of inputs and outputs.
        dff: inner width.
        activation: 'gelu' or 'swiglu'.
        dropout_rate: probability of dropping an inner unit of SwiGLU in training.

    Source:
        Shazeer 2020, arXiv:2002.05202, section 2 (SwiGLU); Hendrycks and Gimpel 2016, arXiv:1606.08415 (GELU).
    """

    def __init__(self, d_model: int, dff: int, activation: str = "gelu", dropout_rate: float = 0.0, **kwargs) -> None:
        super().__init__(**kwargs)
        if activation not in ("gelu", "swiglu"):
            raise ValueError(f"activation is {activation!r}; it must be 'gelu' or 'swiglu'")
        self.d_model = d_model
        self.dff = dff
        self.activation = activation
        self.dropout_rate = dropout_rate
        self.w1 = keras.layers.Dense(dff, name="w1", dtype=self.dtype_policy)
        self.w2 = keras.layers.Dense(d_model, name="w2", dtype=self.dtype_policy)
        self.w_gate = None
        if activation == "swiglu":
            self.w_gate = keras.layers.Dense(dff, name="w_gate", dtype=self.dtype_policy)
        self.dropout = keras.layers.Dropout(dropout_rate, dtype=self.dtype_policy)

    def build(self, input_shape=None) -> None:
        """Create the weights."""
        self.w1.build((None, None, self.d_model))
        self.w2.build((None, None, self.dff))
        if self.w_gate is not None:
            self.w_gate.build((None, None, self.d_model))
        self.built = True

    def call(self, x, training=False):
        """Map (batch, length, d_model) to the same shape."""
        if self.w_gate is None:
            return self.w2(ops.gelu(self.w1(x), approximate=False))
        return self.w2(self.dropout(self.w1(x) * ops.silu(self.w_gate(x)), training=training))

    def compute_output_shape(self, input_shape):
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {**super().get_config(), "d_model": self.d_model, "dff": self.dff, "activation": self.activation,
                "dropout_rate": self.dropout_rate}
