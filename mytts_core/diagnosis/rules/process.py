"""The training as a process: failed, silent, or short of disk."""

from __future__ import annotations

from collections.abc import Iterator

from mytts_core.diagnosis import evidence, thresholds
from mytts_core.diagnosis.facts import RunFacts
from mytts_core.diagnosis.finding import Finding


def failed_run(facts: RunFacts) -> Iterator[Finding]:
    """Find a training that ended with an error."""
    status = facts.status
    if status.state == "failed":
        said = f": {status.message}" if status.message else ", without saying why."
        yield Finding("failed_run", "serious", "The training failed", status.step, status.step,
                      f"It ended at step {status.step:,}{said}",
                      "Remove the cause, then go on with mytts train --resume, or start anew from the last good "
                      "checkpoint with --init.", evidence.overview())


def stalled_run(facts: RunFacts) -> Iterator[Finding]:
    """Find a training that calls itself running but has been silent."""
    status = facts.status
    if not status.is_stalled(facts.now):
        return
    silence = facts.now - status.heartbeat
    severity = "serious" if silence > thresholds.DEAD_AFTER_SECONDS else "warning"
    yield Finding("stalled_run", severity, "The training is silent", status.step, status.step,
                  f"It calls itself running, but its last sign of life, at step {status.step:,}, is "
                  f"{duration(silence)} old. It was probably killed, or waits for a disk.",
                  "Look whether its process is still there; mytts train --resume goes on from the last checkpoint.",
                  evidence.overview())


def disk_nearly_full(facts: RunFacts) -> Iterator[Finding]:
    """Find a running training whose disk will not hold what it still writes."""
    if facts.status.state != "running" or facts.free_bytes is None:
        return
    checkpoint = max((item.num_bytes for item in facts.checkpoints), default=0) * thresholds.CHECKPOINT_COPIES
    lowest = max(checkpoint, thresholds.DISK_SERIOUS_MIB << 20)
    low = max(thresholds.CHECKPOINTS_AHEAD * checkpoint, thresholds.DISK_WARNING_MIB << 20)
    if facts.free_bytes >= low:
        return
    severity = "serious" if facts.free_bytes < lowest else "warning"
    needs = f" A checkpoint with what --resume needs takes about {size(checkpoint)}." if checkpoint else ""
    yield Finding("disk_nearly_full", severity, "The disk is nearly full", facts.status.step, facts.status.step,
                  f"{size(facts.free_bytes)} are free on the disk of the run.{needs}",
                  "Free some space, lower training.keep_checkpoints, or write samples less often: a training stops "
                  "when its disk is full. What is written by then stays whole.", evidence.overview())


def duration(seconds: float) -> str:
    """Return seconds in words for people: '40 seconds', '12 minutes', '5 hours', '3 days'."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}s"
    return f"{seconds:.0f} seconds"


def size(num_bytes: float) -> str:
    """Return bytes in words for people: '512 MiB', '1.5 GiB'."""
    return f"{num_bytes / 2**30:.1f} GiB" if num_bytes >= 2**30 else f"{num_bytes / 2**20:.0f} MiB"
