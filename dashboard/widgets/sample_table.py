"""Samples of a step as a table to filter and to pick from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard.figures.samples import SampleRow
from dashboard.figures.trends import ALIGNED_THRESHOLD
from dashboard.widgets.columns import ONE_ROW, cells, score_column, selected_row

_KEY = "sample_table"
_ALL, _FAILING = "all", "failing"


class Filters(NamedTuple):
    """`threshold` is the diagonality below which a sample fails, 0..1."""

    only_failing: bool
    threshold: float
    search: str


def pick_filters() -> Filters:
    """Draw the filters over the table; the address of the page remembers them."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        shown = st.segmented_control("Show", [_ALL, _FAILING], default=_ALL, required=True, key="show",
                                     bind="query-params")
        threshold = st.number_input("Fails below diagonality", 0.0, 1.0, ALIGNED_THRESHOLD, 0.05, format="%.2f",
                                    key="threshold", bind="query-params", width=170,
                                    help="Uniform attention, which has learnt nothing, scores about 0.42")
        search = st.text_input("Search", key="search", bind="query-params", placeholder="words of text or id",
                               width=260)
    return Filters(shown == _FAILING, threshold, search or "")


def show(rows: Sequence[SampleRow]) -> None:
    """Show the samples, the worst first; a click on a row picks it."""
    table = pd.DataFrame({
        "Sample": [row.id for row in rows], "Verdict": [_signed(row) for row in rows],
        "Faults": [row.faults for row in rows], "Free running": cells(row.free_diagonality for row in rows),
        "Diagonality": cells(row.diagonality for row in rows), "Focus": cells(row.focus for row in rows),
        "Coverage": cells(row.coverage for row in rows), "Length": cells(row.length_ratio for row in rows),
        "Ended by": [row.ended_by for row in rows], "Text": [row.text for row in rows]})
    column = st.column_config
    st.dataframe(
        table, key=_KEY, hide_index=True, selection_mode=ONE_ROW, on_select=lambda: _pick_row(rows),
        placeholder="–", height=min(38 + 35 * len(rows), 38 + 35 * 8), column_config={
            "Sample": column.TextColumn(width=130), "Verdict": column.TextColumn(width=136),
            "Faults": column.NumberColumn(width=64, help="Free running: tokens skipped, repeated, stalled on, and an "
                                                         "early or missing stop"),
            "Free running": score_column("Diagonality when free running"),
            "Diagonality": score_column("Teacher-forced; below the threshold it has not aligned"),
            "Focus": score_column("Teacher-forced: mean of the largest weight of each step"),
            "Coverage": score_column("Teacher-forced: share of letters or phonemes attended to"),
            "Length": column.NumberColumn(format="%.2f ×", width=70, help="Free-running length ÷ the recording's"),
            "Ended by": column.TextColumn(width=100), "Text": column.TextColumn(width=300)})


def pick(ids: Sequence[str]) -> str:
    """Return the chosen sample, the worst by default."""
    return st.selectbox("Sample", ids, key="sample", bind="query-params")


def _signed(row: SampleRow) -> str:
    return f"{'✕' if row.fails else '✓'} {row.verdict}"


def _pick_row(rows: Sequence[SampleRow]) -> None:
    index = selected_row(_KEY)
    if 0 <= index < len(rows):
        st.session_state["sample"] = rows[index].id
