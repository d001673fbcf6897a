"""The synthesis a visitor waits for: started, watched, cancelled. Each run remembers its last one."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import streamlit as st

from dashboard import cache
from dashboard.figures.health import Fact
from dashboard.widgets import style
from dashboard.widgets.synthesis_form import Wanted
from mytts_core.errors import MyTTSError
from mytts_core.synthesis.job import Job, SynthesisResult

WATCH_SECONDS = 0.5
_KEY = "synthesis_jobs"
_STAGES = {"queued": "Waiting for the worker process …",
           "starting": "Starting the worker process …", "loading": "Loading the checkpoint …",
           "decoding": "Speaking …", "waveform": "Making the waveform …"}


def of_run(folder: Path) -> Optional[Job]:
    """Return the visitor's last synthesis with a run."""
    return st.session_state.setdefault(_KEY, {}).get(str(folder))


def start(folder: Path, wanted: Wanted) -> Optional[Job]:
    """Ask the worker for a synthesis; where it cannot be asked for, say why and return None."""
    seed = wanted.seed if wanted.temperature > 1 else None
    try:
        job = cache.synthesis_client().submit(folder, wanted.checkpoint, wanted.text, wanted.temperature, seed)
    except MyTTSError as error:
        style.show_facts([Fact("bad", str(error))])
        return None
    st.session_state.setdefault(_KEY, {})[str(folder)] = job
    return job


@st.fragment(run_every=WATCH_SECONDS)
def show_progress(job: Job) -> None:
    """Show how far a synthesis is, with a button to cancel it; the page is drawn again when it has ended."""
    if job.finished:
        st.rerun(scope="app")
    progress = job.progress
    words = _STAGES.get(progress.stage, "")
    if progress.stage == "decoding" and progress.done:
        words += f" {progress.done:,} frames"
    if progress.pieces > 1:
        words += f" ({progress.spoken:,} of {progress.pieces:,} pieces are spoken)"
    st.progress(progress.share, text=words)
    if st.button("Cancel", icon=":material/close:", disabled=job.cancel_asked):
        job.cancel()


def result(job: Job) -> Optional[SynthesisResult]:
    """Return what a finished synthesis gave; where it failed, say why and return None."""
    try:
        return job.result(timeout=0)
    except MyTTSError as error:
        level = "info" if job.state == "cancelled" else "bad"
        style.show_facts([Fact(level, str(error))])
        return None
