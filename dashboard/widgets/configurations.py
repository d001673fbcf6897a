"""The configurations of several runs: only where they differ."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import cache
from dashboard.figures.configurations import get_configuration_differences
from dashboard.widgets import style
from dashboard.widgets.run_picker import Picked


def show(picked: Picked) -> None:
    """Show the fields whose values differ between the picked run and those it is compared with."""
    found = {}
    for summary in (picked.run, *picked.others):
        with style.problem_of(summary.name):
            config = cache.open_run(picked.root, summary.folder).config
            if config is None:
                style.show_note(f"{summary.name} has no configuration to compare: it is not a run of MyTTS.")
            else:
                found[summary.name] = config.to_dict()
    if len(found) < 2:
        return
    differences = get_configuration_differences(found)
    if not differences:
        style.show_empty("The same configuration", "No field of it differs between these runs.")
        return
    table = pd.DataFrame([difference.values for difference in differences], columns=list(found),
                         index=pd.Index([difference.field for difference in differences], name="Field"))
    st.dataframe(table, key="configuration_differences", height=min(38 + 35 * len(table), 38 + 35 * 12))
