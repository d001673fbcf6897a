"""AdamW, exponential averages and the guard against non-finite steps: pure functions of arrays through `keras.ops`.

Both backends call these; where the arrays live between steps is theirs to decide. The variables are laid end to end in
two flat vectors, with and without weight decay: an update of some 200 variables is then a few dozen operations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from mytts_core.config import TrainingConfig
from mytts_core.monitoring.clipping import clip_gradients, variable_norms

EMA_WARMUP = 10
"""The average's decay is at most (1 + t) / (EMA_WARMUP + t), so that early averages are not held by random weights."""


LOSS_SCALE_STEPS = 2_000
"""Good steps after which the loss scale of half precision is doubled."""


class OptimizerState(NamedTuple):
    """What an update carries on.

    Attributes:
        means, squares: first and second moments of the gradients, a flat float32 vector a group.
        updates: int32 scalar, updates applied so far.
    """

    means: list[Any]
    squares: list[Any]
    updates: Any


class Gradients(NamedTuple):
    """Gradients ready to apply.

    Attributes:
        flat: clipped, a vector a group.
        norms: before clipping, float32, one a variable in the model's order.
        global_norm: before clipping, float32 scalar.
        clipped: float32 scalar, 1 where clipping changed anything.
    """

    flat: list[Any]
    norms: Any
    global_norm: Any
    clipped: Any


class FlatLayout:
    """Where each variable lies in the flat vectors: group 0 has weight decay, group 1 has none.

    Args:
        variables: trainable variables, in the model's order.
    """

    def __init__(self, variables: Sequence[Any]) -> None:
        self.shapes = [tuple(variable.shape) for variable in variables]
        self.groups = [[i for i, v in enumerate(variables) if is_decayed(v) == decayed] for decayed in (True, False)]
        self.sizes = [sum(math.prod(self.shapes[i]) for i in group) for group in self.groups]

    def flatten(self, arrays: Sequence[Any]) -> list[Any]:
        """Return a vector a group."""
        return [ops.concatenate([ops.reshape(ops.cast(arrays[i], "float32"), (-1,)) for i in group])
                if group else ops.zeros((0,)) for group in self.groups]

    def restore(self, flat: Sequence[Any]) -> list[Any]:
        """Return the arrays in the model's order."""
        arrays: list[Any] = [None] * len(self.shapes)
        for group, vector in zip(self.groups, flat):
            ends = np.cumsum([math.prod(self.shapes[i]) for i in group])
            parts = ops.split(vector, [int(end) for end in ends[:-1]]) if len(group) > 1 else [vector] * len(group)
            for i, part in zip(group, parts):
                arrays[i] = ops.reshape(part, self.shapes[i])
        return arrays


def is_decayed(variable: Any) -> bool:
    """Tell whether weight decay applies: to kernels; not to biases, norms, the embedding and the go frame."""
    return len(variable.shape) >= 2 and "embedding" not in variable.path and "go_frame" not in variable.path


def clip(gradients: Sequence[Any], layout: FlatLayout, threshold: Any, config: TrainingConfig) -> Gradients:
    """Clip dense gradients by the strategy of the configuration; `threshold` is that of percentile clipping."""
    norms = ops.stack(variable_norms(gradients))
    if config.clip_strategy == "per_layer":
        clipped_list, total = clip_gradients(gradients, "per_layer", config.max_norm)
        return Gradients(layout.flatten(clipped_list), norms, total,
                         ops.cast(ops.any(norms > config.max_norm), "float32"))
    # Both other strategies look at the global norm alone, which flat vectors give as well.
    clipped, total = clip_gradients(layout.flatten(gradients), config.clip_strategy, config.max_norm, threshold)
    limit = ops.minimum(threshold, config.max_norm) if config.clip_strategy == "percentile" else config.max_norm
    return Gradients(clipped, norms, total, ops.cast(total > limit, "float32"))


def adamw(values: Sequence[Any], gradients: Sequence[Any], state: OptimizerState, applied: Any, learning_rate: Any,
          config: TrainingConfig) -> tuple[list[Any], OptimizerState]:
    """Return values and state after one AdamW update; as they were where `applied` is False.

    Args:
        values, gradients: a flat vector a group, the first with weight decay.
        applied: bool scalar.
        learning_rate: scalar.

    Source:
        Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2.
    """
    updates = state.updates + ops.cast(applied, "int32")
    count = ops.cast(ops.maximum(updates, 1), "float32")
    first = 1 - ops.power(ops.cast(config.beta_1, "float32"), count)
    second = 1 - ops.power(ops.cast(config.beta_2, "float32"), count)
    new_values, means, squares = [], [], []
    groups = zip(values, gradients, state.means, state.squares, (config.weight_decay, 0.0))
    for value, gradient, mean, square, decay in groups:
        new_mean = mean + (1 - config.beta_1) * (gradient - mean)
        new_square = square + (1 - config.beta_2) * (ops.square(gradient) - square)
        direction = (new_mean / first) / (ops.sqrt(new_square / second) + config.epsilon) + decay * value
        new_values.append(ops.where(applied, value - learning_rate * direction, value))
        means.append(ops.where(applied, new_mean, mean))
        squares.append(ops.where(applied, new_square, square))
    return new_values, OptimizerState(means, squares, updates)


def average(averages: Sequence[Any], values: Sequence[Any], updates: Any, applied: Any, decay: float) -> list[Any]:
    """Return exponential averages moved towards `values`; unchanged where `applied` is False.

    Batch statistics are averaged as the weights are: those of averaged weights are close to averaged statistics.
    """
    count = ops.cast(updates, "float32")
    rate = ops.where(applied, 1 - ops.minimum(decay, (1 + count) / (EMA_WARMUP + count)), 0.0)
    return [mean + rate * (value - mean) for mean, value in zip(averages, values)]


def next_loss_scale(state: Any, applied: Any) -> Any:
    """Return the loss scale of half precision after a step: halved where it overflowed, doubled after many good steps.

    Args:
        state: float32 (2,), scale and good steps since its last change.
        applied: bool scalar.

    Source:
        Micikevicius et al. 2018, arXiv:1710.03740, section 3.2.
    """
    scale, good = state[0], state[1] + 1
    grows = good >= LOSS_SCALE_STEPS
    kept = ops.stack([ops.where(grows, 2 * scale, scale), ops.where(grows, 0.0, good)])
    halved = ops.stack([ops.maximum(scale / 2, 1.0), ops.zeros_like(good)])
    return ops.where(applied, kept, halved)
