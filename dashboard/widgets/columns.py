"""Columns that tables share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Optional

import streamlit as st


def score_column(explanation: str) -> Any:
    """Return a column for a score in 0..1, as a bar and a number."""
    return st.column_config.ProgressColumn(help=explanation, min_value=0.0, max_value=1.0, format="%.2f", width=104)


def cells(values: Iterable[float]) -> list[Optional[float]]:
    """Return numbers for a table; what is not finite becomes an empty cell."""
    return [value if math.isfinite(value) else None for value in values]


def selected_row(key: str) -> int:
    """Return the row selected in the table of a key, -1 when there is none; for a table's callback."""
    rows = st.session_state[key]["selection"]["rows"]
    return rows[0] if rows else -1
