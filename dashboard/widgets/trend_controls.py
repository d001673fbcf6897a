"""How metric trends are drawn: which metrics, smoothing, axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from dashboard.figures.trend_lines import AXES, TrendOptions
from dashboard.widgets import address
from dashboard.widgets.chart import Window

MAX_OFFERED = 300
_MS = {"wall time": 1000.0}
"""Milliseconds are what plotly counts on a date axis; the address has seconds."""


class TrendControls(NamedTuple):
    """`patterns` choose metrics, none means all; `older` asks for attempts that a restart replaced."""

    patterns: tuple[str, ...]
    options: TrendOptions
    older: bool


def trend_controls(metrics: Sequence[str]) -> TrendControls:
    """Draw the controls over the charts; everything in them is in the address of the page."""
    offered = list(metrics[:MAX_OFFERED])
    known = st.session_state.get("metric") or st.query_params.get_all("metric")
    offered += [name for name in known if name not in offered]      # what was typed, or came with the address
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        patterns = st.multiselect("Metrics", offered, key="metric", bind="query-params", placeholder="all of them",
                                  accept_new_options=True, width=300,
                                  help="Pick metrics, or type a part of their names")
        smoothing = st.slider("Smoothing", 0.0, 0.98, 0.0, 0.02, key="smoothing", bind="query-params", width=200,
                              help="Share of the past in each point (exponential average); the raw line stays behind")
        against = st.segmented_control("Against", list(AXES), default="steps", key="against", required=True,
                                       bind="query-params", on_change=address.set_zoom, args=(None,))
    with st.container(horizontal=True, gap="medium"):
        log_y = st.toggle("Logarithmic", key="log", bind="query-params")
        clip = st.toggle("Clip outliers", key="clip", bind="query-params",
                         help="The value axis leaves out spikes far from their neighbours; triangles mark them")
        older = st.toggle("Older attempts", key="attempts", bind="query-params",
                          help="Also what was logged before a restart and then trained again")
    against = against or "steps"
    return TrendControls(tuple(patterns), TrendOptions(smoothing, against, log_y, clip, _window(against)), older)


def keep_zoom(window: Window | None) -> None:
    """Take over the zoom of a chart for all of them."""
    scale = _MS.get(st.session_state.get("against", "steps"), 1.0)
    address.set_zoom((window[0] / scale, window[1] / scale) if window else None)


def _window(against: str) -> Window | None:
    zoom = address.zoom()
    scale = _MS.get(against, 1.0)
    return (zoom[0] * scale, zoom[1] * scale) if zoom else None
