"""The sidebar: which folder of runs, which run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboard import cache
from dashboard.widgets import style
from dashboard.widgets.server_guard import allows_remote
from mytts_core.runs.types import RunSummary

FOLLOW_SECONDS = 10


class Picked(NamedTuple):
    """What is looked at: a folder of runs, the runs in it, and one of them."""

    root: Path
    runs: list[RunSummary]
    run: RunSummary


def start_root() -> Path:
    """Return the folder of runs given on the command line, in MYTTS_ROOT, or sample_runs/ beside the dashboard."""
    given = next((word for word in sys.argv[1:] if not word.startswith("-")), "") or os.environ.get("MYTTS_ROOT", "")
    return Path(given).expanduser().resolve() if given else Path(__file__).resolve().parents[2] / "sample_runs"


def show() -> bool:
    """Draw the sidebar's pickers and tell whether a run is picked; where there is none, the page says so."""
    with st.sidebar:
        root = _pick_root()
        runs = {summary.name: summary for summary in cache.runs(root)} if root.is_dir() else {}
        _keep_picked(runs)
        # The address remembers a run by what the list shows: its name, and nothing that changes while it trains.
        name = st.selectbox("Run", list(runs), key="run", bind="query-params") if runs else None
        _refresh(root, runs[name].folder if name in runs else None)
    if name not in runs:
        style.show_empty(f"No runs under {root}" if root.is_dir() else f"{root} is not a folder",
                         "Start a run with: mytts train --data CORPUS --preset modern_cpu --run runs/first — "
                         "or choose another folder under “Folder of runs”.")
        return False
    st.session_state["picked"] = Picked(root, list(runs.values()), runs[name])
    return True


def selected() -> Picked:
    """Return what the sidebar has picked, for views."""
    return st.session_state["picked"]


def pick(name: str) -> None:
    """Pick another run; call it from a widget's callback."""
    st.session_state["run"] = name


def _keep_picked(runs: Mapping[str, RunSummary]) -> None:
    """Keep the run through a change of view made while a page is still being drawn.

    The address has lost it then, and Streamlit would take the first run, unless the value is set anew.
    """
    name = st.session_state.get("run")
    if name in runs and "run" not in st.query_params:
        st.session_state["run"] = name


def _pick_root() -> Path:
    start = start_root()
    if allows_remote(os.environ):
        return start   # who visits from another machine sees the folder that was chosen here, and no other
    with st.expander("Folder of runs", icon=":material/folder_open:", expanded=not start.is_dir()):
        text = st.text_input("Folder of runs", value=str(start), key="root", label_visibility="collapsed",
                             help="Any folder: runs are found at any depth")
    return Path(text or start).expanduser()


def _refresh(root: Path, folder: Path | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Refresh", icon=":material/refresh:", help="Look at the folder of runs again"):
            cache.runs.clear()
            st.rerun()
        follow = st.toggle("Follow", key="follow", help=f"Look for news every {FOLLOW_SECONDS} seconds")
    if follow and folder is not None:
        st.session_state["seen_stamp"] = cache.run_stamp(root, folder)
        _follow(root, folder)


@st.fragment(run_every=FOLLOW_SECONDS)
def _follow(root: Path, folder: Path) -> None:
    """Run the page again when the run has written something."""
    if cache.run_stamp(root, folder) != st.session_state.get("seen_stamp"):
        st.rerun(scope="app")
