"""How metric trends are drawn: which runs, smoothing, axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st


class TrendControls(NamedTuple):
    """`smoothing` is the share of the past in each point, 0 to 0.98; `against` is 'steps' or 'hours'."""

    runs: tuple[str, ...]
    smoothing: float
    against: str
    log_y: bool


def trend_controls(names: Sequence[str], picked: str) -> TrendControls:
    """Draw the controls over the charts."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        others = st.multiselect("Compare with", [name for name in names if name != picked], key="compare",
                                bind="query-params", placeholder="other runs", width=280)
        smoothing = st.slider("Smoothing", 0.0, 0.98, 0.0, 0.02, key="smoothing", bind="query-params", width=200,
                              help="Share of the past in each point (exponential average); the raw line stays behind")
        against = st.segmented_control("Against", ["steps", "hours"], default="steps", key="against", required=True,
                                       bind="query-params")
        log_y = st.toggle("Logarithmic", key="log", bind="query-params")
    return TrendControls((picked, *others), smoothing, against or "steps", log_y)
