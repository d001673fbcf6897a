"""Attention that never aligned with the text, or lost it again; and the prenet, without which it often does not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mytts_core.diagnosis import evidence, thresholds
from mytts_core.diagnosis.curves import Curve, finite
from mytts_core.diagnosis.facts import RunFacts
from mytts_core.diagnosis.finding import Finding
from mytts_core.runs import schema

DIAGONALITY = schema.VALIDATION_PREFIX + "diagonality"
FREE_DIAGONALITY = schema.FREE_RUNNING_PREFIX + "diagonality"


def alignment_curve(facts: RunFacts) -> Curve:
    """Return teacher-forced diagonality by step: of the validations, or of the samples where there are none."""
    validated = finite(facts.validation("diagonality"))
    if len(validated) or not facts.samples:
        return validated
    means = {step: np.array([item.teacher_forced.diagonality for item in samples])
             for step, samples in facts.samples.items()}
    known = {step: float(np.nanmean(values)) for step, values in means.items() if np.isfinite(values).any()}
    return Curve(np.array(list(known), np.int64), np.array(list(known.values())))


def aligned_from(facts: RunFacts) -> int | None:
    """Return the first step at which attention was aligned, None where it is not aligned now."""
    curve = alignment_curve(facts)
    aligned = curve.values >= thresholds.ALIGNED
    return int(curve.steps[np.flatnonzero(aligned)[0]]) if len(curve) and aligned[-1] else None


def attention_never_aligned(facts: RunFacts) -> Iterator[Finding]:
    """Find attention that has not found the text, where it should have by now or the training is over."""
    curve = alignment_curve(facts)
    if not len(curve) or curve.values.max() >= thresholds.ALIGNED:
        return
    enough = len(curve) >= thresholds.ALIGNMENT_LOOKS
    rising = enough and _gain(curve) >= thresholds.ALIGNMENT_PROGRESS
    if not facts.has_ended and (not enough or rising):
        return
    guided = _is_guided(facts)
    is_early = not guided and not facts.has_ended and curve.last_step < thresholds.UNGUIDED_STEPS
    severity = "serious" if enough and not rising and not is_early else "warning"
    ended = "" if enough else " The training ended before much could be seen."
    early = (" Without guided attention it often takes 6,000 to 30,000 steps." if is_early else "")
    words = (f"The best diagonality in {len(curve)} looks up to step {curve.last_step:,} is {curve.values.max():.2f} "
             f"teacher-forced; below {thresholds.ALIGNED:g} attention does not follow the text (even attention scores "
             f"0.42).{ended}{early}")
    yield Finding("attention_never_aligned", severity, "Attention has not aligned with the text", int(curve.steps[0]),
                  curve.last_step, words, _advice(facts, guided),
                  evidence.sample(max(facts.samples)) if facts.samples else
                  evidence.trend(DIAGONALITY, int(curve.steps[0]), curve.last_step))


def _gain(curve: Curve) -> float:
    """Return by how much the later half lies above the earlier one, in the mean: a look alone jitters."""
    half = max(len(curve) // 2, 1)
    return float(curve.values[-half:].mean() - curve.values[:half].mean())


def attention_collapsed(facts: RunFacts) -> Iterator[Finding]:
    """Find attention that was aligned and is not any more, teacher-forced or in free running alone."""
    finding = _collapse(facts, alignment_curve(facts), DIAGONALITY, "teacher-forced")
    if finding is None:
        finding = _collapse(facts, finite(facts.free_running("diagonality")), FREE_DIAGONALITY, "in free running")
    if finding is not None:
        yield finding


def _collapse(facts: RunFacts, curve: Curve, tag: str, manner: str) -> Finding | None:
    if len(curve) < 2 or curve.values.max() < thresholds.ALIGNED_WELL:
        return None
    lost = curve.values < thresholds.ALIGNED
    if not lost[-1]:
        return None
    last_good = np.flatnonzero(~lost)[-1]
    first = int(curve.steps[last_good + 1])
    looks = len(curve) - int(last_good) - 1
    best = int(curve.values.argmax())
    severity = "serious" if looks >= thresholds.COLLAPSED_LOOKS else "warning"
    words = (f"Diagonality {manner} was {curve.values[best]:.2f} at step {int(curve.steps[best]):,} and is below "
             f"{thresholds.ALIGNED:g} from step {first:,} on ({curve.values[-1]:.2f} at step {curve.last_step:,}).")
    where = evidence.sample(first) if first in facts.samples else evidence.trend(tag, int(curve.steps[best]),
                                                                                 curve.last_step)
    return Finding("attention_collapsed", severity, "Attention has lost the text again", first, curve.last_step, words,
                   "Go back to a checkpoint before this step (--init) with a lower training.learning_rate, and keep "
                   "some guided attention (training.guided_attention_final_weight).", where)


def prenet_off(facts: RunFacts) -> Iterator[Finding]:
    """Find a decoder that is fed its frames whole: no prenet, or one without dropout."""
    if facts.config is None or not facts.is_ours:
        return
    model = facts.config.model
    if model.use_prenet and model.prenet_drop >= thresholds.LEAST_PRENET_DROP:
        return
    free = finite(facts.free_running("diagonality"))
    aligned = aligned_from(facts) is not None and (not len(free) or free.values[-1] >= thresholds.ALIGNED)
    what = f"prenet_drop is {model.prenet_drop:g}" if model.use_prenet else "use_prenet is false"
    so_far = " It reads the text all the same so far." if aligned else ""
    yield Finding("prenet_off", "info" if aligned else "warning", "The prenet's dropout is off", -1, -1,
                  f"In the model's configuration {what}: the decoder sees the frame before as it is, and may copy it "
                  f"instead of reading the text.{so_far}",
                  "Train with use_prenet=true and prenet_drop=0.1 or more; training.own_frames=0.75 and "
                  "training.mel_noise=0.2 make copying useless as well.", evidence.overview())


def _is_guided(facts: RunFacts) -> bool:
    if facts.config is None:
        return False
    training = facts.config.training
    return bool(training.guided_attention_weight and training.guided_attention_heads
                and training.guided_attention_layers)


def _advice(facts: RunFacts, guided: bool) -> str:
    if facts.config is None:
        return "Train with guided attention, a prenet with dropout, and a reduction factor of 2 to 5 at first."
    model, training = facts.config.model, facts.config.training
    tries = [] if guided else ["guided attention (training.guided_attention_weight=5)"]
    if not model.use_prenet or model.prenet_drop < thresholds.LEAST_PRENET_DROP:
        tries.append("a prenet with dropout (use_prenet=true prenet_drop=0.5)")
    if model.reduction_factor == 1:
        tries.append("a larger reduction factor at first (reduction_factor=4)")
    if not training.mel_noise and not training.frame_drop and not training.own_frames:
        tries.append("frames fed back as decoding will feed them (own_frames=0.75 mel_noise=0.2)")
    if not tries:
        tries = ["more steps, another training.learning_rate, and a look at the corpus: texts that do not belong to "
                 "their recordings, or long silences (mytts inspect)"]
    words = "; ".join(tries)
    return f"{words[0].upper()}{words[1:]}."
