"""Rotary position embedding."""

from __future__ import annotations

from keras import ops


def apply_rotary(x, positions, base: float = 10_000.0):
    """Rotate each head so that a query-key product depends on the distance of their positions alone.

    Args:
        x: float, shape (batch, heads, length, head_size), head_size even.
        positions: int or float, shape (length,): the position of each row of `x`.
        base: wavelength base; the slowest of the head_size / 2 rotations turns once in about 2π·base positions.

    Returns:
        float, the shape and dtype of `x`. Pairs are (i, i + head_size / 2).

    Source:
        Su et al. 2021, arXiv:2104.09864, section 3.2.2.
    """
    cosine, sine = rotary_angles(positions, x.shape[-1], base)
    return rotate(x, ops.cast(cosine, x.dtype), ops.cast(sine, x.dtype))


def rotary_angles(positions, head_size: int, base: float = 10_000.0):
    """Return the cosines and sines of the rotations, each float32 (length, head_size / 2)."""
    half = head_size // 2
    frequencies = ops.power(base, -ops.arange(half, dtype="float32") / half)
    angles = ops.cast(positions, "float32")[:, None] * frequencies[None, :]
    return ops.cos(angles), ops.sin(angles)


def rotate(x, cosine, sine):
    """Rotate the pairs (i, i + head_size / 2) of the last axis; `cosine` and `sine` broadcast to half of it."""
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    return ops.concatenate([first * cosine - second * sine, first * sine + second * cosine], axis=-1)


def check_head_size(d_model: int, num_heads: int) -> int:
    """Return d_model / num_heads.

    Raises:
        ValueError: where the division leaves a remainder.
    """
    if d_model % num_heads:
        raise ValueError(f"d_model is {d_model}; it must be divisible by num_heads ({num_heads})")
    return d_model // num_heads
