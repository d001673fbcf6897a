"""A slider over the steps that were recorded."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def step_slider(label: str, steps: Sequence[int], key: str) -> int:
    """Return the chosen step, the last one by default; the address of the page remembers it."""
    if len(steps) == 1:
        st.caption(f"{label} {steps[0]:,} is the only one recorded so far.")
        return steps[0]
    return st.select_slider(label, steps, value=steps[-1], key=key, format_func=lambda step: f"{step:,}",
                            bind="query-params")
