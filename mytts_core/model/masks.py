"""Boolean masks: True may be attended to, or is valid."""

from __future__ import annotations

from keras import ops


def length_mask(lengths, size: int):
    """Return (batch, size), True before each length.

    Args:
        lengths: int, shape (batch,).
        size: number of positions.
    """
    return ops.arange(size)[None, :] < ops.cast(lengths, "int32")[:, None]


def causal_mask(size: int):
    """Return (1, 1, size, size): a query attends to itself and to what came before."""
    positions = ops.arange(size)
    return (positions[None, :] <= positions[:, None])[None, None]


def group_lengths(mel_lengths, reduction_factor: int):
    """Return the number of decoder groups that hold `mel_lengths` frames, int32."""
    return (ops.cast(mel_lengths, "int32") + (reduction_factor - 1)) // reduction_factor


def diagonal_window(mel_lengths, enc_lengths, num_groups: int, num_tokens: int, reduction_factor: int, window: float):
    """Return (batch, 1, groups, tokens): True where |t/(T_len − 1) − s/(S_len − 1)| ≤ window.

    t is the group's first frame. The nearest valid key is always allowed; in an utterance of length 1 the position is
    0.

    Args:
        mel_lengths, enc_lengths: int, shape (batch,), frames and tokens of each utterance.
        num_groups, num_tokens: size of the mask.
        reduction_factor: frames a group.
        window: share of the utterance, in (0, 1].
    """
    frames = ops.cast(ops.arange(num_groups) * reduction_factor, "float32")[None, :]
    tokens = ops.cast(ops.arange(num_tokens), "float32")[None, :]
    times = ops.minimum(frames / _last_position(mel_lengths), 1.0)
    places = tokens / _last_position(enc_lengths)
    distance = ops.abs(times[:, :, None] - places[:, None, :])
    valid = length_mask(enc_lengths, num_tokens)[:, None, :]
    nearest = ops.min(ops.where(valid, distance, 2.0), axis=-1, keepdims=True)
    return ((distance <= ops.maximum(window, nearest)) & valid)[:, None]


def _last_position(lengths):
    return ops.maximum(ops.cast(lengths, "float32")[:, None] - 1.0, 1.0)
