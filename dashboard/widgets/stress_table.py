"""The sentences of a stress test as a table to filter and to pick from; the address of the page remembers both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard.figures.labels import shortened
from dashboard.figures.stress_rows import ALL, CHANGED, FAILING, StressRow
from dashboard.widgets.columns import ONE_ROW, cells, score_column, selected_row
from mytts_core.text.direction import isolate

CATEGORY, OUTCOME, SENTENCE = "category", "outcome", "sentence"
_TABLE = "stress_table"
_EVERY = "all categories"


class Filters(NamedTuple):
    """`category` is '' for all of them; `outcome` one of ALL, FAILING, CHANGED."""

    category: str
    outcome: str


def pick_filters(categories: Sequence[str]) -> Filters:
    """Draw the filters over the table."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        outcome = st.segmented_control("Show", [ALL, FAILING, CHANGED], default=ALL, required=True, key=OUTCOME,
                                       bind="query-params", help="changed: newly failing or mended since the "
                                                                 "checkpoint before")
        category = st.selectbox("Category", [_EVERY, *categories], key=CATEGORY, bind="query-params", width=260)
    return Filters("" if category == _EVERY else category, outcome or ALL)


def choose_category(category: str) -> None:
    """Filter by a category; call it from a callback."""
    st.session_state[CATEGORY] = category


def show(rows: Sequence[StressRow]) -> None:
    """Show sentences; a click on a row picks it."""
    values = {
        "Verdict": [row.verdict for row in rows], "Text": [isolate(row.text) for row in rows],
        "Category": [row.category for row in rows], "Since before": [row.change for row in rows],
        "Length": cells(row.length_ratio for row in rows), "Coverage": cells(row.coverage for row in rows),
        "Jumps": [row.jumps_back for row in rows],
        "Heard wrong": cells(100 * row.character_errors for row in rows),
        "Unknown": [row.num_unknown for row in rows]}
    table = pd.DataFrame(values)
    if table["Heard wrong"].isna().all():
        del table["Heard wrong"]
    column = st.column_config
    st.dataframe(
        table, key=_TABLE, hide_index=True, selection_mode=ONE_ROW, on_select=lambda: _pick_row(rows),
        placeholder="–", height=min(38 + 35 * len(rows), 38 + 35 * 10), column_config={
            "Verdict": column.TextColumn(width=190), "Text": column.TextColumn(width=330),
            "Category": column.TextColumn(width=140),
            "Since before": column.TextColumn(width=100, help="Since the checkpoint before"),
            "Length": column.NumberColumn(format="%.2f ×", width=70, help="Length ÷ what the corpus' speaking rate "
                                                                          "expects"),
            "Coverage": score_column("Share of letters or phonemes attended to"),
            "Jumps": column.NumberColumn(width=62, help="How often attention went back by more than two tokens"),
            "Heard wrong": column.NumberColumn(format="%.0f %%", width=96, help="The recogniser's character errors"),
            "Unknown": column.NumberColumn(width=78, help="Tokens that the run was not trained on")})


def pick(rows: Sequence[StressRow]) -> str:
    """Let one of the sentences be looked at, the worst by default; return its id."""
    texts = {row.id: isolate(shortened(row.text)) for row in rows}
    asked = st.session_state.get(SENTENCE, st.query_params.get(SENTENCE))
    st.session_state[SENTENCE] = asked if asked in texts else rows[0].id
    # Bound by hand: a bound selectbox would put the text into the address, where its id is enough.
    identity = st.selectbox("Sentence", list(texts), key=SENTENCE, format_func=lambda one: texts.get(one, one))
    st.query_params[SENTENCE] = identity
    return identity


def _pick_row(rows: Sequence[StressRow]) -> None:
    index = selected_row(_TABLE)
    if 0 <= index < len(rows):
        st.session_state[SENTENCE] = rows[index].id
