"""Tags and a note of a run, kept in the folder of runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Optional

import streamlit as st

from dashboard.widgets import style
from mytts_core.errors import RunError
from mytts_core.runs.annotations import Annotation, read_annotations, write_annotation


def read(root: Path) -> dict[str, Annotation]:
    """Return run name → annotation; where they cannot be read the page says so, and goes on."""
    try:
        return read_annotations(root)
    except RunError as error:
        style.show_notice([str(error)])
        return {}


def show(annotation: Optional[Annotation]) -> None:
    """Show a run's tags and note, nothing where there are none."""
    if annotation:
        style.show_annotation(annotation.tags, annotation.note)


def edit(root: Path, run: str, annotations: Mapping[str, Annotation]) -> None:
    """Show a button that opens a form for a run's tags and note."""
    annotation = annotations.get(run, Annotation())
    with st.popover("Tags and note", icon=":material/sell:"), st.form(f"notes of {run}", border=False):
        known = sorted({tag for one in annotations.values() for tag in one.tags})
        tags = st.multiselect("Tags", known, default=list(annotation.tags), accept_new_options=True,
                              placeholder="pick or type", key=f"tags of {run} {annotation.tags}")
        note = st.text_area("Note", value=annotation.note, key=f"note of {run} {hash(annotation.note)}", width=460)
        if st.form_submit_button("Save", type="primary"):
            _save(root, run, Annotation(tuple(tags), note))


def _save(root: Path, run: str, annotation: Annotation) -> None:
    try:
        write_annotation(root, run, annotation)
    except RunError as error:
        style.show_notice([str(error)])
        return
    st.rerun()
