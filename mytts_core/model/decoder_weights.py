"""The decoder's weights in the form that decoding reads fastest."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from keras import ops


class DecoderShape(NamedTuple):
    """What of a model shapes the compiled decoder; models of one shape share it."""

    num_layers: int
    d_model: int
    num_heads: int
    n_mels: int
    reduction_factor: int
    activation: str
    rotary: bool
    use_prenet: bool
    prenet_drop: float
    final_norm: bool

    @classmethod
    def of(cls, model) -> DecoderShape:
        """Return the shape of a `TransformerTTS`."""
        config = model.config
        return cls(config.num_layers, config.d_model, config.num_heads, model.n_mels, config.reduction_factor,
                   config.activation, model.rotary, config.use_prenet, config.prenet_drop, config.final_norm)

    @property
    def head_size(self) -> int:
        """Units of an attention head."""
        return self.d_model // self.num_heads


def pack(model) -> dict[str, Any]:
    """Return the weights that a decoder step reads, as nested dicts of float32 tensors.

    A kernel is stored (units out, units in), so that the product with one vector reads it in order; queries, keys and
    values of self-attention form one kernel, the 1/√head_size of the scores is in the queries, and the √d_model of the
    classic model's input is in the prenet's last kernel.
    """
    shape = DecoderShape.of(model)
    scale = 1 / math.sqrt(shape.head_size)
    input_scale = 1.0 if shape.rotary else math.sqrt(shape.d_model)
    denses = [*model.prenet.hidden, model.prenet.output_dense] if shape.use_prenet else [model.prenet]
    packed = {
        "prenet": [_dense(dense) for dense in denses[:-1]] + [_dense(denses[-1], scale=input_scale)],
        "layers": [_block(block, scale) for block in model.decoder_blocks],
        "mel": _dense(model.mel_dense),
        "stop": _dense(model.stop_dense),
    }
    if shape.final_norm:
        packed["final_norm"] = _norm(model.final_norms[1])
    return packed


def _block(block, scale: float) -> dict[str, Any]:
    attention, cross, feed_forward = block.self_attention, block.cross_attention, block.feed_forward
    parts = [_dense(attention.query_dense, scale), _dense(attention.key_dense), _dense(attention.value_dense)]
    packed = {
        "self_norm": _norm(block.self_attention_norm),
        "self_projection": tuple(ops.concatenate(arrays, axis=0) for arrays in zip(*parts)),
        "self_output": _dense(attention.output_dense),
        "cross_norm": _norm(block.cross_attention_norm),
        "cross_query": _dense(cross.query_dense, scale),
        "cross_output": _dense(cross.output_dense),
        "ffn_norm": _norm(block.feed_forward_norm),
        "w1": _dense(feed_forward.w1),
        "w2": _dense(feed_forward.w2),
    }
    if feed_forward.w_gate is not None:
        packed["w_gate"] = _dense(feed_forward.w_gate)
    return packed


def _dense(dense, scale: float = 1.0) -> tuple[Any, Any]:
    kernel, bias = ops.cast(dense.kernel, "float32"), ops.cast(dense.bias, "float32")
    return ops.transpose(kernel) * scale, bias * scale


def _norm(norm) -> tuple[Any, Any]:
    return ops.cast(norm.gamma, "float32"), ops.cast(norm.beta, "float32")
