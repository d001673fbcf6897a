"""Variables of a model with their gradients: a table, and a choice of one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.figures.gradients import VariableRow
from dashboard.widgets.columns import ONE_ROW, cells, selected_row

_KEY = "variable_table"


def show(rows: Sequence[VariableRow]) -> None:
    """Show the variables, those in trouble first; a click on one picks it for the chart below."""
    table = pd.DataFrame({
        "Norm": cells(row.norm for row in rows), "State": [row.state for row in rows],
        "Variable": [row.name for row in rows], "Share": cells(row.share for row in rows),
        "Shape": [row.shape for row in rows]})
    column = st.column_config
    st.dataframe(
        table, key=_KEY, hide_index=True, height=320, selection_mode=ONE_ROW, placeholder="–",
        on_select=lambda: _pick_row(rows), column_config={
            "Variable": column.TextColumn(width=320), "State": column.TextColumn(width=84),
            "Norm": column.NumberColumn(format="%.3g", width=72, help="L2 norm of the gradient before clipping"),
            "Share": column.ProgressColumn(format="percent", min_value=0.0, max_value=1.0, width=110,
                                           help="Of the squared global norm"),
            "Shape": column.TextColumn(width=90)})


def pick(names: Sequence[str]) -> str:
    """Return the chosen variable."""
    return st.selectbox("Variable", names, key="variable", bind="query-params")


def _pick_row(rows: Sequence[VariableRow]) -> None:
    index = selected_row(_KEY)
    if 0 <= index < len(rows):
        st.session_state["variable"] = rows[index].name
