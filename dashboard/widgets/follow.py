"""A page that keeps up with trainings: it is drawn anew when a run it shows has written something.

Looking for news costs a few `stat` calls a run; what is read then is what is new (`mytts_core.runs`). Widgets and
charts keep their keys, so zoom, selection, sliders and playing audio stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboard import cache
from mytts_core.errors import RunError

FOLLOW_SECONDS = 5
_SEEN = "seen_stamps"


def show(root: Path, folders: Sequence[Path]) -> None:
    """Draw the refresh button and the switch; while it is on, follow the runs of these folders."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Refresh", icon=":material/refresh:", help="Look at the folder of runs again"):
            cache.runs.clear()
            st.rerun()
        is_on = st.toggle("Live", value=True, key="follow", help=f"Look for news every {FOLLOW_SECONDS} seconds")
    if is_on and folders:
        st.session_state[_SEEN] = _stamps(root, folders)
        _follow(root, tuple(folders))


@st.fragment(run_every=FOLLOW_SECONDS)
def _follow(root: Path, folders: tuple[Path, ...]) -> None:
    """Run the page again when a run has written something."""
    if _stamps(root, folders) != st.session_state.get(_SEEN):
        st.rerun(scope="app")


def _stamps(root: Path, folders: Sequence[Path]) -> tuple[cache.Stamp, ...]:
    stamps = []
    for folder in folders:
        try:
            stamps.append(cache.run_stamp(root, folder))
        except RunError:
            continue        # what leads out of the root is not looked at
    return tuple(stamps)
