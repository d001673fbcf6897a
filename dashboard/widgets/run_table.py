"""Runs as a table to pick from, and the numbers of one run."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.figures.summary import RunRow, loss_trend
from dashboard.figures.trends import ALIGNED_THRESHOLD
from dashboard.widgets import run_picker, style
from dashboard.widgets.columns import ONE_ROW, cells, score_column, selected_row
from dashboard.widgets.style import STATE_SIGNS
from mytts_core.runs import reader, schema
from mytts_core.runs.types import Series

_STATE_COLOURS = {"running": "blue", "finished": "green", "failed": "red", "stalled": "orange", "interrupted": "orange",
                  "foreign": "gray", "unreadable": "red", "unknown": "gray"}
_TABLE_KEY = "run_table"


def show(rows: Sequence[RunRow]) -> None:
    """Show every run; a click on a row picks it."""
    table = pd.DataFrame({
        "Run": [row.name for row in rows], "State": [[_state_label(row.state)] for row in rows],
        "Step": [row.step if row.step >= 0 else None for row in rows],
        "Training loss": [list(row.loss_trend) for row in rows],
        "Held out": cells(row.held_out_loss for row in rows), "Best": cells(row.best_held_out_loss for row in rows),
        "Diagonality": cells(row.diagonality for row in rows), "Focus": cells(row.focus for row in rows),
        "Coverage": cells(row.coverage for row in rows), "Free running": cells(row.free_diagonality for row in rows),
        "Last sign": [_ago(row.heartbeat) for row in rows]})
    column = st.column_config
    st.dataframe(
        table, key=_TABLE_KEY, hide_index=True, selection_mode=ONE_ROW, on_select=lambda: _pick_row(rows),
        placeholder="–", column_config={
            "Run": column.TextColumn(width=150),
            "State": column.MultiselectColumn(options=[_state_label(state) for state in _STATE_COLOURS],
                                              color=list(_STATE_COLOURS.values()), width=104),
            "Step": column.NumberColumn(format="localized", width=70, help="Optimizer updates so far"),
            "Training loss": column.LineChartColumn(width=120, help="Over the whole run, medians of 60 stretches"),
            "Held out": column.NumberColumn(format="%.3g", width=76, help="Last loss on held-out sentences"),
            "Best": column.NumberColumn(format="%.3g", width=60, help="Lowest loss on held-out sentences"),
            "Diagonality": score_column("Held out, teacher-forced; below 0.5 has not aligned"),
            "Focus": score_column("Held out, teacher-forced: mean of the largest weight of each step"),
            "Coverage": score_column("Held out, teacher-forced: share of letters or phonemes attended to"),
            "Free running": score_column("Diagonality of the last free-running samples"),
            "Last sign": column.TextColumn(width=90, help="Of life: the last time it wrote")})


def show_numbers(row: RunRow, series: Mapping[str, Series]) -> None:
    """Show the picked run's main numbers, each with a small line of how it got there."""
    validation, free = schema.VALIDATION_PREFIX, schema.FREE_RUNNING_PREFIX
    trend = loss_trend(series.get(schema.TRAIN_LOSS))
    cards = [
        ("Training loss", row.train_loss, schema.TRAIN_LOSS, f"lowest {min(trend):.3g}" if trend else "",
         "Weighted sum of the losses; no unit"),
        ("Held-out loss", row.held_out_loss, validation + "loss",
         f"best {row.best_held_out_loss:.3g}" if row.best_step >= 0 else "",
         "On sentences it never trained on" + (f"; best at step {row.best_step:,}" if row.best_step >= 0 else "")),
        ("Diagonality", row.diagonality, validation + "diagonality", _aligned(row.diagonality),
         "Held out, teacher-forced: attention near the diagonal, 0 to 1; below 0.5 has not aligned"),
        ("Coverage", row.coverage, validation + "coverage", f"focus {row.focus:.2f}" if row.focus >= 0 else "",
         "Held out, teacher-forced: share of letters or phonemes attended to, 0 to 1"),
        ("Free running", row.free_diagonality, free + "diagonality", _aligned(row.free_diagonality),
         "Diagonality of free-running synthesis, which hears only itself; 0 to 1"),
    ]
    for column, (name, value, tag, note, explanation) in zip(style.card_columns(len(cards)), cards):
        column.metric(name, _number(value, tag in series), delta=note or "–", delta_color="off", delta_arrow="off",
                      help=explanation, border=True, height="stretch",
                      chart_data=list(loss_trend(series.get(tag))) or None)


def show_origin(run: reader.Run) -> None:
    """Show how the run was made: command, shape, libraries."""
    with st.expander("How this run was made", icon=":material/settings:"):
        if run.run_info.command:
            st.code(" ".join(run.run_info.command), language=None, wrap_lines=True)
        if run.config is None:
            st.text(f"{run.folder}\nNo configuration: not a run of MyTTS, or its config.json is missing or damaged.")
            return
        st.text(f"{run.folder}\n{run.run_info.created}  {run.run_info.device}")
        st.json({**run.config.to_dict(), "libraries": run.run_info.libraries}, expanded=False)


def notes(row: RunRow) -> list[str]:
    """Return what stands beside a run's name."""
    return [f"step {row.step:,}" if row.step >= 0 else "", row.preset,
            f"last sign of life {_ago(row.heartbeat)}" if math.isfinite(row.heartbeat) else ""]


def _pick_row(rows: Sequence[RunRow]) -> None:
    index = selected_row(_TABLE_KEY)
    if 0 <= index < len(rows):
        run_picker.pick(rows[index].name)


def _state_label(state: str) -> str:
    return f"{STATE_SIGNS.get(state, ('?', ''))[0]} {state}"


def _aligned(diagonality: float) -> str:
    if math.isnan(diagonality):
        return ""
    return "aligned" if diagonality >= ALIGNED_THRESHOLD else "not aligned"


def _number(value: float, is_logged: bool) -> str:
    if math.isnan(value):
        return "NaN" if is_logged else "–"
    return f"{value:.3g}"


def _ago(seconds: float) -> str:
    if not math.isfinite(seconds):
        return ""
    age = max(0.0, time.time() - seconds)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if age >= size:
            return f"{age / size:.0f} {unit} ago"
    return "just now"
