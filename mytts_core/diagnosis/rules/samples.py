"""What free-running synthesis of the samples shows: no end, and sentences that fail again and again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mytts_core.diagnosis import evidence, thresholds
from mytts_core.diagnosis.curves import finite
from mytts_core.diagnosis.facts import RunFacts
from mytts_core.diagnosis.finding import Finding
from mytts_core.diagnosis.rules.attention import aligned_from
from mytts_core.runs import schema
from mytts_core.runs.types import SampleSummary

NUM_NAMED = 3
NO_END = "no end"


def stop_token_never_fires(facts: RunFacts) -> Iterator[Finding]:
    """Find a model that never says by its stop token that it is done."""
    rates = finite(facts.free_running("stop_rate"))
    if not len(rates) or rates.values[-1] > 0:
        return
    fired = np.flatnonzero(rates.values > 0)
    silent = len(rates) - (int(fired[-1]) + 1 if len(fired) else 0)
    untrained = facts.config is not None and facts.config.training.stop_weight == 0
    too_early = rates.last_step < thresholds.STOP_STEPS and not facts.has_ended
    if not untrained and (silent < thresholds.STOP_LOOKS or too_early):
        return
    first = int(rates.steps[len(rates) - silent])
    ends = {item.free_running.stop_reason for item in facts.samples.get(rates.last_step, []) if item.free_running}
    at_text = ends == {"end_of_text"}
    severity = "serious" if aligned_from(facts) is not None and not at_text else "warning"
    how = ("they end only because attention has reached the end of the text" if at_text else
           "they run to the limit of their length")
    cause = (" Its loss has no weight (training.stop_weight=0)." if untrained else
             " Attention has not aligned, so the end cannot be known." if aligned_from(facts) is None else "")
    yield Finding("stop_token_never_fires", severity, "The stop token never fires", first, rates.last_step,
                  f"In the last {silent} looks, from step {first:,} on, no free-running sentence ended by the stop "
                  f"token: {how}.{cause}",
                  "Let attention align first. Then raise training.stop_weight or training.stop_positive_weight, and "
                  "trim the silence at the ends of the recordings.",
                  evidence.sample(rates.last_step) if rates.last_step in facts.samples else
                  evidence.trend(schema.FREE_RUNNING_PREFIX + "stop_rate", first, rates.last_step))


def failing_samples(facts: RunFacts) -> Iterator[Finding]:
    """Find sentences that failed at every look since most others are read; or that all fail, though attention aligned.

    Free running learns later than teacher forcing: until most sentences are read, failing is no matter of a sentence.
    """
    start = aligned_from(facts)
    if start is None:
        return                                          # everything fails then, and another rule says why
    looks = {step: samples for step, samples in facts.samples.items() if step >= start and samples}
    read = [step for step, samples in looks.items() if _most_are_read(samples)]
    if len(looks) < thresholds.ALL_FAILING_LOOKS if not read else len(read) < thresholds.FAILING_LOOKS:
        return
    looks = {step: samples for step, samples in looks.items() if not read or step >= read[0]}
    histories: dict[str, list[str]] = {}
    for samples in looks.values():
        for item in samples:
            histories.setdefault(item.id, []).append(failure(item))
    whole = {name: reasons for name, reasons in histories.items() if len(reasons) == len(looks)}
    failing = {name: reasons for name, reasons in whole.items() if all(reasons)}
    all_fail = len(failing) == len(whole)
    if not failing or all_fail and {reason for reasons in failing.values() for reason in reasons} == {NO_END}:
        return                                          # `stop_token_never_fires` says it
    first, last = min(looks), max(looks)
    shown = "; ".join(f"{name} ({reasons[-1]})" for name, reasons in list(failing.items())[:NUM_NAMED])
    more = f"; and {len(failing) - NUM_NAMED} more" if len(failing) > NUM_NAMED else ""
    yield Finding("failing_samples", "serious" if all_fail else "warning",
                  "Every sample fails at every look" if all_fail else "Some samples fail at every look", first, last,
                  f"{len(failing)} of {len(whole)} samples failed at each of the {len(looks)} looks from step "
                  f"{first:,} to {last:,}; the last time: {shown}{more}.",
                  "Listen to them: the text may not be what is spoken, or hold words or lengths that the corpus hardly "
                  "has. Add such sentences, or train longer.", evidence.sample(last, next(iter(failing))))


def _most_are_read(samples: list[SampleSummary]) -> bool:
    """Tell whether more than half of the sentences that were synthesised freely (of all, where none was) are read."""
    judged = [item for item in samples if item.free_running] or samples
    return 2 * sum(not failure(item) for item in judged) > len(judged)


def failure(item: SampleSummary) -> str:
    """Return what is wrong with a sample in a few words, '' where nothing is."""
    free = item.free_running
    if free is None:
        return "not aligned" if item.teacher_forced.diagonality < thresholds.ALIGNED else ""
    if free.scores.diagonality < thresholds.ALIGNED:
        return "not aligned"
    kinds = [kind for kind in ("skipped", "repeated", "stalled") if getattr(free, kind) > 0]
    if free.stop_reason == "limit":
        kinds.append(NO_END)
    return ", ".join(kinds)
