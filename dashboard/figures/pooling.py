"""Matrices made small enough for a browser by the extreme of each block, so that no thin stripe vanishes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def pool_maximum(matrix: NDArray, axis: int, limit: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return a matrix of at most `limit` values along `axis`, and where each lies.

    A value that is not finite gives way to a finite one of its block, and is NaN where there is none: a hole.

    Returns:
        float32, each value the maximum of a block of neighbours; and float64, the middle of each block in units of the
        unpooled axis (0.5 for the first of single values).
    """
    matrix, starts, centres = _blocks(matrix, axis, limit)
    return np.fmax.reduceat(matrix, starts, axis=axis), centres


def pool_extreme(matrix: NDArray, axis: int, limit: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Do as `pool_maximum`, but keep of each block the value farthest from zero, with its sign: for differences."""
    matrix, starts, centres = _blocks(matrix, axis, limit)
    highest, lowest = np.fmax.reduceat(matrix, starts, axis=axis), np.fmin.reduceat(matrix, starts, axis=axis)
    return np.where(np.abs(highest) >= np.abs(lowest), highest, lowest), centres


def _blocks(matrix: NDArray, axis: int, limit: int) -> tuple[NDArray[np.float32], NDArray, NDArray[np.float64]]:
    matrix = np.asarray(matrix, np.float32)
    matrix = np.where(np.isfinite(matrix), matrix, np.float32(np.nan))
    length = matrix.shape[axis]
    size = max(1, math.ceil(length / limit))
    starts = np.arange(0, length, size)
    return matrix, starts, (starts + np.minimum(starts + size, length)) / 2
