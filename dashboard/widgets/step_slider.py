"""A slider over the steps that were recorded."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def step_slider(label: str, steps: Sequence[int], key: str) -> int:
    """Return the chosen step, the last one by default; the address of the page remembers it.

    An address that names a step which was not recorded leads to the nearest one.
    """
    if len(steps) == 1:
        st.caption(f"{label} {steps[0]:,} is the only one recorded so far.")
        return steps[0]
    wanted = st.query_params.get(key)
    if key not in st.session_state and wanted is not None and wanted not in map(str, steps):
        number = wanted.replace(",", "")
        if number.isdecimal():
            st.session_state[key] = min(steps, key=lambda step: abs(step - int(number[:18])))
            del st.query_params[key]    # it would be read as a step that does not exist
    return st.select_slider(label, steps, value=steps[-1], key=key, format_func=str, bind="query-params")
