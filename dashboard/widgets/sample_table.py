"""Samples of a step as a table to pick from, and what is wrong with one in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.figures.health import Fact
from dashboard.figures.samples import STOP_REASONS, SampleRow, is_aligned, num_faults
from dashboard.widgets import style
from dashboard.widgets.columns import ONE_ROW, cells, score_column, selected_row
from mytts_core.runs.types import FreeRunningRecord, SampleSummary

_KEY = "sample_table"


def show(rows: Sequence[SampleRow]) -> None:
    """Show the samples, the worst first; a click on a row picks it."""
    table = pd.DataFrame({
        "Sample": [row.id for row in rows], "Verdict": [row.verdict for row in rows],
        "Faults": [row.faults for row in rows], "Diagonality": cells(row.diagonality for row in rows),
        "Focus": cells(row.focus for row in rows), "Coverage": cells(row.coverage for row in rows),
        "Free running": cells(row.free_diagonality for row in rows), "Length": cells(row.length_ratio for row in rows),
        "Ended by": [row.ended_by for row in rows], "Text": [row.text for row in rows]})
    column = st.column_config
    st.dataframe(
        table, key=_KEY, hide_index=True, selection_mode=ONE_ROW, on_select=lambda: _pick_row(rows),
        placeholder="–", height=min(38 + 35 * len(rows), 38 + 35 * 8), column_config={
            "Sample": column.TextColumn(width=130), "Verdict": column.TextColumn(width=120),
            "Faults": column.NumberColumn(width=64, help="Skipped, repeated and stalled tokens when free running"),
            "Diagonality": score_column("Teacher-forced; below 0.5 has not aligned"),
            "Focus": score_column("Teacher-forced: mean of the largest weight of each step"),
            "Coverage": score_column("Teacher-forced: share of letters or phonemes attended to"),
            "Free running": score_column("Diagonality when free running"),
            "Length": column.NumberColumn(format="%.2f ×", width=70, help="Free-running length ÷ the recording's"),
            "Ended by": column.TextColumn(width=100), "Text": column.TextColumn(width=300)})


def pick(ids: Sequence[str]) -> str:
    """Return the chosen sample, the worst by default."""
    return st.selectbox("Sample", ids, key="sample", bind="query-params")


def show_findings(summary: SampleSummary) -> None:
    """Say in words what is wrong with a sample."""
    facts = [Fact("warning", f"Cannot be read completely: {summary.problem}")] if summary.problem else []
    scores, free = summary.teacher_forced, summary.free_running
    if math.isfinite(scores.diagonality) and not is_aligned(scores):
        facts.append(Fact("bad", f"Teacher-forced attention has not aligned: diagonality {scores.diagonality:.2f}, "
                                 "below 0.5."))
    if free is not None:
        if math.isfinite(free.scores.diagonality) and not is_aligned(free.scores):
            facts.append(Fact("bad", f"Free running loses the text: diagonality {free.scores.diagonality:.2f}, "
                                     "below 0.5."))
        facts += [Fact("warning", words) for words in free.words or _counted(free)]
        if not num_faults(summary) and not free.words and is_aligned(free.scores):
            facts.append(Fact("good", "Free running follows the text: nothing skipped, repeated or stalled."))
        facts.append(_ending(summary, free))
    style.show_facts(facts or [Fact("info", "Teacher-forced attention is aligned; it was not synthesised freely.")])


def _counted(free: FreeRunningRecord) -> list[str]:
    counts = (("skipped", free.skipped), ("repeated", free.repeated), ("stalled on", free.stalled))
    return [f"{count} token{'s' if count > 1 else ''} {what}." for what, count in counts if count > 0]


def _ending(summary: SampleSummary, free: FreeRunningRecord) -> Fact:
    seconds = free.frames / summary.frames_per_second
    words = f"Ended by {STOP_REASONS.get(free.stop_reason, free.stop_reason or 'an unknown reason')}"
    words += f" after {seconds:.2f} s" if math.isfinite(seconds) and free.frames > 0 else ""
    if summary.target_frames > 0 and free.frames > 0:
        words += f", {free.frames / summary.target_frames - 1:+.0%} against the recording".replace("-", "−")
    return Fact("warning" if free.stop_reason == "limit" else "info", words + ".")


def _pick_row(rows: Sequence[SampleRow]) -> None:
    index = selected_row(_KEY)
    if 0 <= index < len(rows):
        st.session_state["sample"] = rows[index].id
