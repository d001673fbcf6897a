"""The rows of the overview, gathered run by run within a time that a visitor does not notice."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple, Optional

import streamlit as st

from dashboard import cache
from dashboard.figures.health import count_findings
from dashboard.figures.summary import RunRow, get_run_row
from dashboard.widgets.run_picker import Picked
from mytts_core.diagnosis import Finding
from mytts_core.errors import MyTTSError
from mytts_core.runs.annotations import Annotation
from mytts_core.runs.types import RunSummary

DIAGNOSIS_SECONDS = 0.5
"""Time for findings in one drawing of the page; what was found is kept, and the next drawing goes on."""


class Rows(NamedTuple):
    """`num_waiting` runs are still to be looked at for findings."""

    rows: list[RunRow]
    num_waiting: int


def gather(picked: Picked, annotations: Mapping[str, Annotation]) -> Rows:
    """Return a row for every run, those picked looked at for findings first."""
    first = {picked.run.name, *(other.name for other in picked.others)}
    order = sorted(picked.runs, key=lambda summary: summary.name not in first)
    deadline = time.monotonic() + DIAGNOSIS_SECONDS
    found = {summary.name: _row(picked, summary, annotations.get(summary.name, Annotation()), deadline)
             for summary in order}
    rows = [found[summary.name] for summary in picked.runs]
    return Rows(rows, sum(row.findings is None and not row.problem for row in rows))


def go_on(num_waiting: int) -> None:
    """Say that findings are still looked for, and draw the page again for the next ones."""
    if num_waiting:
        _go_on(num_waiting)


@st.fragment(run_every=1.0)
def _go_on(num_waiting: int) -> None:
    st.caption(f"Looking for findings: {num_waiting:,} run{'s' if num_waiting > 1 else ''} to go …")
    if st.session_state.get("findings_waiting") == num_waiting:
        st.session_state["findings_waiting"] = None
        st.rerun(scope="app")
    st.session_state["findings_waiting"] = num_waiting


def _row(picked: Picked, summary: RunSummary, annotation: Annotation, deadline: float) -> RunRow:
    if not summary.kind:
        return get_run_row(summary, {}, tags=annotation.tags)
    try:
        run = cache.open_run(picked.root, summary.folder)
        digests = cache.scalar_digests(picked.root, run)
        findings: Optional[list[Finding]] = None
        if summary.name == picked.run.name or time.monotonic() < deadline:
            findings = cache.findings(picked.root, run)
        return get_run_row(summary, digests, findings=None if findings is None else count_findings(findings),
                           tags=annotation.tags)
    except MyTTSError as error:
        return get_run_row(summary, {}, str(error), tags=annotation.tags)
