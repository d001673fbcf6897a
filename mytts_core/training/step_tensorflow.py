"""The training step on TensorFlow: one graph a batch shape, nothing read back but a small vector."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mytts_core.config import RunConfig
from mytts_core.training.step import Carried, TrainingStep, assign


class TensorFlowStep(TrainingStep):
    """See `TrainingStep`."""

    def __init__(self, model: keras.Model, config: RunConfig) -> None:
        super().__init__(model, config)
        self._train = tf.function(self._train_graph, autograph=False)
        self._evaluate = tf.function(self._evaluate_graph, autograph=False)

    def train(self, batch: dict[str, np.ndarray], step: int, learning_rate: float, guided_weight: float,
              threshold: float, cross_window: bool) -> tuple[Any, Any]:
        """Make one update; return metrics and gradient norms, still on the device."""
        scalars = tf.constant([learning_rate, guided_weight, threshold], tf.float32)
        return self._train(_tensors(batch), tf.constant(step, tf.int32), scalars, cross_window)

    def evaluate(self, batch: dict[str, np.ndarray], guided_weight: float) -> tuple[dict[str, Any], Any, Any]:
        """Return losses, mel and attention, teacher-forced without window."""
        return self._evaluate(_tensors(batch), tf.constant(guided_weight, tf.float32))

    def _train_graph(self, batch: dict[str, Any], step: Any, scalars: Any, cross_window: bool):
        assign(self.randomness.variables, self.randomness.states(step))
        # Read before the forward pass writes batch statistics.
        before = Carried(*([tf.identity(variable.value) for variable in part] for part in self.variables))
        watched = [variable.value for variable in self.variables.weights]
        with tf.GradientTape() as tape:
            losses = self.losses(batch, scalars[1], training=True, cross_window=cross_window)[0]
            target = losses["loss"] * before.loss_scale[0][0] if before.loss_scale else losses["loss"]
        gradients = tape.gradient(target, watched, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]     # the embedding's rows, summed
        statistics = [variable.value for variable in self.variables.statistics]
        after, report, norms = self.update(before, gradients, statistics, losses["loss"], scalars)
        for variables, values in zip(self.variables, after):
            assign(variables, values)
        self.metric_names[:] = [*losses, "gradient_norm", "applied", "clipped"]
        return tf.concat([tf.stack(list(losses.values())), report], axis=0), norms

    def _evaluate_graph(self, batch: dict[str, Any], guided_weight: Any):
        losses, output = self.losses(batch, guided_weight, training=False, cross_window=False)
        return losses, output.mel_post, tf.stack(output.attention, axis=1)


def _tensors(batch: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: tf.convert_to_tensor(value) for name, value in batch.items()}
