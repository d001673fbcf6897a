"""The one place where a plotly figure becomes part of a page."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.theme import template

_CONFIG: dict[str, Any] = {
    "displaylogo": False, "responsive": True, "scrollZoom": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}


def chart(figure: go.Figure, key: str) -> None:
    """Show a figure over the whole width, in the colours of the page."""
    figure.update_layout(template=template(dark=is_dark()))
    st.plotly_chart(figure, theme=None, key=key, config=_CONFIG)


def is_dark() -> bool:
    """Tell whether the visitor's page is dark; light until the browser has said."""
    return st.context.theme.type == "dark"
