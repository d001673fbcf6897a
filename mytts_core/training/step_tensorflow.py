"""The training step on TensorFlow: one graph a batch shape, nothing read back but a small vector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mytts_core.config import RunConfig
from mytts_core.errors import CheckpointError
from mytts_core.model.losses import compute_losses
from mytts_core.training.optimizer import FlatLayout, OptimizerState, adamw, average, clip
from mytts_core.training.random_state import StepRandomness, is_seed_state


class TensorFlowStep:
    """Trains a model in place.

    Args:
        model: a built `TransformerTTS` with float32 variables.
        config: of the run.

    Attributes:
        metric_names: of the vector that `train` returns: the losses, then "gradient_norm" (global, before clipping),
            "applied" and "clipped" (0 or 1). Known after the first step.
        trainable, statistics: variables in a fixed order; statistics are those of batch normalisation.
    """

    def __init__(self, model: keras.Model, config: RunConfig) -> None:
        self.model, self.config = model, config
        self.trainable = list(model.trainable_variables)
        self.statistics = [v for v in model.non_trainable_variables if not is_seed_state(v)]
        self.randomness = StepRandomness(model, config.training.seed)
        self.layout = FlatLayout(self.trainable)
        self.metric_names: list[str] = []
        self._means = [tf.Variable(tf.zeros(size), trainable=False) for size in self.layout.sizes]
        self._squares = [tf.Variable(tf.zeros(size), trainable=False) for size in self.layout.sizes]
        self._updates = tf.Variable(0, dtype=tf.int32, trainable=False)
        self._averages = [tf.Variable(array, trainable=False)
                          for array in self._averaged()] if config.training.ema_decay else []
        self._update = tf.function(self._update_graph)
        self._train = tf.function(self._train_graph)
        self._evaluate = tf.function(self._evaluate_graph)

    def train(self, batch: dict[str, np.ndarray], step: int, learning_rate: float, guided_weight: float,
              threshold: float, cross_window: bool) -> tuple[Any, Any]:
        """Make one update; return the vector of metrics and the norm of each gradient, both still on the device.

        Args:
            batch: see `mytts_core.data.batches.Batch`.
            step: updates tried before this one; randomness is a function of (seed, step).
            threshold: norm of percentile clipping.
            cross_window: whether the cross-attention window applies.
        """
        scalars = tf.constant([learning_rate, guided_weight, threshold], tf.float32)
        return self._train(_tensors(batch), tf.constant(step, tf.int32), scalars, cross_window)

    def evaluate(self, batch: dict[str, np.ndarray], guided_weight: float) -> tuple[dict[str, Any], Any, Any]:
        """Return losses, mel (B,T,M) after the PostNet, and attention (B,L,H,groups,S), teacher-forced without window."""
        return self._evaluate(_tensors(batch), tf.constant(guided_weight, tf.float32))

    def state(self) -> dict[str, np.ndarray]:
        """Return everything that the next update depends on, apart from its arguments."""
        return {name: np.array(variable) for name, variable in self._stored().items()}

    def load_state(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Restore what `state` returned.

        Raises:
            CheckpointError: if it was made for another configuration.
        """
        stored = self._stored()
        for name, variable in stored.items():
            if name not in arrays or arrays[name].shape != tuple(variable.shape):
                raise CheckpointError(f"the saved training state does not fit this configuration: {name} differs; "
                                      "start anew in another folder, with --init to keep the weights")
        for name, variable in stored.items():
            variable.assign(arrays[name])

    def restart_averages(self) -> None:
        """Let the averages start from the weights as they are now: after weights were loaded from elsewhere."""
        _assign(self._averages, self._averaged() if self._averages else [])

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """Put the averages in the model's place for the length of a block; nothing happens where none are kept."""
        if not self._averages:
            yield
            return
        variables = self.trainable + self.statistics
        kept = [tf.identity(variable.value) for variable in variables]
        groups = len(self.layout.groups)
        _assign(variables, self.layout.restore(self._averages[:groups]) + self._averages[groups:])
        try:
            yield
        finally:
            _assign(variables, kept)

    def _stored(self) -> dict[str, Any]:
        """Return every variable of the state by name."""
        names = {f"weights/{i:03d}": v for i, v in enumerate(self.trainable + self.statistics)}
        for kind, variables in (("means", self._means), ("squares", self._squares), ("averages", self._averages)):
            names.update({f"{kind}/{i}": variable for i, variable in enumerate(variables)})
        return {**names, "updates": self._updates}

    def _train_graph(self, batch: dict[str, Any], step: Any, scalars: Any, cross_window: bool):
        for variable, state in zip(self.randomness.variables, self.randomness.states(step)):
            variable.assign(state)
        statistics = [tf.identity(v.value) for v in self.statistics]
        values = [v.value for v in self.trainable]
        with tf.GradientTape() as tape:
            losses = self._losses(batch, scalars[1], training=True, cross_window=cross_window)[0]
        gradients = tape.gradient(losses["loss"], values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        new_values, new_statistics, report, norms = self._update(gradients, statistics, losses["loss"], scalars)
        for variable, new in zip(self.trainable + self.statistics, new_values + new_statistics):
            variable.assign(new)
        self.metric_names[:] = [*losses, "gradient_norm", "applied", "clipped"]
        return tf.concat([tf.stack(list(losses.values())), report], axis=0), norms

    def _losses(self, batch: dict[str, Any], guided_weight: Any, training: bool, cross_window: bool):
        config, mel = self.config.training, batch["mel"]
        if training and config.mel_noise:
            mel = mel + config.mel_noise * keras.random.normal(mel.shape, seed=self.randomness.noise)
        inputs = {**batch, "dec_mel": self.model.shift_right_mel(mel)}
        output = self.model.forward(inputs, training=training, cross_window=cross_window)
        losses = compute_losses(output, batch, config, self.config.model.reduction_factor, guided_weight)
        return losses, output

    def _update_graph(self, gradients: list[Any], statistics: list[Any], loss: Any, scalars: Any):
        training = self.config.training
        clipped = clip(gradients, self.layout, scalars[2], training)
        applied = tf.math.is_finite(loss) & tf.math.is_finite(clipped.global_norm)
        flat = self.layout.flatten([v.value for v in self.trainable])
        state = OptimizerState([v.value() for v in self._means], [v.value() for v in self._squares], self._updates.value())
        flat, state = adamw(flat, clipped.flat, state, applied, scalars[0], training)
        # What a non-finite forward pass did to the batch statistics is undone with the rest of its step.
        statistics = [tf.where(applied, v.value, old) for v, old in zip(self.statistics, statistics)]
        if self._averages:
            averages = average(self._averages, [*flat, *statistics], state.updates, applied, training.ema_decay)
            _assign(self._averages, averages)
        _assign([*self._means, *self._squares, self._updates], [*state.means, *state.squares, state.updates])
        report = tf.stack([clipped.global_norm, tf.cast(applied, tf.float32), clipped.clipped])
        return self.layout.restore(flat), statistics, report, clipped.norms

    def _evaluate_graph(self, batch: dict[str, Any], guided_weight: Any):
        losses, output = self._losses(batch, guided_weight, training=False, cross_window=False)
        return losses, output.mel_post, tf.stack(output.attention, axis=1)

    def _averaged(self) -> list[Any]:
        """Return what the averages follow: the flat weights, then the batch statistics."""
        return [*self.layout.flatten([v.value for v in self.trainable]), *(v.value for v in self.statistics)]


def _tensors(batch: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: tf.convert_to_tensor(value) for name, value in batch.items()}


def _assign(variables: list[Any], values: list[Any]) -> None:
    for variable, value in zip(variables, values):
        variable.assign(value)
