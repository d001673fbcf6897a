"""Losses and gradients that are not numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mytts_core.diagnosis import evidence, thresholds
from mytts_core.diagnosis.facts import RunFacts
from mytts_core.diagnosis.finding import Evidence, Finding
from mytts_core.monitoring.metrics import direction_of
from mytts_core.runs import schema

NUM_NAMED = 3


class _Seen(NamedTuple):
    """What was not finite: from one step to another, how, and whether it still is at the end."""

    first_step: int
    last_step: int
    words: str
    severity: str
    where: Evidence


def nonfinite_steps(facts: RunFacts) -> Iterator[Finding]:
    """Find steps whose loss or gradient was NaN or infinite: skipped ones in our runs, losses in any."""
    seen = (_skipped(facts) if facts.is_ours else None) or _losses(facts)
    if seen is not None:
        yield Finding("nonfinite_steps", seen.severity, "Losses or gradients are not finite", seen.first_step,
                      seen.last_step, seen.words, _advice(facts), seen.where)


def _skipped(facts: RunFacts) -> _Seen | None:
    counter = facts.series(schema.SKIPPED_STEPS)
    known = np.isfinite(counter.values)
    steps, counts = counter.steps[known], counter.values[known]
    new = np.diff(counts, prepend=0.0)
    places = np.flatnonzero(new > 0)
    if not len(places):
        return None
    first = int(steps[places[0] - 1]) + 1 if places[0] else 1
    last, total = int(steps[places[-1]]), int(counts[-1])
    recent = steps > steps[-1] * (1 - thresholds.RECENT_SHARE)
    recent_steps = max(int(steps[-1] * thresholds.RECENT_SHARE), 1)
    share, recent_share = total / max(int(steps[-1]), 1), min(float(new[recent].sum()) / recent_steps, 1.0)
    severity = "warning"
    if facts.status.state == "failed" or max(share, recent_share) >= thresholds.SKIPPED_SHARE_SERIOUS:
        severity = "serious"
    elif _uses_half_precision(facts) and share < thresholds.SKIPPED_SHARE_EXPECTED:
        severity = "info"
    words = (f"{total:,} of {int(steps[-1]):,} steps ({share:.2%}), {recent_share:.0%} of the most recent ones, had "
             f"a loss or gradient that was NaN or infinite; they were skipped.{_broken_variables(facts)}")
    return _Seen(first, last, words, severity, evidence.trend(schema.SKIPPED_STEPS, first, last))


def _losses(facts: RunFacts) -> _Seen | None:
    """Look at the logged losses themselves; the one that is worst is told."""
    worst: _Seen | None = None
    for tag, series in facts.scalars.items():
        broken = ~np.isfinite(series.values)
        if not broken.any() or direction_of(tag) != "falls":
            continue
        # Not finite to the end, and not only at its last point.
        stays = len(broken) >= thresholds.NONFINITE_TAIL and broken[-thresholds.NONFINITE_TAIL:].all()
        steps = series.steps[broken]
        first, last = int(steps[0]), int(steps[-1])
        words = (f"{int(broken.sum()):,} of {len(broken):,} logged values of {tag} are NaN or infinite"
                 f"{', to the end' if stays else ''}.")
        seen = _Seen(first, last, words, "serious" if stays else "warning", evidence.trend(tag, first, last))
        if worst is None or (stays and worst.severity != "serious"):
            worst = seen
    return worst


def _broken_variables(facts: RunFacts) -> str:
    """Name the variables whose recorded gradients were not finite, where not all of them were."""
    broken = (~np.isfinite(facts.gradients.norms)).any(axis=0) if len(facts.gradients.steps) else np.zeros(0, bool)
    if not broken.any() or broken.all():
        return ""
    names = [facts.gradients.names[place] for place in np.flatnonzero(broken)]
    more = f" and {len(names) - NUM_NAMED} more" if len(names) > NUM_NAMED else ""
    return f" Not finite were the gradients of {', '.join(names[:NUM_NAMED])}{more}."


def _advice(facts: RunFacts) -> str:
    if _uses_half_precision(facts):
        return ("A few skipped steps are how half precision finds its loss scale. Many are not: train in float32 or "
                "mixed_bfloat16, or lower training.learning_rate.")
    return ("Lower training.learning_rate or training.max_norm, or lengthen training.warmup_steps; where single steps "
            "are concerned, look for a damaged recording with mytts inspect.")


def _uses_half_precision(facts: RunFacts) -> bool:
    return facts.config is not None and facts.config.training.mixed_precision == "mixed_float16"
