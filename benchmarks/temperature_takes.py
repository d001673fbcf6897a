"""Takes of a few texts at several temperatures and seeds, as decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mytts_core.synthesis.take import Take

FAULTS = ("skip", "repeat", "no stop")
_SEEDS_A_TEXT = 1_000


class Spoken(NamedTuple):
    """A take: of which text, its temperature and seed; its mel, ln-magnitude (T, n_mels); which of `FAULTS` it has."""

    text: int
    temperature: float
    seed: int
    mel: np.ndarray
    faults: frozenset[str] = frozenset()


def seed_of(text: int, number: int) -> int:
    """Return the seed of a text's take: another for each text, so that no draw serves two of them."""
    return _SEEDS_A_TEXT * text + number


def number_of(seed: int) -> int:
    """Return which take of its text a seed of `seed_of` is, from 0."""
    return seed % _SEEDS_A_TEXT


def speak(synthesizer: Any, texts: Sequence[str], temperature: float, num_seeds: int) -> list[Spoken]:
    """Decode every text with `num_seeds` seeds at a temperature, without a waveform; the takes of a text in a row."""
    plan = [(index, seed_of(index, number)) for index in range(len(texts)) for number in range(num_seeds)]
    takes = synthesizer.synthesize_batch([texts[index] for index, _ in plan], temperature,
                                         seeds=[seed for _, seed in plan], with_audio=False)
    return [Spoken(index, temperature, seed, take.mel, faults_of(take)) for (index, seed), take in zip(plan, takes)]


def faults_of(take: Take) -> frozenset[str]:
    """Return which of `FAULTS` a take has.

    A skip is also an end of the text that was not reached, or attention that reads nothing; no stop is any end but by
    the stop token.
    """
    report = take.report
    found = (bool(report.skipped) or not report.end_reached, bool(report.repeated), take.stop_reason != "stop_token")
    return frozenset(name for name, is_there in zip(FAULTS, found) if is_there)
