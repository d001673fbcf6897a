"""What became of the weights between two checkpoints."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.figures.gradient_map import LEVELS
from dashboard.figures.health import Fact
from dashboard.figures.weights import get_weights_info, plot_weights
from dashboard.widgets import style
from dashboard.widgets.chart import chart
from dashboard.widgets.columns import cells
from mytts_core.runs.checkpoint_weights import WeightComparison


def show(comparison: WeightComparison) -> None:
    """Show how far each part of the model, and each variable, moved; and what cannot be compared."""
    _show_misfits(comparison)
    level = st.segmented_control("Rows", LEVELS, default=LEVELS[0], required=True, key="weights_of",
                                 label_visibility="collapsed", bind="query-params") or LEVELS[0]
    info = get_weights_info(comparison, level)
    if info.is_empty:
        style.show_empty("No variable is in both", "Their models differ: compare checkpoints of one model.")
        return
    left, right = st.columns(2)
    with left:
        chart(plot_weights(info), key="weights", revision=level)
        if info.left_out:
            st.caption(f"{info.left_out:,} more rows are not shown.")
    with right:
        _show_table(info.variables)
        st.caption(f"{len(info.variables):,} variables, {info.unmoved:,} of them equal in both. Moved is the L2 norm "
                   "of the difference over the first norm.")


def _show_table(changes) -> None:
    table = pd.DataFrame({
        "Variable": [change.name for change in changes], "Moved": cells(change.relative for change in changes),
        "First norm": [change.first_norm for change in changes],
        "Second norm": [change.second_norm for change in changes],
        "Not finite": [change.not_finite or None for change in changes],
        "Shape": [" × ".join(map(str, change.shape)) for change in changes]})
    column = st.column_config
    st.dataframe(table, key="weight_table", hide_index=True, height=420, placeholder="–", column_config={
        "Variable": column.TextColumn(width=300), "Moved": column.NumberColumn(format="%.3g", width=76,
                                                                              help="– where it started from zero"),
        "First norm": column.NumberColumn(format="%.4g", width=86),
        "Second norm": column.NumberColumn(format="%.4g", width=96),
        "Not finite": column.NumberColumn(format="localized", width=80, help="Weights that are NaN or infinite"),
        "Shape": column.TextColumn(width=90)})


def _show_misfits(comparison: WeightComparison) -> None:
    facts = [Fact("warning", f"{len(names):,} variables {what}: {', '.join(names[:3])}"
                             + (f" and {len(names) - 3:,} more." if len(names) > 3 else "."))
             for names, what in ((comparison.only_first, "are in the first alone"),
                                 (comparison.only_second, "are in the second alone"),
                                 (comparison.reshaped, "have another shape")) if names]
    broken = [change.name for change in comparison.changes if change.not_finite]
    if broken:
        facts.insert(0, Fact("bad", f"{len(broken):,} variables hold weights that are NaN or infinite: "
                                    f"{', '.join(broken[:3])}. Such a checkpoint cannot speak."))
    if facts:
        style.show_facts(facts)
