"""Columns that tables share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal, Optional

import streamlit as st


def score_column(explanation: str) -> Any:
    """Return a column for a score in 0..1, as a bar and a number."""
    return st.column_config.ProgressColumn(help=explanation, min_value=0.0, max_value=1.0, format="%.2f", width=96)


def cells(values: Iterable[float]) -> list[Optional[float]]:
    """Return numbers for a table; what is not finite becomes an empty cell."""
    return [value if math.isfinite(value) else None for value in values]


ONE_ROW: tuple[Literal["single-row"], Literal["single-cell"]] = ("single-row", "single-cell")
"""Selection of a table where a click anywhere on a row picks it."""


def selected_row(key: str) -> int:
    """Return the row clicked on in the table of a key, -1 when there is none; for a table's callback."""
    selection = st.session_state[key]["selection"]
    return next(iter((*selection["rows"], *(row for row, _ in selection["cells"]), -1)))
