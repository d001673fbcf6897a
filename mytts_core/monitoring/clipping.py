"""Gradient clipping on a list of gradients, written with `keras.ops`: traceable under TensorFlow and JAX."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Optional

from keras import ops

from mytts_core.config import CLIPPING_STRATEGIES
from mytts_core.monitoring.norm_history import NormHistory

__all__ = ["NormHistory", "clip_gradients", "densify", "global_norm", "variable_norms"]

VARIABLE_PERCENTILE = 95.0
"""Percentile of this step's per-variable norms that limits the step where no threshold is known."""


def clip_gradients(grads: Sequence[Any], strategy: str = "global", max_norm: float = 1.0,
                   threshold: Any = None) -> tuple[list[Any], Any]:
    """Clip gradients; the norm that comes back tells whether to apply them.

    `global` scales all gradients together to a global norm of at most `max_norm`; `per_layer` scales each gradient to a
    norm of at most `max_norm`; `percentile` scales all together to at most `threshold`, never above `max_norm`.

    If any gradient is NaN or infinite, all come back as zeros and the norm is not finite: do not apply that step.

    Args:
        grads: float arrays of any shape; None stays None; TensorFlow's `IndexedSlices` are made dense.
        strategy: 'global', 'per_layer' or 'percentile'.
        max_norm: the largest norm, above 0.
        threshold: scalar of `percentile`, a number or a traced array (see `NormHistory.threshold`); None takes the 95th
            percentile of this step's per-variable norms.

    Returns:
        The clipped gradients, with the types of `grads`, and the global norm before clipping, a float32 scalar.

    Raises:
        ValueError: for an unknown strategy or a `max_norm` that is not a positive number.
    """
    if strategy not in CLIPPING_STRATEGIES:
        raise ValueError(f"unknown clipping strategy {strategy!r}: choose one of {', '.join(CLIPPING_STRATEGIES)}")
    if isinstance(max_norm, (int, float)) and not (math.isfinite(max_norm) and max_norm > 0):
        raise ValueError(f"max_norm is {max_norm!r}; it must be a finite number above 0")
    dense = [densify(gradient) for gradient in grads]
    norms = variable_norms(dense)
    total = global_norm(norms)
    finite = ops.isfinite(total)
    if strategy == "per_layer":
        scales = iter([_scale(norm, max_norm) for norm in norms])
    else:
        limit = max_norm if strategy == "global" else _percentile_limit(norms, max_norm, threshold)
        scales = iter([_scale(total, limit)] * len(norms))
    clipped = [None if gradient is None else _apply(gradient, next(scales), finite) for gradient in dense]
    return clipped, total


def densify(gradient: Any) -> Any:
    """Return a gradient as a dense array; rows that `IndexedSlices` repeats are summed. None stays None."""
    return None if gradient is None else ops.convert_to_tensor(gradient)


def variable_norms(dense: Sequence[Any]) -> list[Any]:
    """Return the L2 norm of each gradient that is not None: float32 scalars."""
    return [_norm(ops.cast(gradient, "float32")) for gradient in dense if gradient is not None]


def global_norm(norms: Sequence[Any]) -> Any:
    """Return the L2 norm over per-variable norms: a float32 scalar, 0 without any."""
    return _norm(ops.stack(list(norms))) if norms else ops.convert_to_tensor(0.0, dtype="float32")


def _norm(values: Any) -> Any:
    # Divided by the largest value first: squares of float32 overflow above 1e19 and vanish below 1e-23.
    largest = ops.max(ops.abs(values), initial=0.0)
    safe = ops.where(largest > 0, largest, ops.ones_like(largest))
    return largest * ops.sqrt(ops.sum(ops.square(values / safe)))


def _scale(norm: Any, limit: Any) -> Any:
    # 1 exactly for a norm within the limit, so that what needs no clipping comes back bit for bit.
    limit = ops.cast(limit, "float32")
    return ops.where(norm > limit, limit / ops.where(norm > 0, norm, ops.ones_like(norm)), ops.ones_like(norm))


def _percentile_limit(norms: Sequence[Any], max_norm: float, threshold: Optional[Any]) -> Any:
    if threshold is None:
        if not norms:
            return max_norm
        threshold = ops.quantile(ops.stack(list(norms)), VARIABLE_PERCENTILE / 100)
    return ops.minimum(ops.cast(threshold, "float32"), ops.cast(max_norm, "float32"))


def _apply(gradient: Any, scale: Any, finite: Any) -> Any:
    return ops.where(finite, gradient * ops.cast(scale, gradient.dtype), ops.zeros_like(gradient))
