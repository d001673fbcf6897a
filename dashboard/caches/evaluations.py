"""What `mytts evaluate` kept of a run, read again when its files change."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import cache
from mytts_core.runs.evaluation_files import EvaluationRecord, find_evaluations, read_evaluation
from mytts_core.runs.reader import Run
from mytts_core.runs.sample_files import lies_in


def evaluations(root: Path, run: Run) -> list[EvaluationRecord]:
    """Return the evaluations of a run's checkpoints, by step; what is a link out of the root is not read."""
    files = {step: path for step, path in find_evaluations(run.folder).items() if lies_in(path, root)}
    return _evaluations(str(run.folder), files, cache.stamp(root, list(files.values())))


@st.cache_resource(max_entries=64, show_spinner=False)
def _evaluations(folder: str, _files: dict[int, Path], stamp: cache.Stamp) -> list[EvaluationRecord]:
    return [read_evaluation(step, path) for step, path in _files.items()]
