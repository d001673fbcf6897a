"""What the training step of every backend shares: losses, the pure update, and the state that a resume needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from mytts_core.config import RunConfig
from mytts_core.errors import CheckpointError
from mytts_core.model.losses import compute_losses
from mytts_core.training.optimizer import FlatLayout, OptimizerState, adamw, average, clip, next_loss_scale
from mytts_core.training.random_state import StepRandomness, is_seed_state


class Carried(NamedTuple):
    """Everything that an update changes beside the random states; lists of arrays or of the variables that hold them.

    Attributes:
        weights: trainable variables, in the model's order.
        statistics: moving statistics of batch normalisation.
        means, squares: moments, a flat vector a group; updates: int32 (), those applied.
        averages: exponential averages of the flat weights and the statistics; empty where none are kept.
        loss_scale: float32 (2,), scale and good steps since its last change; empty without half precision.
    """

    weights: list[Any]
    statistics: list[Any]
    means: list[Any]
    squares: list[Any]
    updates: list[Any]
    averages: list[Any]
    loss_scale: list[Any]


class TrainingStep:
    """Trains a model in place; a backend adds `train` and `evaluate`.

    `train(batch, step, learning_rate, guided_weight, threshold, cross_window)` makes one update and returns the vector
    of metrics and the norm of each gradient, both still on the device. `step` counts updates tried before this one:
    randomness is a function of (seed, step); `threshold` is the norm of percentile clipping.
    `evaluate(batch, guided_weight)` returns losses, mel (B,T,M) after the PostNet, and attention (B,L,H,groups,S),
    teacher-forced without window.

    Args:
        model: a built `TransformerTTS` with float32 variables.
        config: of the run.

    Attributes:
        metric_names: of the vector that `train` returns: the losses, then "gradient_norm" (global, before clipping),
            "applied" and "clipped" (0 or 1). Known after the first step.
        variables: the `Carried` of Keras variables.
    """

    def __init__(self, model: keras.Model, config: RunConfig) -> None:
        self.model, self.config = model, config
        trainable = list(model.trainable_variables)
        statistics = [v for v in model.non_trainable_variables if not is_seed_state(v)]
        self.randomness = StepRandomness(model, config.training.seed)
        self.layout = FlatLayout(trainable)
        self.metric_names: list[str] = []
        half = config.training.mixed_precision == "mixed_float16"
        self.variables = Carried(
            trainable, statistics, [_variable(np.zeros(size)) for size in self.layout.sizes],
            [_variable(np.zeros(size)) for size in self.layout.sizes], [_variable(np.zeros(()), "int32")], [],
            [_variable(np.array([FIRST_LOSS_SCALE, 0.0]))] if half else [])
        if config.training.ema_decay:
            self.variables.averages.extend(_variable(array) for array in self._averaged())

    def losses(self, batch: dict[str, Any], guided_weight: Any, training: bool, cross_window: bool) -> tuple[dict, Any]:
        """Return the losses by name and the model's whole output; teacher forcing, with noise in training."""
        config, mel = self.config.training, batch["mel"]
        if training and config.mel_noise:
            mel = mel + config.mel_noise * keras.random.normal(ops.shape(mel), seed=self.randomness.noise)
        if training and config.frame_drop:
            drawn = keras.random.uniform((*ops.shape(mel)[:2], 1), seed=self.randomness.noise)
            mel = ops.where(drawn < config.frame_drop, ops.zeros_like(mel), mel)
        if training and config.own_frames:
            mel = self._with_own_frames(batch, mel, cross_window)
        inputs = {**batch, "dec_mel": self.model.shift_right_mel(mel)}
        output = self.model.forward(inputs, training=training, cross_window=cross_window,
                                    detach_postnet=config.detach_postnet,
                                    text_only=config.text_mel_weight > 0)
        return compute_losses(output, batch, config, self.config.model.reduction_factor, guided_weight), output

    def _with_own_frames(self, batch: dict[str, Any], mel: Any, cross_window: bool) -> Any:
        """Return the mel, that of a share of the utterances replaced by what the model predicts for them.

        Whole utterances, because beside one true frame the decoder need not learn to do without.
        """
        fed = mel
        for _ in range(self.config.training.own_passes):
            inputs = {**batch, "dec_mel": self.model.shift_right_mel(fed)}
            predicted = self.model.forward(inputs, training=True, cross_window=cross_window, refined=False).mel_pre
            drawn = keras.random.uniform((ops.shape(mel)[0], 1, 1), seed=self.randomness.noise)
            fed = ops.where(drawn < self.config.training.own_frames, ops.stop_gradient(predicted), mel)
        return fed

    def update(self, carried: Carried, gradients: Sequence[Any], statistics: Sequence[Any], loss: Any,
               scalars: Any) -> tuple[Carried, Any, Any]:
        """Return everything after one update, the last three metrics, and the norm of each gradient. No side effects.

        Args:
            carried: arrays before the step.
            gradients: dense, of the loss times the loss scale.
            statistics: batch statistics as the forward pass left them.
            loss: scalar.
            scalars: float32 (3,): learning rate, guided weight, threshold.
        """
        training = self.config.training
        if carried.loss_scale:
            gradients = [gradient / carried.loss_scale[0][0] for gradient in gradients]
        clipped = clip(gradients, self.layout, scalars[2], training)
        applied = ops.logical_and(ops.isfinite(loss), ops.isfinite(clipped.global_norm))
        state = OptimizerState(carried.means, carried.squares, carried.updates[0])
        flat, state = adamw(self.layout.flatten(carried.weights), clipped.flat, state, applied, scalars[0], training)
        # What a non-finite forward pass did to the batch statistics is undone with the rest of its step.
        statistics = [ops.where(applied, new, old) for new, old in zip(statistics, carried.statistics)]
        averages = average(carried.averages, [*flat, *statistics], state.updates, applied, training.ema_decay)
        scale = [next_loss_scale(value, applied) for value in carried.loss_scale]
        report = ops.stack([clipped.global_norm, ops.cast(applied, "float32"), clipped.clipped])
        done = Carried(self.layout.restore(flat), statistics, state.means, state.squares, [state.updates], averages,
                       scale)
        return done, report, clipped.norms

    def state(self) -> dict[str, np.ndarray]:
        """Return everything that the next update depends on, apart from its arguments."""
        return {name: np.array(ops.convert_to_numpy(variable.value)) for name, variable in self._stored().items()}

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
        if self.variables.averages:
            assign(self.variables.averages, self._averaged())

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """Put the averages in the model's place for the length of a block; nothing happens where none are kept."""
        if not self.variables.averages:
            yield
            return
        places = self.variables.weights + self.variables.statistics
        kept = [np.array(ops.convert_to_numpy(variable.value)) for variable in places]
        groups, averages = len(self.layout.groups), [variable.value for variable in self.variables.averages]
        assign(places, self.layout.restore(averages[:groups]) + averages[groups:])
        try:
            yield
        finally:
            assign(places, kept)

    def _averaged(self) -> list[Any]:
        """Return copies of what the averages follow: the flat weights, then the batch statistics."""
        return [*self.layout.flatten([v.value for v in self.variables.weights]),
                *(ops.copy(v.value) for v in self.variables.statistics)]     # JAX gives buffers away, each only once

    def _stored(self) -> dict[str, Any]:
        """Return every variable of the state by name."""
        carried = self.variables
        names = {f"weights/{i:03d}": v for i, v in enumerate(carried.weights + carried.statistics)}
        for kind in ("means", "squares", "averages", "loss_scale"):
            names.update({f"{kind}/{i}": variable for i, variable in enumerate(getattr(carried, kind))})
        return {**names, "updates": carried.updates[0]}


FIRST_LOSS_SCALE = 2.0**15


def assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    """Assign each value to its variable."""
    for variable, value in zip(variables, values):
        variable.assign(value)


def _variable(value: Any, dtype: str = "float32") -> keras.Variable:
    return keras.Variable(value, dtype=dtype, trainable=False, name="training_state")
