"""What a new blind test compares: rows of run, checkpoint, temperature and vocoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

import streamlit as st

from dashboard import cache
from dashboard.widgets import style
from dashboard.widgets.run_picker import Picked
from mytts_core.listening.plan import MAX_SETTINGS, Setting
from mytts_core.runs.types import CheckpointInfo
from mytts_core.vocoder import DEFAULT_VOCODER, VOCODERS

FIRST_TEMPERATURES = (1.0, 1.5)
_ROWS = "blind_test_rows"


class Row(NamedTuple):
    """A row as it was filled in."""

    run: str
    step: int
    temperature: float
    vocoder: str


def choose(picked: Picked) -> tuple[Setting, ...]:
    """Draw the rows; return the settings, each with a label that tells it from the others."""
    rows: list[int] = st.session_state.setdefault(_ROWS, list(range(len(FIRST_TEMPERATURES))))
    names = [run.name for run in picked.runs if run.kind == "mytts" and not run.problem]
    filled = [_row(picked, names, number, place, can_go=len(rows) > 2) for place, number in enumerate(rows)]
    st.button("Add a setting", icon=":material/add:", key="add_setting", disabled=len(rows) >= MAX_SETTINGS,
              on_click=lambda: rows.append(max(rows) + 1))
    chosen = [row for row in filled if row is not None]
    return tuple(Setting(label, *row) for label, row in zip(label_settings(chosen), chosen))


def label_settings(rows: Sequence[Row]) -> list[str]:
    """Return a label each: what differs between them, the temperature where nothing does; equal ones are numbered."""
    differs = [len({row[column] for row in rows}) > 1 for column in range(len(Row._fields))]
    if not any(differs):
        differs[2] = True
    words = [(row.run, f"step {row.step:,}", f"temperature {row.temperature:g}", VOCODERS.get(row.vocoder, row.vocoder))
             for row in rows]
    labels = [", ".join(word for word, shown in zip(told, differs) if shown) for told in words]
    return [f"{label} ({labels[:place].count(label) + 1})" if label in labels[:place] else label
            for place, label in enumerate(labels)]


def _row(picked: Picked, names: Sequence[str], number: int, place: int, can_go: bool) -> Optional[Row]:
    run_column, step_column, temperature_column, vocoder_column, last = st.columns(
        [3, 2.6, 1.5, 2.6, 0.6], vertical_alignment="bottom")
    if not names:
        style.show_empty("No run that can speak", "A training of MyTTS writes one with its first checkpoint.")
        return None
    start = names.index(picked.run.name) if picked.run.name in names else 0
    run = run_column.selectbox(f"Run {place + 1}", names, index=start, key=f"setting {number} run")
    checkpoints = cache.checkpoints(picked.root, cache.open_run(picked.root, picked.folder_of(run)))
    step = _pick_step(step_column, checkpoints, f"setting {number} checkpoint of {run}", place)
    default = FIRST_TEMPERATURES[number] if number < len(FIRST_TEMPERATURES) else 1.0
    temperature = temperature_column.number_input(
        f"Temperature {place + 1}", 0.1, 5.0, default, 0.1, format="%.2f", key=f"setting {number} temperature",
        help="1 is deterministic; above 1 each seed gives a take of its own")
    vocoder = vocoder_column.selectbox(f"Vocoder {place + 1}", list(VOCODERS), list(VOCODERS).index(DEFAULT_VOCODER),
                                       key=f"setting {number} vocoder", format_func=lambda one: VOCODERS[one])
    last.button("", icon=":material/close:", key=f"remove setting {number}", disabled=not can_go,
                help=f"Leave out setting {place + 1}", on_click=_leave_out, args=(number,))
    return None if step is None else Row(run, step, round(float(temperature), 4), vocoder)


def _leave_out(number: int) -> None:
    rows: list[int] = st.session_state[_ROWS]
    if number in rows and len(rows) > 2:        # a second click may come before the row is gone
        rows.remove(number)


def _pick_step(column, checkpoints: Sequence[CheckpointInfo], key: str, place: int) -> Optional[int]:
    names = {checkpoint.step: f"step {checkpoint.step:,}" + (" (best)" if checkpoint.is_best else "")
             for checkpoint in checkpoints}
    best = [index for index, checkpoint in enumerate(checkpoints) if checkpoint.is_best]
    return column.selectbox(f"Checkpoint {place + 1}", list(names), key=key, placeholder="no checkpoint yet",
                            index=(best[0] if best else len(names) - 1) if names else None,
                            format_func=lambda step: names.get(step, f"step {step:,}"))
