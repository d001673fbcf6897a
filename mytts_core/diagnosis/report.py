"""Findings as text for a terminal and as JSON for scripts."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from mytts_core.diagnosis.finding import SEVERITIES, UNKNOWN_STEP, Evidence, Finding
from mytts_core.runs.types import RunStatus

WIDTH = 100
INDENT = "    "


def format_findings(name: str, findings: Sequence[Finding], status: RunStatus, now: float,
                    problems: Sequence[str] = ()) -> str:
    """Return a report in words, the most severe finding first.

    Args:
        name: of the run, as the user gave it.
        findings: as `diagnose` returned them.
        status: where the run stands; `now` is the time to judge it by, seconds since 1970 UTC.
        problems: what could not be read.
    """
    where = f", step {status.step:,}" if status.step >= 0 else ""
    lines = [f"{printable(name)}: {count_in_words(findings)} ({status.shown_state(now)}{where})"]
    for finding in findings:
        lines += ["", f"{finding.severity.upper()}  {finding.title}{_steps(finding)}  [{finding.rule}]",
                  _block(finding.explanation), _block(f"Try: {finding.advice}"),
                  _block(f"See: {address(finding.evidence)}")]
    lines += [line for problem in problems for line in ("", f"NOTE  {printable(problem)}")]
    return "\n".join(lines)


def findings_to_dict(name: str, findings: Sequence[Finding], status: RunStatus, now: float,
                     problems: Sequence[str] = ()) -> dict[str, Any]:
    """Return the same as plain JSON types."""
    return {"run": name, "state": status.shown_state(now), "step": None if status.step < 0 else status.step,
            "counts": {severity: _count(findings, severity) for severity in reversed(SEVERITIES)},
            "findings": [{**finding.to_dict(), "address": address(finding.evidence)} for finding in findings],
            "problems": list(problems)}


def count_in_words(findings: Sequence[Finding]) -> str:
    """Return '1 serious, 2 warnings', or that nothing was found."""
    names = {"serious": ("serious", "serious"), "warning": ("warning", "warnings"), "info": ("note", "notes")}
    counts = {severity: _count(findings, severity) for severity in reversed(SEVERITIES)}
    words = [f"{count} {names[severity][count != 1]}" for severity, count in counts.items() if count]
    return ", ".join(words) or "nothing found"


def address(evidence: Evidence) -> str:
    """Return the part of the dashboard's address that shows the evidence; the run's name is to be added to it."""
    return evidence.view + (f"?{urlencode(evidence.query)}" if evidence.query else "")


def printable(text: str) -> str:
    """Return a text without characters that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _count(findings: Sequence[Finding], severity: str) -> int:
    return sum(finding.severity == severity for finding in findings)


def _steps(finding: Finding) -> str:
    if finding.first_step == UNKNOWN_STEP:
        return ""
    if finding.first_step == finding.last_step:
        return f", step {finding.first_step:,}"
    return f", steps {finding.first_step:,} to {finding.last_step:,}"


def _block(text: str) -> str:
    return textwrap.fill(printable(text), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT,
                         break_on_hyphens=False, break_long_words=False)
