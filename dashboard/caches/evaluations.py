"""What `mytts evaluate` kept of a run, read again when its files change."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import cache
from mytts_core.runs import schema
from mytts_core.runs.evaluation_files import EvaluationRecord, read_evaluations
from mytts_core.runs.reader import Run


def evaluations(root: Path, run: Run) -> list[EvaluationRecord]:
    """Return the evaluations of a run's checkpoints, by step."""
    folder = run.folder / schema.EVALUATION_FOLDER
    try:
        files = sorted(path for path in folder.iterdir() if schema.EVALUATION_PATTERN.match(path.name))
    except OSError:
        files = []
    return _evaluations(run.folder, cache.stamp(root, files))


@st.cache_resource(max_entries=64, show_spinner=False)
def _evaluations(folder: Path, stamp: cache.Stamp) -> list[EvaluationRecord]:
    return read_evaluations(folder)
