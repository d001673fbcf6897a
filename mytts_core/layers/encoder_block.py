"""One layer of the text encoder."""

from __future__ import annotations

import keras

from mytts_core.layers.attention import MultiHeadAttention
from mytts_core.layers.drop_path import DropPath
from mytts_core.layers.feed_forward import FeedForward

LAYER_NORM_EPSILON = 1e-5


@keras.saving.register_keras_serializable(package="mytts")
class EncoderBlock(keras.layers.Layer):
    """Self-attention and feed-forward, each behind a layer normalisation, with residual connections.

    Args:
        d_model, num_heads, dff, activation: shape of the block.
        dropout_rate: dropout on each branch in training.
        droppath_rate: probability of dropping a branch of an utterance in training.
        rotary: whether self-attention uses rotary positions.

    Source:
        Xiong et al. 2020, arXiv:2002.04745, section 3 (normalisation before each branch).
    """

    def __init__(self, d_model: int, num_heads: int, dff: int, activation: str = "gelu", dropout_rate: float = 0.1,
                 droppath_rate: float = 0.0, rotary: bool = False, **kwargs) -> None:
        super().__init__(**kwargs)
        self.arguments = {"d_model": d_model, "num_heads": num_heads, "dff": dff, "activation": activation,
                          "dropout_rate": dropout_rate, "droppath_rate": droppath_rate, "rotary": rotary}
        policy = self.dtype_policy
        self.attention_norm = keras.layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, dtype=policy)
        self.attention = MultiHeadAttention(d_model, num_heads, rotary, dtype=policy)
        self.feed_forward_norm = keras.layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, dtype=policy)
        self.feed_forward = FeedForward(d_model, dff, activation, dropout_rate, dtype=policy)
        self.dropouts = [keras.layers.Dropout(dropout_rate, dtype=policy) for _ in range(2)]
        self.drop_paths = [DropPath(droppath_rate, dtype=policy) for _ in range(2)]

    def build(self, input_shape=None) -> None:
        """Create the weights."""
        shape = (None, None, self.arguments["d_model"])
        for layer in (self.attention_norm, self.attention, self.feed_forward_norm, self.feed_forward):
            layer.build(shape)
        self.built = True

    def call(self, x, valid=None, training=False):
        """Map (batch, tokens, d_model) to the same shape; `valid` (batch, tokens) is True at valid tokens."""
        keys = None if valid is None else valid[:, None, None, :]
        normed = self.attention_norm(x)
        branch, _ = self.attention(normed, normed, allowed=keys, valid=valid)
        x = x + self.drop_paths[0](self.dropouts[0](branch, training=training), training=training)
        branch = self.feed_forward(self.feed_forward_norm(x), training=training)
        return x + self.drop_paths[1](self.dropouts[1](branch, training=training), training=training)

    def compute_output_shape(self, input_shape, *_args, **_kwargs):
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {**super().get_config(), **self.arguments}
