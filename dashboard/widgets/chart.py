"""The one place where a plotly figure becomes part of a page.

Streamlit's own chart is drawn anew, and loses its zoom, whenever its data change. This one is a small component around
`Plotly.react`: the same key keeps the drawing, and `uirevision` what the visitor did to it.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Optional

import plotly.graph_objects as go
import streamlit as st

from dashboard.theme import template
from dashboard.widgets import plotly_script

Window = tuple[float, float]
"""A range of the x axis, the smaller end first, in its units; milliseconds since 1970 UTC on a date axis."""

_CONFIG: dict[str, Any] = {
    "displaylogo": False, "responsive": True, "scrollZoom": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d", "resetScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
_component = st.components.v2.component("mytts_chart", js=Path(__file__).with_name("chart.js").read_text("utf-8"),
                                        isolate_styles=False)


class Click(NamedTuple):
    """A click on a point: its place on the axes, its value `z` in a heatmap, trace and point numbers, its customdata.

    All of it comes from the browser: check it before use.
    """

    x: Any
    y: Any
    z: Any
    curve: int
    point: Any
    customdata: Any


def chart(figure: go.Figure, key: str, *, revision: str = "", window: Optional[Window] = None,
          on_window: Optional[Callable[[Optional[Window]], None]] = None,
          on_click: Optional[Callable[[Click], None]] = None) -> None:
    """Show a figure over the whole width, in the colours of the page, keeping zoom and hidden lines when it changes.

    Args:
        figure: its height in pixels is layout.height.
        key: names the chart on its page; must stay the same for zoom to be kept.
        revision: zoom and hidden lines are dropped when it changes: name here what a zoom would make no sense for.
        window: the range of x to show, None for all; heeded when `on_window` is given.
        on_window: called before the page runs again when the visitor has zoomed; None for everything.
        on_click: called before the page runs again when the visitor has clicked on a point.
    """
    figure.update_layout(template=template(dark=is_dark()))
    script = plotly_script.address()
    if script is None:
        st.plotly_chart(figure, theme=None, key=key, config=_CONFIG)
        return
    name = f"chart {key}"
    known = st.session_state.get(name, {}).get("window")
    data = {"spec": figure.to_json(), "script": script, "revision": revision, "config": _CONFIG,
            "label": html.unescape(figure.layout.title.text or key), "follows": on_window is not None,
            "clickable": on_click is not None, "window": list(window) if window else None,
            "heard": known.get("time") if isinstance(known, dict) else None}

    def window_changed() -> None:
        if on_window is not None:
            on_window(_window(st.session_state[name].get("window")))

    def clicked() -> None:
        click = st.session_state[name].get("click")
        if on_click is not None and isinstance(click, dict) and set(click) == set(Click._fields):
            on_click(Click(**click))

    _component(key=name, data=data, on_window_change=window_changed, on_click_change=clicked)


def is_dark() -> bool:
    """Tell whether the visitor's page is dark; light until the browser has said."""
    return st.context.theme.type == "dark"


def _window(value: Any) -> Optional[Window]:
    """Return what the browser sent as a window, None where it is none."""
    ends = value.get("range") if isinstance(value, dict) else None
    if not isinstance(ends, (list, tuple)) or len(ends) != 2:
        return None
    if not all(isinstance(end, (int, float)) and math.isfinite(end) for end in ends):
        return None
    return (float(min(ends)), float(max(ends)))
