"""What temperature must do and must not, and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.temperature_sound import Measured
from benchmarks.temperature_statistics import Estimate, mean_over_texts
from benchmarks.temperature_summary import NEUTRAL, Speaker, Summary, fault_share
from benchmarks.temperature_takes import Spoken
from mytts_core.evaluation.criteria import Criterion

FLAT = 0.8
ABOVE_ZERO = 1e-6        # the bound of what must be above 0
MOST_BIAS_PERCENT = 2.0
BOUND_TEMPERATURES = (1.2, 1.5)
"""Those whose mean length and failures are held against 1.0."""


class Evidence(NamedTuple):
    """All that was found of a run.

    open_spread: what a text leaves open by the model's own prediction, (4,), as a share of the speaker's spread; None
        for a model without prosody.
    summaries, spoken: of ten texts; wide: takes of every held-out text, fewer seeds; flat: those at 0.8 and 1.0, heard.
    unasked: takes of the ten texts, synthesised without naming a temperature.
    """

    name: str
    checkpoint: str
    speaker: Speaker
    open_spread: np.ndarray | None
    summaries: list[Summary]
    spoken: list[Spoken]
    wide: list[Spoken]
    flat: list[Measured]
    unasked: list[Spoken]


def criteria_of(evidence: Evidence) -> list[Criterion]:
    """Return every bound with what was found."""
    neutral = [take for take in evidence.spoken if take.temperature == NEUTRAL]
    flat = [take for take in evidence.spoken if take.temperature == FLAT]
    by_temperature = {item.temperature: item for item in evidence.summaries}
    bounds = [by_temperature[value] for value in BOUND_TEMPERATURES if value in by_temperature]
    return [
        Criterion("1.0 is bit for bit one take a text, over seeds and without naming it: takes that differ",
                  num_different(evidence.unasked + neutral), 0, at_most=True),
        Criterion("0.8 is one take a text, over seeds: takes that differ", num_different(flat), 0, at_most=True),
        Criterion("pitch within takes at 0.8 is flatter than at 1.0, by semitones",
                  flattening(evidence.flat).value, ABOVE_ZERO),
        *(Criterion(f"{name} grows from 1.0 on: smallest step, share of what it is at the highest",
                    smallest_step([getattr(item, field) for item in evidence.summaries
                                   if item.temperature >= NEUTRAL]), ABOVE_ZERO)
          for name, field in (("duration variation", "duration"), ("pitch variation", "pitch"),
                              ("mel distance", "between"))),
        *(Criterion(f"mean length at {item.temperature:g} against 1.0, off by", abs(item.length.value),
                    MOST_BIAS_PERCENT, at_most=True, unit=" %") for item in bounds),
        *failures(evidence.wide)]


def failures(takes: Sequence[Spoken]) -> list[Criterion]:
    """Return whether the share of takes with a fault stays at or below that at 1.0, in percent."""
    bound = 100 * fault_share([take for take in takes if take.temperature == NEUTRAL]).value
    return [Criterion(f"failed takes at {value:g}, not above those at 1.0",
                      100 * fault_share([take for take in takes if take.temperature == value]).value, bound,
                      at_most=True, unit=" %") for value in BOUND_TEMPERATURES]


def num_different(takes: Sequence[Spoken]) -> int:
    """Return how many takes differ in any bit from the first of their text."""
    first: dict[int, np.ndarray] = {}
    return sum(first.setdefault(take.text, take.mel).tobytes() != take.mel.tobytes() for take in takes)


def flattening(takes: Sequence[Measured]) -> Estimate:
    """Return the pitch spread within takes at 1.0 less that of the same text at 0.8, semitones."""
    spreads = {(take.spoken.text, take.spoken.temperature): take.sound.pitch_spread for take in takes}
    texts = sorted({text for text, _ in spreads})
    return mean_over_texts([spreads[text, NEUTRAL] - spreads[text, FLAT] for text in texts])


def smallest_step(estimates: Sequence[Estimate]) -> float:
    """Return the smallest rise from one temperature to the next, as a share of the last: above 0 where all rise."""
    values = np.array([estimate.value for estimate in estimates])
    return float(np.diff(values).min() / abs(values[-1]))
