"""One hard sentence at a checkpoint: its text with what went wrong marked, facts, sound, attention."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard.caches import stress_results
from dashboard.figures.listening import get_listening_info
from dashboard.figures.stress_rows import get_outcome_facts
from dashboard.widgets import attention, listening, style
from mytts_core.evaluation import stress_files
from mytts_core.evaluation.stress_record import StressOutcome
from mytts_core.text.direction import html_direction

MOST_FAULTS = 10
"""In a player; a take that goes round in circles has dozens."""

# Kind of fault → its mark's class and what the mark says, for those who do not see the colour.
_MARKS = {"skipped": ("gone", "skipped"), "truncated": ("gone", "never read"), "repeated": ("again", "repeated"),
          "stalled": ("held", "held")}


def show(root: Path, folder: Path, step: int, outcome: StressOutcome, others: Mapping[int, StressOutcome]) -> None:
    """Show a sentence.

    Args:
        folder: of the run.
        others: the same sentence at other steps, to listen to beside it.
    """
    st.html(marked_text(outcome))
    style.show_facts(get_outcome_facts(outcome))
    if not outcome.spoken:
        return
    tracks = [_track(root, folder, step, outcome), *(_track(root, folder, other, others[other]) for other in others
                                                     if others[other].spoken)]
    listening.show(root, tracks, key="stress_listening")
    arrays = stress_results.spoken(root, folder, step, outcome.id)
    if arrays is None:
        style.show_empty("No attention was kept", "Its file is not there, as in a light copy of a run, or cannot be "
                                                  "read: run mytts stress again.")
        return
    reading = attention.Reading(tuple(map(str, arrays.tokens)), None, outcome.reduction_factor,
                                outcome.frames_per_second)
    attention.show(f"Attention at step {step:,}", (arrays.attention / np.float32(255))[None, None], reading,
                   [] if "lost" in outcome.kinds else [fault.record for fault in outcome.faults], hint="",
                   track=_track_name(step))


def marked_text(outcome: StressOutcome) -> str:
    """Return a sentence as HTML, as it is said, the words marked that are skipped, read again, held or missing."""
    marks: dict[int, tuple[str, str]] = {}
    for fault in outcome.faults:
        if fault.kind in _MARKS and fault.first_word >= 0 and "lost" not in outcome.kinds:
            marks |= dict.fromkeys(range(fault.first_word, fault.last_word + 1), _MARKS[fault.kind])
    words = []
    for number, word in enumerate(outcome.words or outcome.text.split()):
        shown = html.escape(word)
        if number in marks:
            name, said = marks[number]
            shown = f'<mark class="mytts-{name}" title="{said}">{shown}</mark>'
        words.append(shown)
    used = dict.fromkeys(marks.values())
    key = "".join(f'<mark class="mytts-{name}">{said}</mark>' for name, said in used)
    key = f'<div class="mytts-note mytts-key">{key}</div>' if key else ""
    return f'<div class="mytts-said" dir="{html_direction(outcome.text)}">{" ".join(words)}</div>{key}'


def _track(root: Path, folder: Path, step: int, outcome: StressOutcome) -> listening.Track:
    arrays = stress_results.spoken(root, folder, step, outcome.id)
    path = stress_files.sound_file(folder, step, outcome.id)
    info = get_listening_info(None, ()) if arrays is None else get_listening_info(
        arrays.attention / np.float32(255), arrays.tokens.tolist(), reduction_factor=outcome.reduction_factor,
        frames_per_second=outcome.frames_per_second, written=(outcome.words, arrays.word_of_token))
    faults = () if "lost" in outcome.kinds else tuple(fault.record for fault in outcome.faults[:MOST_FAULTS])
    return listening.Track(_track_name(step), f"Step {step:,}", path if path.is_file() else None, info, faults,
                           outcome.frames_per_second)


def _track_name(step: int) -> str:
    return f"stress_{step}"
