"""Download buttons of the sample that is shown; a file is made when its button is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.figures import exports
from dashboard.figures.exports import AlignmentExport
from mytts_core.runs.sample_files import utterance_folder_name


def show(alignments: Sequence[AlignmentExport], arrays: exports.Arrays, identity: str, step: int) -> None:
    """Offer PNG and HTML of each alignment and one NPZ of all arrays; nothing where there is nothing to export."""
    stem = f"{utterance_folder_name(identity)}_step_{step:06d}"
    with st.container(horizontal=True, gap="small"):
        for one in alignments:
            name = one.name.replace(" ", "_").replace("-", "_")
            st.download_button(f"{one.name}, PNG", data=partial(exports.to_png, one), mime="image/png",
                               file_name=f"{stem}_{name}.png", icon=":material/image:", on_click="ignore",
                               key=f"png {one.name}")
            st.download_button(f"{one.name}, HTML", data=partial(exports.to_html, one), mime="text/html",
                               file_name=f"{stem}_{name}.html", icon=":material/code:", on_click="ignore",
                               key=f"html {one.name}", help="Opens without a server or network")
        if arrays:
            st.download_button("Arrays, NPZ", data=partial(exports.to_npz, arrays), mime="application/octet-stream",
                               file_name=f"{stem}.npz", icon=":material/data_array:", on_click="ignore", key="npz",
                               help="NumPy: numpy.load(file, allow_pickle=False)")
