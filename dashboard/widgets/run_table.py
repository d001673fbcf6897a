"""Runs as a table to pick from, and the numbers of one run."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.figures.summary import FREE_DIAGONALITY, HELD_OUT_LOSS, STATES, RunRow, small_line
from dashboard.figures.trends import ALIGNED_THRESHOLD
from dashboard.widgets import run_picker, style
from dashboard.widgets.columns import cells, score_column
from dashboard.widgets.style import STATE_SIGNS
from mytts_core.runs import reader, schema
from mytts_core.runs.digest import Digest

_STATE_COLOURS = {"running": "blue", "finished": "green", "failed": "red", "stalled": "orange", "interrupted": "orange",
                  "foreign": "gray", "unreadable": "red", "unknown": "gray"}
_TABLE_KEY, _SEEN = "run_table", "run_table_seen"


def show(rows: Sequence[RunRow], picked: str, compared: Sequence[str]) -> None:
    """Show runs; a click on a row picks its run, the boxes at its start those to compare with."""
    table = pd.DataFrame({
        "▸": ["▸" if row.name == picked else "" for row in rows], "Run": [row.name for row in rows],
        "State": [[_state_label(row.state)] for row in rows],
        "✕": [row.findings.serious if row.findings else None for row in rows],
        "!": [row.findings.warning if row.findings else None for row in rows],
        "Step": [row.step if row.step >= 0 else None for row in rows],
        "Loss trend": [list(row.loss_trend) for row in rows],
        "Loss": cells(row.train_loss for row in rows), "Best": cells(row.best_loss for row in rows),
        "Diagonality": cells(row.diagonality for row in rows),
        "Free running": cells(row.free_diagonality for row in rows),
        "Held out": cells(row.held_out_loss for row in rows),
        "Best held out": cells(row.best_held_out_loss for row in rows),
        "s/step": cells(row.seconds_per_step for row in rows),
        "Last sign": [_ago(row.heartbeat) for row in rows], "Tags": [list(row.tags) for row in rows]})
    names = [row.name for row in rows]
    key = f"{_TABLE_KEY} {_version(names, compared)}"
    st.dataframe(
        table, key=key, hide_index=True, selection_mode=("multi-row", "single-cell"), placeholder="–",
        on_select=lambda: _select(key, names), height=min(38 + 35 * len(rows), 38 + 35 * 9),
        selection_default={"selection": {"rows": [names.index(name) for name in compared if name in names]}},
        column_config=_columns())


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "▸": column.TextColumn(width=24, help="The picked run"), "Run": column.TextColumn(width=120),
        "State": column.MultiselectColumn(options=[_state_label(state) for state in STATES],
                                          color=[_STATE_COLOURS[state] for state in STATES], width=96),
        "✕": column.NumberColumn(width=36, help="Serious findings"),
        "!": column.NumberColumn(width=36, help="Warnings"),
        "Step": column.NumberColumn(format="localized", width=66, help="Optimizer updates so far"),
        "s/step": column.NumberColumn(format="%.3g", width=58, help="Seconds a step, as last logged"),
        "Loss trend": column.LineChartColumn(width=96, help="Training loss over the whole run, extremes kept"),
        "Loss": column.NumberColumn(format="%.3g", width=60, help="Last training loss"),
        "Best": column.NumberColumn(format="%.3g", width=60, help="Lowest training loss"),
        "Held out": column.NumberColumn(format="%.3g", width=70, help="Last loss on held-out sentences"),
        "Best held out": column.NumberColumn(format="%.3g", width=94, help="Lowest loss on held-out sentences"),
        "Diagonality": score_column("Held out, teacher-forced; below 0.5 has not aligned"),
        "Free running": score_column("Diagonality of free-running synthesis"),
        "Last sign": column.TextColumn(width=90, help="Of life: the last time it wrote"),
        "Tags": column.ListColumn(width=110)}


def show_numbers(row: RunRow, digests: Mapping[str, Digest]) -> None:
    """Show the picked run's main numbers, each with a small line of how it got there."""
    validation = schema.VALIDATION_PREFIX
    cards = [
        ("Training loss", row.train_loss, row.loss_tag, f"lowest {row.best_loss:.3g}" if row.loss_trend else "",
         f"{row.loss_tag or schema.TRAIN_LOSS}; no unit" if row.loss_tag in ("", schema.TRAIN_LOSS)
         else "The tag that looks most like the loss trained on"),
        ("Held-out loss", row.held_out_loss, HELD_OUT_LOSS,
         f"best {row.best_held_out_loss:.3g}" if row.best_step >= 0 else "",
         "On sentences it never trained on" + (f"; best at step {row.best_step:,}" if row.best_step >= 0 else "")),
        ("Diagonality", row.diagonality, validation + "diagonality", _aligned(row.diagonality),
         "Held out, teacher-forced: attention near the diagonal, 0 to 1; below 0.5 has not aligned"),
        ("Coverage", row.coverage, validation + "coverage", f"focus {row.focus:.2f}" if row.focus >= 0 else "",
         "Held out, teacher-forced: share of letters or phonemes attended to, 0 to 1"),
        ("Free running", row.free_diagonality, FREE_DIAGONALITY, _aligned(row.free_diagonality),
         "Diagonality of free-running synthesis, which hears only itself; 0 to 1"),
    ]
    for column, (name, value, tag, note, explanation) in zip(style.card_columns(len(cards)), cards):
        column.metric(name, _number(value, tag in digests), delta=note or "–", delta_color="off", delta_arrow="off",
                      help=explanation, border=True, height="stretch",
                      chart_data=list(small_line(digests.get(tag))) or None)


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


def _version(names: Sequence[str], compared: Sequence[str]) -> str:
    """Return what changes when the rows change, or the boxes other than by a click on them.

    Streamlit keeps the numbers of chosen rows, not what stands in them.
    """
    seen = st.session_state.get(_SEEN)
    if seen is None or seen[:2] != (list(names), list(compared)):
        seen = (list(names), list(compared), seen[2] + 1 if seen else 0)
        st.session_state[_SEEN] = seen
    return str(seen[2])


def _select(key: str, names: Sequence[str]) -> None:
    selection = st.session_state[key]["selection"]
    chosen = [names[row] for row in selection["rows"] if row < len(names)]
    hidden = [name for name in st.session_state.get("compare", ()) if name not in names]
    st.session_state[_SEEN] = (list(names), hidden + chosen, st.session_state[_SEEN][2])
    run_picker.compare(hidden + chosen)
    for row, _ in selection["cells"]:
        if row < len(names):
            run_picker.pick(names[row])


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
