"""What is visibly wrong with a run, from plain facts: no guess at causes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Optional

import numpy as np

from dashboard.figures.samples import is_aligned, num_faults
from mytts_core.runs import schema
from mytts_core.runs.types import RunStatus, SampleSummary, Series

OFTEN_CLIPPED = 0.95
WORSE_THAN_BEST = 1.05
DIVERGED = 2.0
RECENT_SHARE = 0.2


class Fact(NamedTuple):
    """A sentence about a run. `level` is bad, warning, info or good. `text` may quote logs: show it as plain text."""

    level: str
    text: str


def get_facts(status: RunStatus, scalars: Mapping[str, Series], samples: Sequence[SampleSummary], *,
              clip_strategy: str = "", now: Optional[float] = None) -> list[Fact]:
    """List what is visibly wrong, the worst first; one reassuring or explaining sentence where nothing is.

    Args:
        status: where the run stands.
        scalars: tag → series.
        samples: those of the last step that has some.
        clip_strategy: as configured; 'percentile' clips most steps by design.
        now: seconds since 1970 UTC; the current time by default.
    """
    facts = [*_status_facts(status, time.time() if now is None else now), *_loss_facts(scalars),
             *_gradient_facts(scalars, clip_strategy), *_sample_facts(samples)]
    facts.sort(key=lambda fact: ("bad", "warning", "info", "good").index(fact.level))
    if facts:
        return facts
    if not scalars and not samples:
        return [Fact("info", "Nothing is logged yet. Losses appear after the first training.log_interval steps, "
                             "samples after training.sample_interval steps.")]
    return [Fact("good", "Nothing wrong to be seen in losses, gradients and samples.")]


def last_value(series: Optional[Series]) -> float:
    """Return the last value, NaN when there is none."""
    return float(series.values[-1]) if series is not None and len(series.values) else float("nan")


def best_value(series: Optional[Series]) -> tuple[float, int]:
    """Return the lowest finite value and its step; (NaN, -1) when there is none."""
    if series is None or not np.isfinite(series.values).any():
        return float("nan"), -1
    index = int(np.nanargmin(np.where(np.isfinite(series.values), series.values, np.nan)))
    return float(series.values[index]), int(series.steps[index])


def _status_facts(status: RunStatus, now: float) -> Iterator[Fact]:
    said = f": {status.message}" if status.message else ", without saying why."
    if status.state == "failed":
        yield Fact("bad", f"Failed at step {status.step:,}{said}")
    elif status.is_stalled(now):
        yield Fact("bad", f"Calls itself running, but has been silent for {_age(now - status.heartbeat)}; the last "
                          f"step it reported is {status.step:,}. It may have been killed; --resume goes on from "
                          "its last checkpoint.")
    elif status.state == "interrupted":
        yield Fact("info", f"Interrupted at step {status.step:,}; --resume goes on from the last checkpoint.")


def _loss_facts(scalars: Mapping[str, Series]) -> Iterator[Fact]:
    losses = scalars.get(schema.TRAIN_LOSS)
    if losses is not None and len(losses.values):
        bad = ~np.isfinite(losses.values)
        if bad.any():
            yield Fact("bad", f"{bad.sum():,} of {len(bad):,} logged training losses are NaN or infinite, the first at "
                              f"step {losses.steps[bad][0]:,}.")
        recent, (lowest, step) = _recent_median(losses), best_value(losses)
        if recent > lowest * DIVERGED > 0:
            yield Fact("bad", f"Training loss has risen to about {recent:.3g}, {recent / lowest:.1f} times its lowest "
                              f"({lowest:.3g} at step {step:,}).")
    held_out = scalars.get(schema.VALIDATION_PREFIX + "loss")
    last, (best, step) = last_value(held_out), best_value(held_out)
    if held_out is not None and last > best * WORSE_THAN_BEST > 0:
        yield Fact("bad" if last > best * DIVERGED else "warning",
                   f"Held-out loss was best at step {step:,} ({best:.3g}) and is {last:.3g} now, "
                   f"{last / best:.2f} times as high.")


def _gradient_facts(scalars: Mapping[str, Series], clip_strategy: str) -> Iterator[Fact]:
    skipped = last_value(scalars.get(schema.SKIPPED_STEPS))
    if skipped > 0:
        yield Fact("bad", f"{skipped:,.0f} steps were skipped because their gradients were not finite.")
    clipped = scalars.get(schema.CLIPPED_SHARE)
    if clipped is None or not len(clipped.values):
        return
    recent = clipped.values[-max(1, round(len(clipped.values) * RECENT_SHARE)):]
    share = float(np.nanmean(recent)) if np.isfinite(recent).any() else float("nan")
    if share >= OFTEN_CLIPPED and clip_strategy == "percentile":
        yield Fact("info", f"{share:.0%} of the recent steps are clipped; the percentile strategy does so by design.")
    elif share >= OFTEN_CLIPPED:
        yield Fact("warning", f"{share:.0%} of the recent steps are clipped: the threshold, not the gradient, sets the "
                              "size of the updates.")


def _sample_facts(samples: Sequence[SampleSummary]) -> Iterator[Fact]:
    if not samples:
        return
    step = samples[0].step
    lost = [sample for sample in samples if not is_aligned(sample.teacher_forced)
            and np.isfinite(sample.teacher_forced.diagonality)]
    if lost:
        mean = float(np.mean([sample.teacher_forced.diagonality for sample in lost]))
        yield Fact("bad", f"Attention has not aligned in {len(lost)} of {len(samples)} samples at step {step:,}: "
                          f"diagonality {mean:.2f} on average, below 0.5.")
    takes = [sample for sample in samples if sample.free_running is not None]
    faulty = [sample for sample in takes if num_faults(sample)]
    if faulty and len(lost) < len(samples):
        count = sum(num_faults(sample) or 0 for sample in faulty)
        yield Fact("warning", f"{len(faulty)} of {len(takes)} free-running takes at step {step:,} skip, repeat or "
                              f"stall on text ({count} tokens in all).")
    endless = [sample for sample in takes if sample.free_running and sample.free_running.stop_reason == "limit"]
    if endless:
        yield Fact("warning", f"{len(endless)} of {len(takes)} free-running takes at step {step:,} did not end by "
                              "themselves and were cut at the length limit.")
    unreadable = [sample for sample in samples if sample.problem]
    if unreadable:
        yield Fact("warning", f"{len(unreadable)} of {len(samples)} samples at step {step:,} cannot be read in full: "
                              f"{unreadable[0].problem}")


def _recent_median(series: Series) -> float:
    """Return the median of the last tenth of the finite values, NaN when there is none."""
    finite = series.values[np.isfinite(series.values)]
    return float(np.median(finite[-max(1, len(finite) // 10):])) if len(finite) else float("nan")


def _age(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
