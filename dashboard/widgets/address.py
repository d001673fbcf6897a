"""What the address of a page asks for beyond what widgets bind to it: the zoom, and names that lead nowhere."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Optional

import streamlit as st

from dashboard.widgets import style
from dashboard.widgets.chart import Window

FROM, TO = "from", "to"


def zoom() -> Optional[Window]:
    """Return the range of x that the address asks for, None for everything; an end that is missing is open."""
    ends = [_number(name) for name in (FROM, TO)]
    if ends == [None, None]:
        return None
    first, last = (-1e300 if ends[0] is None else ends[0]), (1e300 if ends[1] is None else ends[1])
    return (first, last) if first < last else None


def set_zoom(window: Optional[Window]) -> None:
    """Write a range of x into the address, or take it out."""
    for name, end in zip((FROM, TO), window or (None, None)):
        if end is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = f"{end:.12g}"


def note_unknown(name: str, known: Collection[str], what: str) -> None:
    """Keep in mind what the address asks for and is not there; call it before the widget that is bound to `name`."""
    asked = st.query_params.get_all(name)
    unknown = [value for value in asked if value not in known]
    if unknown:
        noted = st.session_state.setdefault("address_unknown", {})
        noted[name] = f"The address asks for {what} {', '.join(unknown)[:200]}"


def show_unknown(root: object) -> None:
    """Say what the address asked for in vain, until it is dismissed."""
    noted = st.session_state.get("address_unknown", {})
    if not noted:
        return
    said, dismiss = st.columns([0.86, 0.14], vertical_alignment="center")
    with said:
        style.show_notice([f"{text}, which is not under {root}: it is gone, was renamed, or lies outside."
                           for text in noted.values()])
    dismiss.button("Dismiss", key="dismiss_unknown", on_click=noted.clear)


def _number(name: str) -> Optional[float]:
    try:
        value = float(st.query_params.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
