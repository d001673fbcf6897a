"""A learning rate that is too high or too low, told by how far it can move a weight, and by the loss.

Adam moves a weight by about the learning rate a step, whatever the gradient (Kingma and Ba 2015, arXiv:1412.6980,
section 2.1); fresh weights are about 1/√d_model large.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mytts_core.config import RunConfig
from mytts_core.diagnosis import evidence, thresholds
from mytts_core.diagnosis.curves import Curve, finite, smooth
from mytts_core.diagnosis.facts import RunFacts
from mytts_core.diagnosis.finding import Finding
from mytts_core.diagnosis.rules.attention import aligned_from
from mytts_core.monitoring.metrics import direction_of
from mytts_core.runs import schema


def learning_rate_too_high(facts: RunFacts) -> Iterator[Finding]:
    """Find a loss that has risen for good, or a rate at which nothing could settle."""
    if not facts.is_ours:
        yield from _foreign_divergence(facts)
        return
    losses, rates = smooth(facts.series(schema.TRAIN_LOSS)), finite(facts.series(schema.LEARNING_RATE))
    turn = diverged_from(losses, thresholds.DIVERGED_LOSS)
    share = float(rates.values.max()) * math.sqrt(facts.config.model.d_model) if facts.config and len(rates) else 0.0
    too_fast = share > thresholds.RATE_HIGH
    if turn is None and not too_fast:
        return
    first = turn if turn is not None else int(rates.steps[np.argmax(rates.values)])
    words = []
    if turn is not None:
        before = losses.until(turn).values.min()
        words.append(f"The training loss was {before:.3g} at step {turn:,} and is {losses.values[-1]:.3g} at step "
                     f"{losses.last_step:,}" + (f"; the learning rate there was {rates.at(np.array([turn]))[0]:.3g}."
                                                if len(rates) else "."))
    if too_fast:
        words.append(f"The learning rate reaches {rates.values.max():.3g}: a step of Adam then moves each weight by "
                     f"about {share:.2g} times what fresh weights are.")
    severity = "serious" if turn is not None or aligned_from(facts) is None else "warning"
    yield Finding("learning_rate_too_high", severity,
                  "The loss has diverged" if turn is not None else "The learning rate is too high", first,
                  facts.last_step, " ".join(words),
                  "Start anew, or from a checkpoint before this step (--init), with a tenth of training.learning_rate "
                  "and a longer training.warmup_steps; 0.0005 to 0.002 suits most models here.",
                  evidence.trend(schema.TRAIN_LOSS, first, facts.last_step))


def diverged_from(losses: Curve, factor: float) -> int | None:
    """Return the step of the lowest loss, where the last quarter lies `factor` times above it; else None."""
    if len(losses) < thresholds.FEWEST_POINTS:
        return None
    quarter = max(len(losses) // 4, 2)
    lowest = int(losses.values[:-1].argmin())
    floor = losses.values[lowest] * factor
    recent = losses.values[max(lowest + 1, len(losses) - quarter):]
    return int(losses.steps[lowest]) if np.median(recent) >= floor > 0 and recent[-1] >= floor else None


def _foreign_divergence(facts: RunFacts) -> Iterator[Finding]:
    """Judge the losses of another program, whose meaning is known by their names alone, by a wide margin."""
    for tag, series in facts.scalars.items():
        if direction_of(tag) != "falls":
            continue
        losses = smooth(series)
        turn = diverged_from(losses, thresholds.FOREIGN_DIVERGED_LOSS)
        if turn is None or losses.values[-1] < 2 * losses.values[0]:
            continue
        yield Finding("learning_rate_too_high", "warning", "The loss has diverged", turn, losses.last_step,
                      f"{tag} was {losses.values.min():.3g} at step {turn:,} and is {losses.values[-1]:.3g} now.",
                      "If this loss is meant to fall: lower the learning rate, clip gradients, and go on from a "
                      "checkpoint before this step.", evidence.trend(tag, turn, losses.last_step))
        return


def learning_rate_too_low(facts: RunFacts) -> Iterator[Finding]:
    """Find a rate at which all steps together cannot have moved the weights, while the loss has hardly fallen."""
    losses, rates = smooth(facts.series(schema.TRAIN_LOSS)), finite(facts.series(schema.LEARNING_RATE))
    if facts.config is None or not facts.is_ours or not len(losses) or not len(rates) or "--init" in facts.command:
        return                                          # fine-tuning is meant to move little
    step = rates.last_step
    if step < facts.config.training.warmup_steps + thresholds.REACH_STEPS:
        return
    share = reach(rates) * math.sqrt(facts.config.model.d_model)
    if share >= thresholds.REACH_LOW or losses.values[-1] < thresholds.REACH_LOSS * losses.values[0]:
        return
    words = (f"In {step:,} steps at up to {rates.values.max():.3g} each weight can have moved by {share:.1%} of what "
             f"fresh weights are; the training loss went from {losses.values[0]:.3g} to {losses.values[-1]:.3g}.")
    yield Finding("learning_rate_too_low", "serious" if facts.has_ended else "warning", "The learning rate is too low",
                  1, step, words, f"Raise training.learning_rate {_times(facts.config, rates)}; 0.0005 to 0.002 suits "
                  "most models here.", evidence.trend(schema.LEARNING_RATE, 1, step))


def reach(rates: Curve) -> float:
    """Return the sum of the learning rates of all steps so far, each logged one standing for those since the last."""
    return float(np.sum(rates.values * np.diff(rates.steps, prepend=0)))


def _times(config: RunConfig, rates: Curve) -> str:
    usual = 0.02 / math.sqrt(config.model.d_model)
    return f"about {usual / rates.values.max():,.0f}-fold"
