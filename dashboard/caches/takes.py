"""What the synthesis page keeps: the store of takes of a folder of runs, opened takes, and jobs that are being done."""

from __future__ import annotations

import weakref
from collections import deque
from pathlib import Path

import streamlit as st

from dashboard.figures.waveform import get_peaks
from mytts_core.synthesis.job import Job
from mytts_core.synthesis.spoken import SynthesisResult
from mytts_core.synthesis.take_store import TakeStore

REMEMBERED_JOBS = 64


@st.cache_resource(max_entries=8, show_spinner=False)
def store(root: Path) -> TakeStore:
    """Return the one store of a folder of runs: it remembers what it has read of its takes."""
    return TakeStore(root)


def opened(root: Path, identity: str) -> SynthesisResult:
    """Return all of a kept take.

    Raises:
        SynthesisError: if there is no such take, or it is damaged.
    """
    return _opened(store(root), root, identity)


def peaks(root: Path, identity: str, audio: bytes, num_columns: int) -> list[int]:
    """Return the waveform of a take whose audio is given; a take never changes."""
    return _peaks(audio, root, identity, num_columns)


def note_job(folder: Path, job: Job) -> None:
    """Remember that a run speaks, for other visitors and other tabs."""
    _jobs().append((folder, weakref.ref(job)))


def running_jobs(folder: Path) -> list[Job]:
    """Return the jobs of a run that are not finished, whoever asked for them."""
    jobs = [reference() for place, reference in list(_jobs()) if place == folder]
    return [job for job in jobs if job is not None and not job.finished]


@st.cache_resource(max_entries=1, show_spinner=False)
def _jobs() -> deque[tuple[Path, weakref.ref[Job]]]:
    return deque(maxlen=REMEMBERED_JOBS)


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(_store: TakeStore, root: Path, identity: str) -> SynthesisResult:
    return _store.open(identity)


@st.cache_resource(max_entries=1_024, show_spinner=False)
def _peaks(_audio: bytes, root: Path, identity: str, num_columns: int) -> list[int]:
    return get_peaks(_audio, num_columns)
