"""Whether a run is well: sentences with a level, and what findings come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

from mytts_core.diagnosis import Finding

LEVEL_OF_SEVERITY = {"serious": "bad", "warning": "warning", "info": "info"}


class Fact(NamedTuple):
    """A sentence about a run. `level` is bad, warning, info or good. `text` may quote logs: show it as plain text."""

    level: str
    text: str


class FindingCounts(NamedTuple):
    """How many findings of each severity a run has."""

    serious: int = 0
    warning: int = 0
    info: int = 0


def count_findings(findings: Sequence[Finding]) -> FindingCounts:
    """Count findings by severity."""
    return FindingCounts(*(sum(finding.severity == severity for finding in findings)
                           for severity in FindingCounts._fields))


def get_verdict(findings: Sequence[Finding], num_metrics: int) -> Optional[Fact]:
    """Return the one sentence of a run without findings, None for one that has some."""
    if findings:
        return None
    if num_metrics:
        return Fact("good", "Nothing wrong to be seen in losses, gradients, attention and samples.")
    return Fact("info", "Nothing is logged yet. Losses appear after the first training.log_interval steps, samples "
                        "after training.sample_interval steps.")


def steps_in_words(finding: Finding) -> str:
    """Return where a finding shows: 'step 500', 'steps 500 to 1,500', or '' where it has no step."""
    first, last = finding.first_step, finding.last_step
    if first < 0 and last < 0:
        return ""
    if first == last or min(first, last) < 0:
        return f"step {max(first, last):,}"
    return f"steps {first:,} to {last:,}"
