"""One layer of the mel decoder."""

from __future__ import annotations

import keras

from mytts_core.layers.attention import MultiHeadAttention
from mytts_core.layers.drop_path import DropPath
from mytts_core.layers.encoder_block import LAYER_NORM_EPSILON
from mytts_core.layers.feed_forward import FeedForward


@keras.saving.register_keras_serializable(package="mytts")
class DecoderBlock(keras.layers.Layer):
    """Causal self-attention, cross-attention to the text, and feed-forward, each behind a layer normalisation.

    Cross-attention is never rotated: text and mel positions have no common scale.

    Args:
        d_model, num_heads, dff, activation: shape of the block.
        dropout_rate: dropout on each branch in training.
        droppath_rate: probability of dropping a branch of an utterance in training.
        rotary: whether self-attention uses rotary positions.
    """

    def __init__(self, d_model: int, num_heads: int, dff: int, activation: str = "gelu", dropout_rate: float = 0.1,
                 droppath_rate: float = 0.0, rotary: bool = False, **kwargs) -> None:
        super().__init__(**kwargs)
        self.arguments = {"d_model": d_model, "num_heads": num_heads, "dff": dff, "activation": activation,
                          "dropout_rate": dropout_rate, "droppath_rate": droppath_rate, "rotary": rotary}
        policy = self.dtype_policy
        self.self_attention_norm = keras.layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, dtype=policy)
        self.self_attention = MultiHeadAttention(d_model, num_heads, rotary, dtype=policy)
        self.cross_attention_norm = keras.layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, dtype=policy)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dtype=policy)
        self.feed_forward_norm = keras.layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, dtype=policy)
        self.feed_forward = FeedForward(d_model, dff, activation, dropout_rate, dtype=policy)
        self.dropouts = [keras.layers.Dropout(dropout_rate, dtype=policy) for _ in range(3)]
        self.drop_paths = [DropPath(droppath_rate, dtype=policy) for _ in range(3)]

    def build(self, input_shape=None) -> None:
        """Create the weights."""
        shape = (None, None, self.arguments["d_model"])
        for layer in (self.self_attention_norm, self.self_attention, self.cross_attention_norm, self.cross_attention,
                      self.feed_forward_norm, self.feed_forward):
            layer.build(shape)
        self.built = True

    def call(self, x, memory, self_allowed=None, cross_allowed=None, valid=None, training=False):
        """Map (batch, groups, d_model) to the same shape and the cross-attention weights.

        Args:
            x: float, (batch, groups, d_model).
            memory: float, (batch, tokens, d_model), the encoded text.
            self_allowed, cross_allowed: boolean, broadcastable to (batch, heads, groups, groups or tokens).
            valid: boolean, (batch, groups), True at valid groups.
            training: whether dropout is drawn.

        Returns:
            float (batch, groups, d_model) and float32 (batch, heads, groups, tokens).
        """
        return self.read(x, memory, self_allowed, cross_allowed, valid, training)[:2]

    def read(self, x, memory, self_allowed=None, cross_allowed=None, valid=None, training=False):
        """Do what `call` does; return beside its two results what cross-attention added, (batch, groups, d_model)."""
        normed = self.self_attention_norm(x)
        branch, _ = self.self_attention(normed, normed, allowed=self_allowed, valid=valid)
        x = self._add(x, branch, 0, training)
        text, weights = self.cross_attention(self.cross_attention_norm(x), memory, allowed=cross_allowed, valid=valid)
        x = self._add(x, text, 1, training)
        branch = self.feed_forward(self.feed_forward_norm(x), training=training)
        return self._add(x, branch, 2, training), weights, text

    def _add(self, x, branch, index: int, training):
        return x + self.drop_paths[index](self.dropouts[index](branch, training=training), training=training)

    def compute_output_shape(self, x_shape, memory_shape, **_kwargs):
        """Return the shapes of the output and of the cross-attention weights."""
        heads = self.arguments["num_heads"]
        return x_shape, (x_shape[0], heads, x_shape[1], memory_shape[1])

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {**super().get_config(), **self.arguments}
