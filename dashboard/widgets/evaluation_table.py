"""The objective measures of a checkpoint, and its held-out sentences with the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.figures.evaluations import (
    HeadlineColumn,
    MeasureRow,
    SentenceTable,
    get_measure_rows,
    get_sentence_table,
    measured_modes,
    never_meant,
    worst_by_choices,
)
from dashboard.figures.health import Fact
from dashboard.widgets import style
from dashboard.widgets.columns import cells
from mytts_core.evaluation.measures.catalogue import BY_KEY, MODES
from mytts_core.runs.evaluation_files import EvaluationRecord

_MODE_TITLES = {mode: name[0].upper() + name[1:] for mode, name in MODES.items()}


def headline_cells(headlines: Sequence[HeadlineColumn], steps: Sequence[int]) -> dict[str, list[float | None]]:
    """Return what each column has in the rows of these steps."""
    return {column.title: cells(column.values.get(step, float("nan")) for step in steps) for column in headlines}


def headline_columns(headlines: Sequence[HeadlineColumn]) -> dict[str, Any]:
    """Return how the columns look: unit, digits, explanation."""
    return {column.title: _number(column.places, column.unit, column.help) for column in headlines}


def show(records: Sequence[EvaluationRecord], run_folder: Path) -> None:
    """Show the evaluation of a checkpoint that can be chosen, the newest by default.

    Args:
        run_folder: named in what to type where nothing was measured.
    """
    for record in records:
        if record.problem:
            style.show_notice([f"The evaluation of step {record.step:,} is left out: {record.problem}"])
    readable = {record.step: record for record in records if not record.problem}
    if not readable:
        style.show_empty("No objective measures yet", f"mytts evaluate {run_folder} measures the last checkpoint, and "
                         "with --all-checkpoints every one. docs/EVALUATION.md explains the measures.")
        return
    step = st.selectbox("Checkpoint of step", sorted(readable, reverse=True), key="evaluated", bind="query-params",
                        width=200)
    record = readable[step]
    style.show_note(_what(record))
    _show_measures(get_measure_rows(record))
    with st.expander("Why cells stay empty"):
        style.show_facts([Fact("info", line) for line in never_meant()])
    _show_sentences(record)


def _what(record: EvaluationRecord) -> str:
    count = len(record.ids)
    of = f" of {record.held_out:,}" if record.held_out > count else ""
    notes = " ".join(f"Note: {note}." for note in record.notes)
    return (f"{count:,}{of} held-out sentences, through the vocoder {record.vocoder.replace('_', ' ') or 'unknown'}, "
            f"{record.created[:10]}. Means with their 95 % interval over sentences. {notes}").strip()


def _show_measures(rows: Sequence[MeasureRow]) -> None:
    table = pd.DataFrame({
        "Measure": [row.title for row in rows],
        **{_MODE_TITLES[mode]: [row.cells[number] for row in rows] for number, mode in enumerate(MODES)},
        "Missing": [row.why for row in rows], "What it is": [row.explanation for row in rows]})
    column = st.column_config
    st.dataframe(table, key="measures", hide_index=True, height=38 + 35 * len(rows), column_config={
        "Measure": column.TextColumn(width=205, help="↓ lower is better, ↑ higher is better"),
        "Recordings": column.TextColumn(width=130, help="The corpus itself: what can be reached"),
        "Copies": column.TextColumn(width=130, help="The recordings' mels through the vocoder: rates the vocoder"),
        "Teacher-forced": column.TextColumn(width=130, help="Each frame after the recording's own: rates the "
                                                            "prediction of the next frame"),
        "Free-running": column.TextColumn(width=130, help="What is heard when the model is used"),
        "Missing": column.TextColumn(width=260, help="What would fill the empty cells of the row"),
        "What it is": column.TextColumn(width=420)})


def _show_sentences(record: EvaluationRecord) -> None:
    modes = measured_modes(record)
    if not modes:
        style.show_empty("No sentence has a value", "The table above says why.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        # Options are what the address says, so they are words: it keeps what a format function would make of keys.
        named = {MODES[mode]: mode for mode in modes}
        mode = named[st.segmented_control("Sentences", list(named), default=next(iter(named)), required=True,
                                          key="evaluated_mode", bind="query-params")]
        orders = {BY_KEY[key].name: key for key in worst_by_choices(record, mode)}
        worst_by = orders[st.selectbox("Worst first by", list(orders), key="worst_by", bind="query-params", width=230)]
    _show_rows(get_sentence_table(record, mode, worst_by))


def _show_rows(sentences: SentenceTable) -> None:
    table = pd.DataFrame({
        "Sentence": sentences.ids,
        **{info.short: cells(row[number] for row in sentences.values) for number, info in enumerate(sentences.infos)},
        "Text": sentences.texts, **({"No value": sentences.remarks} if any(sentences.remarks) else {})})
    column = st.column_config
    st.dataframe(table, key="evaluated_sentences", hide_index=True, placeholder="–",
                 height=min(38 + 35 * len(table), 38 + 35 * 10), column_config={
                     "Sentence": column.TextColumn(width=130), "Text": column.TextColumn(width=300),
                     "No value": column.TextColumn(width=300),
                     **{info.short: _number(info.places, info.unit, f"{info.title}. {info.explanation}.")
                        for info in sentences.infos}})


def _number(places: int, unit: str, explanation: str) -> Any:
    shown = f" {unit}".replace("%", "%%") if unit in ("dB", "%", "×") else ""
    return st.column_config.NumberColumn(format=f"%.{places}f{shown}", help=explanation, width=88)
