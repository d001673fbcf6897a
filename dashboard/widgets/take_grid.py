"""Takes in rows of a temperature, with a small player each; a click on a name chooses the one to look at."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from dashboard.caches import takes as kept_takes
from dashboard.figures.health import Fact
from dashboard.figures.takes import arrange, get_marks
from dashboard.figures.waveform import get_peaks
from dashboard.widgets.component_files import read_together
from dashboard.widgets.synthesis_job import Batch, Spoken
from mytts_core.errors import MyTTSError

NUM_COLUMNS = 90
MOST_SOUND_BYTES = 6 * 2**20
"""Of all sounds of a grid: they travel with it. Longer takes are played in their details."""

_component = st.components.v2.component("mytts_take_grid", isolate_styles=False,
                                        js=read_together("elements.js", "waveform.js", "take_grid.js"),
                                        css=read_together("waveform.css", "take_grid.css"))


class _Cell(NamedTuple):
    """A take's key on the page, its sound and its waveform."""

    key: str
    sound: bytes = b""
    peaks: Sequence[int] = ()
    problem: str = ""


def key_of(spoken: Spoken, number: int) -> str:
    """Return what names a take on its page: its id, or its number where it is not kept (yet)."""
    return spoken.take.id if spoken.take and spoken.take.id else f"number {number}"


def show(root: Path, batch: Batch, chosen: str, choose: Callable[[str], None]) -> None:
    """Show the takes of a batch as they come.

    Args:
        chosen: the key of the take that is looked at.
        choose: called with the key of another one, before the page runs again.
    """
    cells = [_cell(root, one, number) for number, one in enumerate(batch.spoken)]
    inline = sum(len(cell.sound) for cell in cells) <= MOST_SOUND_BYTES
    rows = [{"label": row.label, "note": row.note,
             "cells": [_data(cells[place.number], batch, place.number, place.seed, chosen, inline)
                       for place in row.cells]} for row in arrange(batch.settings)]
    known = {cell.key for cell in cells}

    def clicked() -> None:
        key = st.session_state["take_grid"].get("chosen")
        if key in known:        # it comes from the browser
            choose(key)

    _component(key="take_grid", data={"rows": rows}, on_chosen_change=clicked)


def _cell(root: Path, spoken: Spoken, number: int) -> _Cell:
    key = key_of(spoken, number)
    if spoken.take is None:
        return _Cell(key, problem=spoken.problem)
    if spoken.result is not None:
        return _Cell(key, spoken.result.audio, get_peaks(spoken.result.audio, NUM_COLUMNS))
    try:
        audio = kept_takes.store(root).audio(key)
    except MyTTSError as error:     # deleted meanwhile
        return _Cell(key, problem=str(error))
    return _Cell(key, audio, kept_takes.peaks(root, key, audio, NUM_COLUMNS))


def _data(cell: _Cell, batch: Batch, number: int, seed: str, chosen: str, inline: bool) -> dict[str, Any]:
    take = batch.spoken[number].take
    done = take is not None and not cell.problem
    marks = (get_marks(take) or [Fact("good", "follows the text")]) if take is not None and done else []
    sound = cell.sound if inline else b""
    return {"key": cell.key, "name": seed, "chosen": cell.key == chosen,
            "state": "done" if done else "failed" if cell.problem else "waiting",
            "seconds": take.audio_seconds if take is not None else 0.0, "marks": [mark._asdict() for mark in marks],
            "peaks": list(cell.peaks), "sound": base64.b64encode(sound).decode("ascii"),
            "digest": hashlib.sha256(sound).hexdigest() if sound else "",
            "problem": "deleted" if take is not None else "not spoken" if cell.problem else ""}
