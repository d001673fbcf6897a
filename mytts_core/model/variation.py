"""Temperature: what varies between takes of one text.

A mel regression has no likelihood to sample from. With prosody conditioning the variation is the prosody, drawn from
the predicted distribution; a model without it is perturbed instead, in what is fed back, never in the frames it emits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mytts_core.layers.prenet import HIDDEN_LAYERS

MAX_DEVIATION = 2.5
F0_SPREAD = 2  # index among the prosody dimensions
FEEDBACK_NOISE = 0.2  # deviation of the fed-back noise at temperature 2, in normalised mel units


def check_temperature(temperature: Any) -> float:
    """Return the temperature as a float.

    Raises:
        ValueError: unless it is a finite number above 0.
    """
    try:
        value = float(temperature)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value) or value <= 0:
        raise ValueError(f"temperature is {temperature!r}; it must be a finite number above 0 "
                         "(1.0 is deterministic, higher adds variation)")
    return value


def utterance_temperatures(temperature: Any, num_utterances: int) -> list[float]:
    """Return one temperature per utterance: a number serves all of them, a sequence gives one each.

    Raises:
        ValueError: for a sequence of another length, or a temperature that is not a finite number above 0.
    """
    if isinstance(temperature, str) or np.ndim(temperature) == 0:
        return [check_temperature(temperature)] * num_utterances
    temperatures = [check_temperature(value) for value in temperature]
    if len(temperatures) != num_utterances:
        raise ValueError(f"{len(temperatures)} temperatures were given for {num_utterances} utterances; give one "
                         "temperature or one each")
    return temperatures


def utterance_seeds(seed: Any, num_utterances: int) -> list[int]:
    """Return one seed per utterance: an int serves all of them, a sequence gives one each, None draws fresh ones.

    Raises:
        ValueError: for a sequence of another length, or a seed that is not a whole number of at least 0.
    """
    if seed is None:
        return [int(value) for value in np.random.SeedSequence().generate_state(num_utterances, np.uint64)]
    seeds = [seed] * num_utterances if np.ndim(seed) == 0 else list(seed)
    if len(seeds) != num_utterances:
        raise ValueError(f"{len(seeds)} seeds were given for {num_utterances} utterances; give one seed or one each")
    for value in seeds:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < 2**64:
            raise ValueError(f"seed is {value!r}; it must be a whole number in [0, 2^64)")
    return [int(value) for value in seeds]


def vary_prosody(mean: np.ndarray, spread: np.ndarray, temperatures: list[float], seeds: list[int]) -> np.ndarray:
    """Return the prosody to condition on: mean + (temperature − 1)·spread·ε, |ε| ≤ 2.5, a normal draw per utterance.

    Below 1.0 nothing is drawn; the F0 spread alone is lowered by (1 − temperature) natural deviations.

    Args:
        mean, spread: float (batch, 4), the predicted distribution, z-scored.
        temperatures: above 0, one per utterance.
        seeds: one per utterance; the draw depends on nothing else.
    """
    prosody = np.array(mean, np.float32)
    for row, (temperature, seed) in enumerate(zip(temperatures, seeds, strict=True)):
        if temperature > 1:
            draw = _truncated_normal(np.random.default_rng([seed, 1]), prosody.shape[1])
            prosody[row] += np.float32(temperature - 1) * spread[row] * draw
        elif temperature < 1:
            prosody[row, F0_SPREAD] -= np.float32(1 - temperature) * spread[row, F0_SPREAD]
    return prosody


def _truncated_normal(generator: np.random.Generator, size: int) -> np.ndarray:
    draws = generator.standard_normal(size)
    while (outside := np.abs(draws) > MAX_DEVIATION).any():
        draws[outside] = generator.standard_normal(int(outside.sum()))
    return draws.astype(np.float32)


class Perturbation:
    """The perturbation of a model without prosody conditioning, drawn group by group from each utterance's seed.

    With prenet dropout at inference each bit of its mask is drawn anew with probability min(1, temperature − 1);
    otherwise noise is added to the frame fed back. At a temperature of 1 or below it does nothing.

    Args:
        masks: the model's inference masks, 0 or 1, (groups, HIDDEN_LAYERS, units), or None.
        rate: probability of 0 in them.
        n_mels: bands of the frame fed back.
        temperatures: above 0, one per utterance.
        seeds: one per utterance.
    """

    def __init__(self, masks: np.ndarray | None, rate: float, n_mels: int, temperatures: list[float],
                 seeds: list[int]) -> None:
        self.masks = masks
        self.rate = rate
        self.n_mels = n_mels
        self.amounts = [max(0.0, temperature - 1) for temperature in temperatures]
        self.generators = [np.random.Generator(np.random.Philox(key=np.array([seed, 2], np.uint64))) for seed in seeds]

    def next_groups(self, start: int, count: int) -> tuple[np.ndarray | None, np.ndarray]:
        """Return masks (batch, count, HIDDEN_LAYERS, units), None without any, and noise (batch, count, n_mels).

        Calls must follow each other without a gap, `count` being the same: the generators go on.
        """
        batch = len(self.generators)
        noise = np.zeros((batch, count, self.n_mels), np.float32)
        if self.masks is None:
            for row, (amount, generator) in enumerate(zip(self.amounts, self.generators)):
                if amount > 0:
                    draws = generator.standard_normal((count, self.n_mels), np.float32)
                    noise[row] = np.float32(amount * FEEDBACK_NOISE) * draws
            return None, noise
        units = self.masks.shape[-1]
        base = np.zeros((count, HIDDEN_LAYERS, units), np.float32)  # groups past the last one are never decoded
        rows = self.masks[start:start + count]
        base[:len(rows)] = rows
        if not any(self.amounts):
            return np.broadcast_to(base, (batch, *base.shape)), noise
        redrawn = np.repeat(base[None], batch, axis=0)
        for row, (amount, generator) in enumerate(zip(self.amounts, self.generators)):
            if amount > 0:
                bits = generator.random((count, 2, HIDDEN_LAYERS, units), np.float32)
                redrawn[row] = np.where(bits[:, 0] < min(1.0, amount), bits[:, 1] >= self.rate, base)
        return redrawn, noise
