"""Randomness of a training step as a function of (seed, step): a resumed run needs no random state of its own."""

from __future__ import annotations

import hashlib
from typing import Any

import keras
from keras import ops

CALLS_PER_STEP = 16
"""Draws a generator may make in one step before it would enter the next step's range."""


class StepRandomness:
    """Sets every seed generator of a model, and one for the noise on teacher-forced frames, at the start of a step.

    A generator's state is (key, counter): the key comes from (seed, index of the generator), the counter from the step.

    Args:
        model: a built model; its seed generators are found once, in the order of its layers.
        seed: `TrainingConfig.seed`.
    """

    def __init__(self, model: keras.Model, seed: int) -> None:
        self.noise = keras.random.SeedGenerator(0, name="mel_noise")
        self.variables = [variable for variable in model.variables if is_seed_state(variable)] + [self.noise.state]
        self._keys = [_key(seed, index) for index in range(len(self.variables))]

    def states(self, step: Any) -> list[Any]:
        """Return the state of each of `variables` for a step, uint32 (2,); `step` is an int32 scalar, may be traced."""
        counter = ops.cast(step, "uint32") * ops.cast(CALLS_PER_STEP, "uint32")
        return [ops.stack([ops.cast(key, "uint32"), counter]) for key in self._keys]


def is_seed_state(variable: Any) -> bool:
    """Tell whether a variable is the state of a seed generator, which belongs to no checkpoint."""
    return "seed_generator_state" in variable.path


def _key(seed: int, index: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{index}".encode()).digest()[:4], "little")
