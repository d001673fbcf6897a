"""How the alignment of the chosen utterance came to be, over the steps that have it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboard import cache
from dashboard.figures.evolution import (
    choose_steps,
    get_evolution_info,
    get_scores_info,
    plot_evolution,
    plot_scores,
)
from dashboard.widgets import style
from dashboard.widgets.attention import Reading, one_head
from dashboard.widgets.chart import Click, chart
from mytts_core.runs.reader import Run
from mytts_core.runs.types import SampleSummary

MAX_STEPS = 200


def show(root: Path, run: Run, steps: Sequence[int], chosen: SampleSummary, reading: Reading, step_key: str) -> None:
    """Show pictures and scores of an utterance over steps; a click on a picture picks its step."""
    summaries = _over_steps(root, run, steps[-MAX_STEPS:], chosen.id)
    if len(summaries) < 2:
        style.show_empty("Only one step has this sample so far",
                         "Its alignment at each later step will stand beside this one as the training goes on: samples "
                         f"are written {style.every(run, 'sample_interval')}.")
        return
    shown = choose_steps([summary.step for summary in summaries], chosen.step)
    name = st.segmented_control("Reading over steps", ["teacher-forced", "free running"], default="teacher-forced",
                                required=True, key="evolution_of", label_visibility="collapsed")
    attentions = []
    for summary in summaries:
        if summary.step in shown:
            sample = cache.sample(root, summary)
            arrays = sample.free_running if name == "free running" else sample.teacher_forced
            attentions.append((summary, one_head(arrays.attention, reading.head)))
    info = get_evolution_info(attentions, chosen.step)

    def pick(click: Click) -> None:
        if isinstance(click.curve, int) and 0 <= click.curve < len(info.pictures):
            st.session_state[step_key] = info.pictures[click.curve].step

    if info.is_empty:
        style.show_empty("No attention of these steps", "It was not written, or cannot be read.")
    else:
        chart(plot_evolution(info), key="evolution", on_click=pick)
        st.caption("Step and teacher-forced diagonality; the frame marks the step above. Click on a picture to go to "
                   "its step.")
    scores = get_scores_info(summaries, chosen.step)
    if not scores.is_empty:
        chart(plot_scores(scores), key="scores over steps")


def _over_steps(root: Path, run: Run, steps: Sequence[int], identity: str) -> list[SampleSummary]:
    found = []
    for step in steps:
        found += [summary for summary in cache.samples(root, run, step) if summary.id == identity]
    return found
