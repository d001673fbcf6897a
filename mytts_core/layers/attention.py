"""Multi-head scaled dot-product attention."""

from __future__ import annotations

import math

import keras
from keras import ops

from mytts_core.layers.rotary import apply_rotary, check_head_size


@keras.saving.register_keras_serializable(package="mytts")
class MultiHeadAttention(keras.layers.Layer):
    """Multi-head attention with biases, boolean masks and optional rotary positions.

    Its parts are public, so that decoding can keep keys and values: `project_query`, `project_key_value`, `attend`.
    `allowed` is boolean, broadcastable to (batch, heads, queries, keys); True may be attended to. The output at queries
    that are not `valid` is zero. (No argument is called `mask`: Keras would attach it to every later tensor.)

    Args:
        d_model: width of inputs and outputs.
        num_heads: number of heads; each has d_model / num_heads units.
        rotary: whether queries and keys are rotated by their positions.

    Source:
        Vaswani et al. 2017, arXiv:1706.03762, section 3.2.
    """

    def __init__(self, d_model: int, num_heads: int, rotary: bool = False, **kwargs) -> None:
        super().__init__(**kwargs)
        self.d_model = d_model
        self.num_heads = num_heads
        self.rotary = rotary
        self.head_size = check_head_size(d_model, num_heads)
        if rotary and self.head_size % 2:
            raise ValueError(f"the head size is {self.head_size}; it must be even with rotary positions")
        self.query_dense = keras.layers.Dense(d_model, name="query", dtype=self.dtype_policy)
        self.key_dense = keras.layers.Dense(d_model, name="key", dtype=self.dtype_policy)
        self.value_dense = keras.layers.Dense(d_model, name="value", dtype=self.dtype_policy)
        self.output_dense = keras.layers.Dense(d_model, name="output", dtype=self.dtype_policy)

    def build(self, input_shape=None) -> None:
        """Create the weights of the four projections."""
        for dense in (self.query_dense, self.key_dense, self.value_dense, self.output_dense):
            dense.build((None, None, self.d_model))
        self.built = True

    def compute_output_shape(self, query_shape, *_args, **_kwargs):
        """Return the shapes of the output (that of the query) and of the weights."""
        return query_shape, (query_shape[0], self.num_heads, query_shape[1], None)

    def project_query(self, x, positions=None):
        """Return queries (batch, heads, length, head_size), rotated and scaled by 1/√head_size."""
        query = self._split(self.query_dense(x))
        if self.rotary:
            query = apply_rotary(query, ops.arange(ops.shape(x)[1]) if positions is None else positions)
        return query / math.sqrt(self.head_size)

    def project_key_value(self, x, positions=None):
        """Return keys and values, each (batch, heads, length, head_size); keys rotated."""
        key = self._split(self.key_dense(x))
        if self.rotary:
            key = apply_rotary(key, ops.arange(ops.shape(x)[1]) if positions is None else positions)
        return key, self._split(self.value_dense(x))

    def attend(self, query, key, value, allowed=None, valid=None):
        """Return the output (batch, queries, d_model) and the weights (batch, heads, queries, keys) in float32."""
        scores = ops.cast(ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))), "float32")
        if allowed is not None:
            scores = ops.where(allowed, scores, ops.full_like(scores, -1e9))
        weights = ops.softmax(scores, axis=-1)
        context = ops.matmul(ops.cast(weights, value.dtype), value)
        shape = ops.shape(context)
        merged = ops.reshape(ops.transpose(context, (0, 2, 1, 3)), (shape[0], shape[2], self.d_model))
        output = self.output_dense(merged)
        if valid is not None:
            output = output * ops.cast(valid, output.dtype)[:, :, None]
        return output, weights

    def call(self, query, key_value, allowed=None, valid=None):
        """Attend from `query` (batch, queries, d_model) to `key_value` (batch, keys, d_model)."""
        key, value = self.project_key_value(key_value)
        return self.attend(self.project_query(query), key, value, allowed, valid)

    def _split(self, x):
        shape = ops.shape(x)
        return ops.transpose(ops.reshape(x, (shape[0], shape[1], self.num_heads, self.head_size)), (0, 2, 1, 3))

    def get_config(self) -> dict:
        """Return the constructor's arguments."""
        return {**super().get_config(), "d_model": self.d_model, "num_heads": self.num_heads, "rotary": self.rotary}
