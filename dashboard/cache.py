"""Everything the dashboard reads from disk, kept while the file stays the same.

Keys hold path, modification time and size, so that a changed file is read anew. What lies outside the chosen root,
links resolved, is refused. Values are shared between visitors: never change them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

import streamlit as st

from mytts_core.config import RunConfig
from mytts_core.diagnosis import Finding, diagnose
from mytts_core.errors import RunError
from mytts_core.runs import reader, schema
from mytts_core.runs.checkpoint_weights import WeightComparison, compare_weights
from mytts_core.runs.digest import Digest
from mytts_core.runs.log_index import default_index_folder
from mytts_core.runs.sample_files import lies_in
from mytts_core.runs.types import CheckpointInfo, GradientNorms, RunSummary, SampleSummary, Series
from mytts_core.synthesis.client import WorkerClient
from mytts_core.synthesis.text_pieces import TextReading, read_text

Stamp = tuple[tuple[str, int, int], ...]
"""(path, modification time in ns, size in bytes) of each file a value was read from; -1 for one that is not there."""

LIST_SECONDS = 5.0


@st.cache_data(ttl=LIST_SECONDS, max_entries=8, show_spinner="Looking for runs …")
def runs(root: Path) -> list[RunSummary]:
    """Return the runs at or under a folder, looked for again after a few seconds."""
    return reader.find_runs(root)


def open_run(root: Path, folder: Path) -> reader.Run:
    """Return a run that reads on where its last look ended.

    Raises:
        RunError: when it is outside the root, holds no run, or was written by a newer MyTTS.
    """
    files = [folder / schema.RUN_FILE, folder / schema.CONFIG_FILE]
    return _open_run(folder, root, stamp(root, files))


def scalars(root: Path, run: reader.Run) -> dict[str, Series]:
    """Return tag → series of a run: what is new is read, nothing is copied."""
    _first_look(run, str(run.folder))
    return run.scalars()


def scalar_digests(root: Path, run: reader.Run) -> dict[str, Digest]:
    """Return tag → last and best values and a small line of a run, from its index, without loading points."""
    _first_digests(run, str(run.folder))
    return run.digests()


def findings(root: Path, run: reader.Run) -> list[Finding]:
    """Return what is wrong with a run; it is looked for anew when the run has written something, or falls silent."""
    return _findings(run, str(run.folder), run_stamp(root, run.folder), run.status.is_stalled())


def series_window(root: Path, run: reader.Run, tag: str, first: Optional[float] = None, last: Optional[float] = None,
                  max_points: int = 2_000, axis: str = "step") -> Series:
    """Return a tag's points between two places of an axis, reduced to `max_points`; extremes and NaN stay.

    Args:
        first, last: both inclusive, None for open; steps, or seconds since 1970 UTC where `axis` is `wall_time`.
            One neighbour on each side is in the answer, so that a line leaves the window.

    Returns:
        An empty series for a tag that is not there.
    """
    _first_look(run, str(run.folder))
    return run.series_window(tag, first, last, max_points, axis)


def series_attempts(root: Path, run: reader.Run, tag: str) -> list[Series]:
    """Return every attempt's points of a tag, oldest first: after a restart `scalars` has the newest alone."""
    _first_look(run, str(run.folder))
    return run.attempts(tag)


def gradient_norms(root: Path, run: reader.Run) -> GradientNorms:
    """Return the per-variable gradient norms of a run."""
    return _gradient_norms(run, str(run.folder), stamp(root, _files(run.folder / schema.GRADIENTS_FOLDER)))


def samples(root: Path, run: reader.Run, step: int) -> list[SampleSummary]:
    """Return the samples of a step."""
    folders = _folders(run.folder / schema.SAMPLES_FOLDER / schema.step_name(step))
    return _samples(run, str(run.folder), step, stamp(root, [folder / schema.SAMPLE_FILE for folder in folders]))


def sample(root: Path, summary: SampleSummary) -> reader.Sample:
    """Return a sample, whose arrays are read once."""
    return _sample(summary, str(summary.folder), stamp(root, _files(summary.folder)))


def checkpoints(root: Path, run: reader.Run) -> list[CheckpointInfo]:
    """Return the checkpoints of a run."""
    return _checkpoints(run, str(run.folder), stamp(root, _files(run.folder / schema.CHECKPOINTS_FOLDER)))


def weight_comparison(root: Path, first: Path, second: Path) -> WeightComparison:
    """Return how far the weights of two checkpoints lie apart.

    Raises:
        CheckpointError: when one of them cannot be read.
    """
    return _weight_comparison(first, second, stamp(root, [first, second]))


def file_bytes(root: Path, path: Path) -> bytes:
    """Return a file under the root, for example audio.

    Raises:
        RunError: when it is outside the root or cannot be read.
    """
    return _file_bytes(path, stamp(root, [path]))


def text_reading(root: Path, run: reader.Run, text: str) -> TextReading:
    """Return what a run's front end makes of a text, without its model."""
    assert run.config is not None
    return _text_reading(run.config, str(run.folder), stamp(root, [run.folder / schema.CONFIG_FILE]), text)


@st.cache_resource(max_entries=1, show_spinner=False, on_release=WorkerClient.close)
def synthesis_client() -> WorkerClient:
    """Return the one client of the one synthesis worker; its process starts with the first job."""
    return WorkerClient()


def run_stamp(root: Path, folder: Path) -> Stamp:
    """Return what changes whenever a run writes something worth showing."""
    sample_root = folder / schema.SAMPLES_FOLDER
    parts = [folder / schema.GRADIENTS_FOLDER, folder / schema.CHECKPOINTS_FOLDER, sample_root]
    results = [step / schema.STRESS_RESULT_FILE for step in _folders(folder / schema.STRESS_FOLDER)]
    results.append(folder / schema.EVALUATION_FOLDER)
    # What is a link out of the root is not read, and not looked at.
    inside = [path for path in (*_files(folder), *_folders(sample_root), *results) if lies_in(path, root)]
    return stamp(root, [*inside, *parts])


def stamp(root: Path, paths: list[Path]) -> Stamp:
    """Return the stamp of files.

    Raises:
        RunError: when one of them leads outside the root.
    """
    real_root = Path(os.path.realpath(root))
    entries = []
    for path in paths:
        if not Path(os.path.realpath(path)).is_relative_to(real_root):
            raise RunError(f"{path} leads outside {root}: only what lies under the folder of runs is shown")
        try:
            status = path.stat()
            entries.append((str(path), status.st_mtime_ns, status.st_size))
        except OSError:
            entries.append((str(path), -1, -1))
    return tuple(entries)


@st.cache_resource(max_entries=512, show_spinner=False)
def _open_run(folder: Path, root: Path, stamp: Stamp) -> reader.Run:
    return reader.open_run(folder, root, default_index_folder())


# A run keeps what it read, reads on by itself, and bounds its memory with the others: what follows only tells that
# the first look takes a while.
@st.cache_resource(max_entries=512, show_spinner="Reading metrics …")
def _first_look(_run: reader.Run, folder: str) -> None:
    _run.refresh()


@st.cache_resource(max_entries=512, show_spinner="Reading metrics …")
def _first_digests(_run: reader.Run, folder: str) -> None:
    _run.digests()


@st.cache_resource(max_entries=512, show_spinner=False)
def _findings(_run: reader.Run, folder: str, stamp: Stamp, is_stalled: bool) -> list[Finding]:
    return diagnose(_run)


@st.cache_resource(max_entries=8, show_spinner="Reading gradient norms …")
def _gradient_norms(_run: reader.Run, folder: str, stamp: Stamp) -> GradientNorms:
    return _run.gradient_norms()


@st.cache_resource(max_entries=128, show_spinner=False)
def _samples(_run: reader.Run, folder: str, step: int, stamp: Stamp) -> list[SampleSummary]:
    return _run.samples(step)


@st.cache_resource(max_entries=16, show_spinner=False)
def _sample(_summary: SampleSummary, folder: str, stamp: Stamp) -> reader.Sample:
    return reader.Sample(_summary)


@st.cache_resource(max_entries=64, show_spinner=False)
def _checkpoints(_run: reader.Run, folder: str, stamp: Stamp) -> list[CheckpointInfo]:
    return _run.checkpoints()


@st.cache_resource(max_entries=64, show_spinner=False)
def _text_reading(_config: RunConfig, folder: str, stamp: Stamp, text: str) -> TextReading:
    return read_text(text, _config)


@st.cache_resource(max_entries=16, show_spinner="Comparing weights …")
def _weight_comparison(first: Path, second: Path, stamp: Stamp) -> WeightComparison:
    return compare_weights(first, second)


@st.cache_resource(max_entries=32, show_spinner=False)
def _file_bytes(path: Path, stamp: Stamp) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror or error})") from error


def _files(folder: Path) -> list[Path]:
    return _entries(folder, want_folders=False)


def _folders(folder: Path) -> list[Path]:
    return _entries(folder, want_folders=True)


def _entries(folder: Path, want_folders: bool) -> list[Path]:
    try:
        return sorted(Path(entry.path) for entry in os.scandir(folder)
                      if entry.is_dir() == want_folders and not entry.name.startswith("."))
    except OSError:
        return []
