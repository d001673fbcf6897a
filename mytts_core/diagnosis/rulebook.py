"""Every rule in its order, and `diagnose`, which asks them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Optional

from mytts_core.diagnosis.facts import RunFacts, free_space, read_facts
from mytts_core.diagnosis.finding import Finding, sort_findings
from mytts_core.diagnosis.rules import attention, gradients, learning_rate, losses, numbers, process, samples
from mytts_core.runs.reader import Run

Rule = Callable[[RunFacts], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    process.failed_run,
    process.stalled_run,
    process.disk_nearly_full,
    numbers.nonfinite_steps,
    learning_rate.learning_rate_too_high,
    learning_rate.learning_rate_too_low,
    gradients.gradient_explosion,
    gradients.vanishing_gradients,
    gradients.dead_variables,
    attention.prenet_off,
    attention.attention_never_aligned,
    attention.attention_collapsed,
    samples.stop_token_never_fires,
    samples.failing_samples,
    losses.overfitting,
    losses.plateau,
)
"""Every rule, causes before what follows from them: findings of one severity keep this order."""


def diagnose(run: Run, now: Optional[float] = None, *,
             free_bytes: Callable[[Path], Optional[int]] = free_space) -> list[Finding]:
    """Return what is wrong with a run, the most severe first; nothing for a healthy one.

    Args:
        run: as `mytts_core.runs.reader.open_run` gives it; of any kind, live or ended.
        now: seconds since 1970 UTC; the current time by default.
        free_bytes: returns the free bytes of a folder's disk, None where it cannot be told.
    """
    return diagnose_facts(read_facts(run, now, free_bytes))


def diagnose_facts(facts: RunFacts) -> list[Finding]:
    """Return the findings of facts that were read before."""
    return sort_findings([finding for rule in RULES for finding in rule(facts)])
