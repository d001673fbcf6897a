"""The sidebar: which folder of runs, which run, which others to compare it with."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboard import cache
from dashboard.widgets import address, follow, style
from dashboard.widgets.server_guard import allows_remote
from mytts_core.runs.types import RunSummary


class Picked(NamedTuple):
    """What is looked at: a folder of runs, the runs in it, one of them, and others to compare it with."""

    root: Path
    runs: list[RunSummary]
    run: RunSummary
    others: tuple[RunSummary, ...] = ()

    def folder_of(self, name: str) -> Path:
        """Return the folder of a run of the list by its name."""
        return next(summary.folder for summary in self.runs if summary.name == name)


def start_root() -> Path:
    """Return the folder of runs given on the command line, in MYTTS_ROOT, or sample_runs/ beside the dashboard."""
    given = next((word for word in sys.argv[1:] if not word.startswith("-")), "") or os.environ.get("MYTTS_ROOT", "")
    return Path(given).expanduser().resolve() if given else Path(__file__).resolve().parents[2] / "sample_runs"


def show(watch_all: bool = False) -> bool:
    """Draw the sidebar's pickers and tell whether a run is picked; where there is none, the page says so.

    Args:
        watch_all: whether the page is drawn anew when any run has written something, not only those picked.
    """
    with st.sidebar:
        root = _pick_root()
        runs = {summary.name: summary for summary in cache.runs(root)} if root.is_dir() else {}
        address.note_unknown("run", runs, "run")
        address.note_unknown("compare", runs, "runs to compare with:")
        _keep_picked(runs)
        # The address remembers a run by what the list shows: its name, and nothing that changes while it trains.
        name = st.selectbox("Run", list(runs), index=None, key="run", bind="query-params") if runs else None
        compared = st.multiselect("Compare with", list(runs), key="compare", bind="query-params",
                                  placeholder="other runs") if len(runs) > 1 else []
        others = tuple(runs[other] for other in compared if other != name and other in runs)
        watched = list(runs.values()) if watch_all else [runs[name], *others] if name in runs else []
        follow.show(root, [summary.folder for summary in watched])
    address.show_unknown(root)
    if name not in runs:
        style.show_empty(f"No runs under {root}" if root.is_dir() else f"{root} is not a folder",
                         "Start a run with: mytts train --data CORPUS --preset modern_cpu --run runs/first — "
                         "or choose another folder under “Folder of runs”.")
        return False
    st.session_state["picked"] = Picked(root, list(runs.values()), runs[name], others)
    return True


def selected() -> Picked:
    """Return what the sidebar has picked, for views."""
    return st.session_state["picked"]


def pick(name: str) -> None:
    """Pick another run; call it from a widget's callback."""
    st.session_state["run"] = name


def compare(names: list[str]) -> None:
    """Pick the runs to compare with; call it from a widget's callback."""
    st.session_state["compare"] = names


def _keep_picked(runs: Mapping[str, RunSummary]) -> None:
    """Keep the run through a change of view made while a page is still being drawn, and take the first where none is.

    The address has lost it in the first case. None is the selection's default, so that the address always has the run:
    another first run, tomorrow, must not change what it leads to.
    """
    name = st.session_state.get("run")
    if runs and st.query_params.get("run") not in runs:
        if "run" not in st.session_state:
            st.query_params["run"] = next(iter(runs))       # later the widget, bound to it, writes it
        st.session_state["run"] = name if name in runs else next(iter(runs))
    compared = [other for other in st.session_state.get("compare", ()) if other in runs]
    if compared and "compare" not in st.query_params:
        st.session_state["compare"] = compared


def _pick_root() -> Path:
    start = start_root()
    if allows_remote(os.environ):
        return start   # who visits from another machine sees the folder that was chosen here, and no other
    with st.expander("Folder of runs", icon=":material/folder_open:", expanded=not start.is_dir()):
        text = st.text_input("Folder of runs", value=str(start), key="root", label_visibility="collapsed",
                             help="Any folder: runs are found at any depth")
    return Path(text or start).expanduser()
