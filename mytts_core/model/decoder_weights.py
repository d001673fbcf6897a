"""The decoder's weights in the form that decoding reads."""

from __future__ import annotations

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
    adds_positions: bool
    use_prenet: bool
    prenet_drop: float
    final_norm: bool

    @classmethod
    def of(cls, model) -> DecoderShape:
        """Return the shape of a `TransformerTTS`."""
        config = model.config
        return cls(config.num_layers, config.d_model, config.num_heads, model.n_mels, config.reduction_factor,
                   config.activation, model.rotary, model.adds_positions, config.use_prenet, config.prenet_drop,
                   config.final_norm)

    @property
    def head_size(self) -> int:
        """Units of an attention head."""
        return self.d_model // self.num_heads


def collect(model) -> dict[str, Any]:
    """Return the weights that a decoder step reads, as nested dicts of float32 tensors; kernels are not copied.

    A bias is stored negated, to be subtracted: XLA on a CPU fuses an addition into the product before it, which then
    runs on one thread and slower.
    """
    shape = DecoderShape.of(model)
    denses = [*model.prenet.hidden, model.prenet.output_dense] if shape.use_prenet else [model.prenet]
    weights = {
        "prenet": [_dense(dense) for dense in denses],
        "layers": [_block(block) for block in model.decoder_blocks],
        "mel": _dense(model.mel_dense),
        "stop": _dense(model.stop_dense),
    }
    if shape.final_norm:
        weights["final_norm"] = _norm(model.final_norms[1])
    return weights


def _block(block) -> dict[str, Any]:
    attention, cross, feed_forward = block.self_attention, block.cross_attention, block.feed_forward
    weights = {
        "self_norm": _norm(block.self_attention_norm),
        "query": _dense(attention.query_dense),
        "key": _dense(attention.key_dense),
        "value": _dense(attention.value_dense),
        "self_output": _dense(attention.output_dense),
        "cross_norm": _norm(block.cross_attention_norm),
        "cross_query": _dense(cross.query_dense),
        "cross_output": _dense(cross.output_dense),
        "ffn_norm": _norm(block.feed_forward_norm),
        "w1": _dense(feed_forward.w1),
        "w2": _dense(feed_forward.w2),
    }
    if feed_forward.w_gate is not None:
        weights["w_gate"] = _dense(feed_forward.w_gate)
    return weights


def _dense(dense) -> tuple[Any, Any]:
    return _float32(dense.kernel), -_float32(dense.bias)


def _norm(norm) -> tuple[Any, Any]:
    return _float32(norm.gamma), _float32(norm.beta)


def _float32(variable):
    return ops.cast(ops.convert_to_tensor(variable), "float32")
