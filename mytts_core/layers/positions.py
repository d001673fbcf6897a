"""Absolute positions as sines and cosines."""

from __future__ import annotations

from keras import ops


def sinusoidal_positions(positions, d_model: int):
    """Return interleaved sines (even units) and cosines (odd units) of the positions.

    Args:
        positions: int or float, shape (length,).
        d_model: number of units.

    Returns:
        float32, shape (length, d_model), range [-1, 1].

    Source:
        Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
    """
    units = ops.arange(d_model)
    rates = ops.power(10_000.0, -ops.cast(2 * (units // 2), "float32") / d_model)
    angles = ops.cast(positions, "float32")[:, None] * rates[None, :]
    return ops.where(units % 2 == 0, ops.sin(angles), ops.cos(angles))
