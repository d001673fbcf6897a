"""What the stress board keeps: the results of a run's stress tests, and the attention of the sentences looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import streamlit as st

from dashboard import cache
from mytts_core.evaluation import stress_files
from mytts_core.evaluation.stress_board import Board, make_board
from mytts_core.evaluation.stress_verdict import SpokenArrays


def board(root: Path, folder: Path) -> Board:
    """Return the stress board of a run; an empty one where nothing was tested."""
    return _board(folder, root, cache.stamp(root, list(stress_files.result_files(folder, root).values())))


def spoken(root: Path, folder: Path, step: int, identity: str) -> Optional[SpokenArrays]:
    """Return the attention of a sentence, None where it was not kept.

    Raises:
        RunError: when it lies outside the root.
    """
    path = stress_files.arrays_file(folder, step, identity)
    return _spoken(folder, step, identity, cache.stamp(root, [path]))


@st.cache_resource(max_entries=16, show_spinner="Reading stress tests …")
def _board(folder: Path, root: Path, stamp: cache.Stamp) -> Board:
    return make_board(stress_files.read_results(folder, root))


@st.cache_resource(max_entries=64, show_spinner=False)
def _spoken(folder: Path, step: int, identity: str, stamp: cache.Stamp) -> Optional[SpokenArrays]:
    return stress_files.read_spoken(folder, step, identity)
