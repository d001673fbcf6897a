"""What the losses show over time: overfitting, and no progress."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mytts_core.diagnosis import evidence, thresholds
from mytts_core.diagnosis.curves import Curve, finite, smooth
from mytts_core.diagnosis.facts import RunFacts
from mytts_core.diagnosis.finding import Finding
from mytts_core.diagnosis.rules.learning_rate import learning_rate_too_low
from mytts_core.runs import schema

VALIDATION_MEL = schema.VALIDATION_PREFIX + "mel_loss_post"


def overfitting(facts: RunFacts) -> Iterator[Finding]:
    """Find held-out mel loss and free-running errors that rise while the training loss falls.

    Held-out loss alone proves nothing: free-running speech often improves while it stays or rises.
    """
    held_out, training = finite(facts.validation("mel_loss_post")), smooth(facts.series(schema.TRAIN_MEL_POST))
    if len(held_out) < thresholds.OVERFITTING_LOOKS or not len(training):
        return
    best = int(held_out.values.argmin())
    after = held_out.values[best + 1:]
    if len(after) < thresholds.LOOKS_AFTER_BEST:
        return
    step, lowest, last = int(held_out.steps[best]), held_out.values[best], float(np.median(after[-2:]))
    trained = training.at(held_out.steps[[best, -1]])
    error_then, error_now = _errors_then_and_now(free_running_error(facts))
    worse = max(thresholds.OVERFITTING_ERRORS, thresholds.OVERFITTING_ERRORS_SHARE * error_then)
    if last < thresholds.OVERFITTING_RISE * lowest or trained[1] > thresholds.OVERFITTING_FALL * trained[0] \
            or not error_now >= error_then + worse:
        return
    severity = "serious" if last >= thresholds.OVERFITTING_SERIOUS * lowest else "warning"
    first, final = int(held_out.steps[best + 1]), held_out.last_step
    yield Finding("overfitting", severity, "The model learns its corpus by heart", first, final,
                  f"Held-out mel loss was lowest at step {step:,} ({lowest:.3g}) and has risen to {last:.3g}; "
                  f"that of the training sentences fell from {trained[0]:.3g} to {trained[1]:.3g}; free-running "
                  f"errors rose from {error_then:.2f} to {error_now:.2f} a sentence (0 is faultless).",
                  f"Speak with the checkpoint of step {step:,} or the best one. For the next run: more recordings, "
                  "more dropout, training.mel_noise, or training.early_stopping_patience.",
                  evidence.trend(VALIDATION_MEL, step, final))


def _errors_then_and_now(errors: Curve) -> tuple[float, float]:
    """Return the lowest median of three looks in a row, and that of the last ones; NaN where there are too few.

    What a look says of a few sentences jitters, and speech may still improve after held-out loss has turned.
    """
    recent = max(3, len(errors) // 4)
    earlier = errors.values[:-recent]
    if len(earlier) < 3:
        return float("nan"), float("nan")
    medians = np.median(np.lib.stride_tricks.sliding_window_view(earlier, 3), axis=1)
    return float(medians.min()), float(np.median(errors.values[-recent:]))


def free_running_error(facts: RunFacts) -> Curve:
    """Return how much goes wrong in a free-running sentence, by step.

    The sum of missing diagonality, of the relative error of the length, of missing stop tokens, and of the share of
    sentences with skipped, with repeated and with stalled tokens: each in 0..1, 0 for a faultless reading.
    """
    diagonality = finite(facts.free_running("diagonality"))
    error = 1.0 - diagonality.values
    for name, measure in (("length_ratio", lambda ratio: np.abs(ratio - 1.0)), ("stop_rate", lambda rate: 1.0 - rate),
                          ("skipped", np.abs), ("repeated", np.abs), ("stalled", np.abs)):
        part = finite(facts.free_running(name))
        if len(part):
            error = error + np.minimum(measure(part.at(diagonality.steps)), 1.0)
    return Curve(diagonality.steps, error)


def plateau(facts: RunFacts) -> Iterator[Finding]:
    """Find a training that has stopped to improve while its learning rate is still high."""
    held_out = finite(facts.validation("loss"))
    training = smooth(facts.series(schema.TRAIN_LOSS))
    rate = finite(facts.series(schema.LEARNING_RATE))
    if len(held_out) < thresholds.PLATEAU_LOOKS or len(training) < thresholds.FEWEST_POINTS or not len(rate):
        return
    if rate.values[-1] < thresholds.PLATEAU_RATE * rate.values.max():
        return                                          # annealed: it was meant to come to rest
    if any(True for _ in learning_rate_too_low(facts)):
        return                                          # it has not started, and a lower rate would not help
    start = _flat_from(held_out, training)
    share = 1 - start / held_out.last_step
    if start < 0 or share < thresholds.PLATEAU_SHARE:
        return
    value = float(np.median(held_out.since(start).values))
    severity = "warning" if share >= thresholds.PLATEAU_LONG_SHARE else "info"
    yield Finding("plateau", severity, "No progress any more", start, held_out.last_step,
                  f"Since step {start:,} held-out loss stays near {value:.3g} and training loss near "
                  f"{float(np.median(training.since(start).values)):.3g}, {share:.0%} of the run, at "
                  f"{rate.values[-1] / rate.values.max():.0%} of the highest learning rate.",
                  "Lower the learning rate (a cosine schedule ends near 0), or stop. If speech is not good yet: a "
                  "larger model, more recordings, or another corpus.",
                  evidence.trend(schema.VALIDATION_PREFIX + "loss", start, held_out.last_step))


def _flat_from(held_out: Curve, training: Curve) -> int:
    """Return the earliest look after which neither loss moved by more than the tolerance, -1 where there is none."""
    for place in range(len(held_out) - thresholds.PLATEAU_WINDOW + 1):
        start = int(held_out.steps[place])
        if _is_flat(held_out.values[place:]) and _is_flat(training.since(start).values):
            return start
    return -1


def _is_flat(values: np.ndarray) -> bool:
    """Tell whether the later half is as the earlier one, by medians, and the first value already as both."""
    middle = len(values) // 2
    if middle < 2:
        return False
    early, late = float(np.median(values[:middle])), float(np.median(values[middle:]))
    tolerance = thresholds.PLATEAU_TOLERANCE * abs(early)
    return abs(late - early) <= tolerance and abs(values[0] - early) <= thresholds.PLATEAU_JITTER * tolerance
