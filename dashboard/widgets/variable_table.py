"""Variables of a model with their gradients: those in trouble, a table, and a choice of one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.figures.gradients import VariableRow
from dashboard.figures.health import Fact
from dashboard.figures.variable_troubles import KINDS, VariableTrouble
from dashboard.widgets import style
from dashboard.widgets.columns import ONE_ROW, cells, selected_row

_KEY, _TROUBLE_KEY = "variable_table", "trouble_table"
_MEANING = {
    "not finite": "Their gradient was NaN or infinite; such steps are skipped. What the first of them feeds on "
                  "went wrong there.",
    "exploding": "Their gradient rose far above what it was: lower training.learning_rate, or clip with a lower "
                 "training.max_norm.",
    "vanishing": "Their gradient fell to next to nothing: the units they feed are saturated, or cut off from the loss.",
    "dead": "They get no gradient at all: a loss weight of 0 does this on purpose, otherwise they are not connected to "
            "the loss.",
}


def show_troubles(troubles: Sequence[VariableTrouble], num_variables: int) -> None:
    """Name the variables in trouble, with what it means; a click on one picks it for the charts."""
    if not troubles:
        style.show_facts([Fact("good", f"None of {num_variables:,} variables explodes, vanishes, is dead or not "
                                       "finite.")])
        return
    counts = {kind: [trouble for trouble in troubles if trouble.kind == kind] for kind in KINDS}
    style.show_facts([Fact("bad" if kind in ("not finite", "exploding") else "warning",
                           f"{len(found)} of {num_variables:,} variables {'is' if len(found) == 1 else 'are'} {kind}, "
                           f"the first from step {found[0].since:,}: {_named(found)}. {_MEANING[kind]}")
                      for kind, found in counts.items() if found])
    names = [one.name for one in troubles]
    table = pd.DataFrame({"Variable": names, "Trouble": [one.kind for one in troubles],
                          "Since step": [one.since for one in troubles], "How": [one.words for one in troubles]})
    column = st.column_config
    st.dataframe(table, key=_TROUBLE_KEY, hide_index=True, selection_mode=ONE_ROW,
                 height=min(38 + 35 * len(table), 250), on_select=lambda: _pick_row(_TROUBLE_KEY, names),
                 column_config={
                     "Variable": column.TextColumn(width=340), "Trouble": column.TextColumn(width=90),
                     "Since step": column.NumberColumn(format="localized", width=90),
                     "How": column.TextColumn(width=320)})


def show(rows: Sequence[VariableRow]) -> None:
    """Show the variables, those in trouble first; a click on one picks it for the charts below."""
    table = pd.DataFrame({
        "Norm": cells(row.norm for row in rows), "State": [row.state for row in rows],
        "Variable": [row.name for row in rows], "Share": cells(row.share for row in rows),
        "Shape": [row.shape for row in rows]})
    column = st.column_config
    st.dataframe(
        table, key=_KEY, hide_index=True, height=320, selection_mode=ONE_ROW, placeholder="–",
        on_select=lambda: _pick_row(_KEY, [row.name for row in rows]), column_config={
            "Variable": column.TextColumn(width=320), "State": column.TextColumn(width=84),
            "Norm": column.NumberColumn(format="%.3g", width=72, help="L2 norm of the gradient before clipping"),
            "Share": column.ProgressColumn(format="percent", min_value=0.0, max_value=1.0, width=110,
                                           help="Of the squared global norm"),
            "Shape": column.TextColumn(width=90)})


def pick(names: Sequence[str]) -> str:
    """Return the chosen variable."""
    return st.selectbox("Variable", names, key="variable", bind="query-params")


def _named(troubles: Sequence[VariableTrouble]) -> str:
    shown = ", ".join(trouble.name for trouble in troubles[:3])
    return shown + (f" and {len(troubles) - 3} more" if len(troubles) > 3 else "")


def _pick_row(key: str, names: Sequence[str]) -> None:
    index = selected_row(key)
    if 0 <= index < len(names):
        st.session_state["variable"] = names[index]
