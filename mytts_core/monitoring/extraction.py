"""Attention out of a model, teacher-forced with the window off, or of a generation. Keras is imported when called."""

from __future__ import annotations

from typing import Any, Optional


def extract_alignment_from_model(model: Any, enc_ids: Any, mel_target: Any, *, enc_len: Any = None, mel_len: Any = None,
                                 prosody: Any = None, head: Optional[tuple[int, int]] = None,
                                 all_layers_and_heads: bool = False) -> Any:
    """Return the cross-attention of a teacher-forced pass, the cross-attention window lifted.

    Args:
        model: a `TransformerTTS`.
        enc_ids: int, shape (B, S), padded with the model's pad id.
        mel_target: float, shape (B, T, M), normalised as the model sees it; not shifted: this shifts it.
        enc_len: true numbers of tokens, shape (B,); None: by the pad id.
        mel_len: true numbers of frames, shape (B,); None: all are valid.
        prosody: float, shape (B, 4), z-scored; None: what the model predicts.
        head: (layer, head), for example the run's; None: the mean over the heads of the last layer.
        all_layers_and_heads: return every head of every layer instead.

    Returns:
        float32 tensor, shape (B, T, S), or (B, L, H, T, S) for all layers and heads: a row a mel frame (with a
        reduction factor r, rows of a group are equal).

    Raises:
        ValueError: for shapes that do not fit, or a head that the model does not have.
    """
    from keras import ops

    enc_ids, mel_target = ops.convert_to_tensor(enc_ids), ops.convert_to_tensor(mel_target, dtype="float32")
    if len(enc_ids.shape) != 2 or len(mel_target.shape) != 3:
        raise ValueError(f"enc_ids has the shape {tuple(enc_ids.shape)} and mel_target {tuple(mel_target.shape)}; they "
                         "must be (batch, tokens) and (batch, frames, bands)")
    inputs = {"enc_ids": enc_ids, "dec_mel": model.shift_right_mel(mel_target)}
    optional = {"enc_len": enc_len, "mel_len": mel_len, "prosody": prosody}
    inputs.update({name: ops.convert_to_tensor(value) for name, value in optional.items() if value is not None})
    attention = model(inputs, training=False, return_attn="all", cross_window=False)[-1]
    return alignment_in_frames(attention, model.config.reduction_factor, mel_target.shape[1], head,
                               all_layers_and_heads)


def extract_alignment_from_generation(generation: Any, reduction_factor: int, *, head: Optional[tuple[int, int]] = None,
                                      all_layers_and_heads: bool = False) -> Any:
    """Return the cross-attention of a free-running `Generation`, like `extract_alignment_from_model`.

    Rows after an utterance's `generation.lengths` are padding: pass these as `mel_lens` when scoring.

    Args:
        generation: with `attention` (B, L, H, groups, S) and `mel` (B, T, M).
        reduction_factor: of the model that generated.
        head, all_layers_and_heads: as there.
    """
    return alignment_in_frames(generation.attention, reduction_factor, generation.mel.shape[1], head,
                               all_layers_and_heads)


def alignment_in_frames(attention: Any, reduction_factor: int, num_frames: Optional[int],
                        head: Optional[tuple[int, int]] = None, all_layers_and_heads: bool = False) -> Any:
    """Return attention (B, L, H, groups, S) with a row a frame: one head, the last layer's mean, or all of it.

    Raises:
        ValueError: for a head outside the layers and heads there are.
    """
    from keras import ops

    if not all_layers_and_heads:
        attention = _one_head(attention, head)
    frames = ops.repeat(attention, reduction_factor, axis=-2)
    return frames[..., :num_frames, :]


def _one_head(attention: Any, head: Optional[tuple[int, int]]) -> Any:
    from keras import ops

    if head is None:
        return ops.mean(attention[:, -1], axis=1)
    num_layers, num_heads = attention.shape[1:3]
    layer, index = head
    if not (0 <= layer < num_layers and 0 <= index < num_heads):
        raise ValueError(f"head is {tuple(head)}; there are layers 0..{num_layers - 1} and heads 0..{num_heads - 1}")
    return attention[:, layer, index]
