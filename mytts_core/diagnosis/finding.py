"""What a rule finds: what is wrong, since when, how one sees it, and what to try."""

from __future__ import annotations

from typing import Any, NamedTuple

SEVERITIES = ("info", "warning", "serious")
"""Rising. `serious`: the run will not give a usable voice, or has ended, unless somebody acts."""

UNKNOWN_STEP = -1


class Evidence(NamedTuple):
    """The view of the dashboard that shows a finding.

    Attributes:
        view: `overview`, `metric_trends`, `alignments`, `gradients` or `checkpoints`: the last part of its address.
        query: parameters of the address, without the run, which only the caller knows by its name under the root.
    """

    view: str
    query: dict[str, str]


class Finding(NamedTuple):
    """One thing that is wrong with a run.

    Attributes:
        rule: which rule found it, a word such as `gradient_explosion`; see docs/DIAGNOSIS.md.
        severity: one of `SEVERITIES`.
        title: in a few words, without numbers.
        first_step, last_step: where it shows, both included; `UNKNOWN_STEP` where it has no step.
        explanation: in words, with the numbers it was found by. May quote names from logs: plain text, not markup.
        advice: what to try.
        evidence: where the dashboard shows it.
    """

    rule: str
    severity: str
    title: str
    first_step: int
    last_step: int
    explanation: str
    advice: str
    evidence: Evidence

    @property
    def is_serious(self) -> bool:
        """True when somebody has to act."""
        return self.severity == SEVERITIES[-1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; an unknown step is None."""
        steps = {name: None if getattr(self, name) == UNKNOWN_STEP else getattr(self, name)
                 for name in ("first_step", "last_step")}
        return {**self._asdict(), **steps, "evidence": self.evidence._asdict()}


def sort_findings(findings: list[Finding]) -> list[Finding]:
    """Return the findings, the most severe first; of one severity in the order they were found."""
    return sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))
