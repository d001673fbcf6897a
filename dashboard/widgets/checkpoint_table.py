"""Checkpoints of a run as a table, and the choice of two to compare."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import NamedTuple, Optional

import pandas as pd
import streamlit as st

from dashboard.figures.checkpoints import CheckpointRow
from dashboard.figures.configurations import ConfigurationDifference
from dashboard.figures.evaluations import HeadlineColumn
from dashboard.widgets import evaluation_table
from dashboard.widgets.columns import ONE_ROW, cells, score_column, selected_row

_KEY = "checkpoint_table"


class Side(NamedTuple):
    """One of two checkpoints: the run's name in the list, and the step."""

    run: str
    step: int


def show(rows: Sequence[CheckpointRow], headlines: Sequence[HeadlineColumn] = ()) -> None:
    """Show the checkpoints, the newest first; a click on one compares it with the first side's.

    Args:
        headlines: what was measured of the checkpoints, a column each.
    """
    table = pd.DataFrame({
        "Step": [row.step for row in rows], "Best": ["★" if row.is_best else "" for row in rows],
        "Held-out loss": cells(row.held_out_loss for row in rows),
        **evaluation_table.headline_cells(headlines, [row.step for row in rows]),
        "Diagonality": cells(row.diagonality for row in rows), "Focus": cells(row.focus for row in rows),
        "Coverage": cells(row.coverage for row in rows), "Free running": cells(row.free_diagonality for row in rows),
        "Stops": cells(row.stop_rate for row in rows), "Size": [row.megabytes for row in rows],
        "Saved": [datetime.datetime.fromtimestamp(row.saved, datetime.UTC) for row in rows],
        "Weights": [row.weights for row in rows], "Stored as": [row.dtype for row in rows],
        "Configuration": [row.configuration for row in rows]})
    column = st.column_config
    st.dataframe(
        table, key=_KEY, hide_index=True, selection_mode=ONE_ROW, on_select=lambda: _pick_row(rows), placeholder="–",
        height=min(38 + 35 * len(rows), 38 + 35 * 8), column_config={
            "Step": column.NumberColumn(format="localized", width=80),
            "Best": column.TextColumn(width=50, help="Lowest held-out loss, as the trainer noted it"),
            "Size": column.NumberColumn(format="%.1f MB", width=80),
            "Saved": column.DatetimeColumn(format="D MMM YYYY, HH:mm", width=140, help="Date of the file, UTC"),
            "Held-out loss": column.NumberColumn(format="%.3g", width=96),
            "Diagonality": score_column("Held out, teacher-forced; below 0.5 has not aligned"),
            "Focus": score_column("Held out, teacher-forced: mean of the largest weight of each step"),
            "Coverage": score_column("Held out, teacher-forced: share of letters or phonemes attended to"),
            "Free running": score_column("Diagonality when free running"),
            "Stops": score_column("Share of free-running takes ended by the stop token"),
            **evaluation_table.headline_columns(headlines),
            "Weights": column.TextColumn(width=84, help="averaged: an exponential average over steps; latest: as they "
                                                        "were"),
            "Stored as": column.TextColumn(width=84),
            "Configuration": column.TextColumn(width=100, help="Start of its digest: equal ones trained alike")})


def pick_two(run: str, steps: Sequence[int], other_runs: Sequence[str],
             steps_of: Callable[[str], Sequence[int]]) -> Optional[tuple[Side, Side]]:
    """Let two checkpoints be chosen: one of this run, and one of this or another run, the newest ones by default.

    Args:
        steps: those of this run that have a checkpoint, at least one.
        steps_of: the same of a run by its name; asked only for the chosen one.

    Returns:
        None when the other run has no checkpoint.
    """
    left, middle, right = st.columns([1, 1.4, 1])
    with left:
        first = st.selectbox("First", steps, index=max(0, len(steps) - 2), key="first", bind="query-params")
    with middle:
        second_run = st.selectbox("Second, of run", [run, *(name for name in other_runs if name != run)],
                                  key="second_run", bind="query-params") or run
    choices = steps if second_run == run else steps_of(second_run)
    if not choices:
        return None
    with right:
        second = st.selectbox("Second", choices, index=len(choices) - 1, key="second", bind="query-params")
    return Side(run, first), Side(second_run, second)


def show_differences(differences: Sequence[ConfigurationDifference]) -> None:
    """Show the settings that differ between the first and the second."""
    table = pd.DataFrame({"Setting": [one.field for one in differences],
                          "First": [one.values[0] for one in differences],
                          "Second": [one.values[1] for one in differences]})
    column = st.column_config
    st.dataframe(table, key="differences", hide_index=True, height=min(38 + 35 * len(table), 320), column_config={
        "Setting": column.TextColumn(width=280), "First": column.TextColumn(width=260),
        "Second": column.TextColumn(width=260)})


def _pick_row(rows: Sequence[CheckpointRow]) -> None:
    index = selected_row(_KEY)
    if 0 <= index < len(rows):
        st.session_state["second"] = rows[index].step
        st.session_state.pop("second_run", None)
