"""The training step on JAX: one compiled function a batch shape, its arrays given away and taken back each step."""

from __future__ import annotations

from typing import Any

import jax
import keras
import numpy as np
from jax import numpy as jnp

from mytts_core.config import RunConfig
from mytts_core.training.step import Carried, TrainingStep, assign


class JaxStep(TrainingStep):
    """See `TrainingStep`."""

    def __init__(self, model: keras.Model, config: RunConfig) -> None:
        super().__init__(model, config)
        self._train = jax.jit(self._train_function, static_argnums=4, donate_argnums=0)
        self._evaluate = jax.jit(self._evaluate_function)

    def train(self, batch: dict[str, np.ndarray], step: int, learning_rate: float, guided_weight: float,
              threshold: float, cross_window: bool) -> tuple[Any, Any]:
        """Make one update; return metrics and gradient norms, still on the device."""
        scalars = jnp.array([learning_rate, guided_weight, threshold], jnp.float32)
        carried = Carried(*([variable.value for variable in part] for part in self.variables))
        after, metrics, norms = self._train(carried, dict(batch), jnp.int32(step), scalars, cross_window)
        for variables, values in zip(self.variables, after):
            assign(variables, values)
        return metrics, norms

    def evaluate(self, batch: dict[str, np.ndarray], guided_weight: float) -> tuple[dict[str, Any], Any, Any]:
        """Return losses, mel and attention, teacher-forced without window."""
        values = [[variable.value for variable in part] for part in (self.variables.weights, self.variables.statistics)]
        return self._evaluate(*values, dict(batch), jnp.float32(guided_weight))

    def _train_function(self, before: Carried, batch: dict[str, Any], step: Any, scalars: Any, cross_window: bool):
        randomness = list(zip(self.randomness.variables, self.randomness.states(step)))

        def scaled_loss(weights: list[Any]):
            pairs = [*zip(self.variables.weights, weights), *zip(self.variables.statistics, before.statistics),
                     *randomness]
            with keras.StatelessScope(state_mapping=pairs) as scope:
                losses = self.losses(batch, scalars[1], training=True, cross_window=cross_window)[0]
            statistics = [scope.get_current_value(variable) for variable in self.variables.statistics]
            scale = before.loss_scale[0][0] if before.loss_scale else 1.0
            self.metric_names[:] = [*losses, "gradient_norm", "applied", "clipped"]
            # A vector, because JAX hands dictionaries back in another order.
            return losses["loss"] * scale, (losses["loss"], jnp.stack(list(losses.values())), statistics)

        (_, (loss, values, statistics)), gradients = jax.value_and_grad(scaled_loss, has_aux=True)(before.weights)
        after, report, norms = self.update(before, gradients, statistics, loss, scalars)
        return after, jnp.concatenate([values, report]), norms

    def _evaluate_function(self, weights: list[Any], statistics: list[Any], batch: dict[str, Any], guided_weight: Any):
        pairs = [*zip(self.variables.weights, weights), *zip(self.variables.statistics, statistics)]
        with keras.StatelessScope(state_mapping=pairs):
            losses, output = self.losses(batch, guided_weight, training=False, cross_window=False)
        return losses, output.mel_post, jnp.stack(output.attention, axis=1)
