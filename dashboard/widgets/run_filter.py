"""Which runs the table shows: by words, state, tags, findings."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.figures.summary import STATES, RunRow


def filtered(rows: Sequence[RunRow]) -> list[RunRow]:
    """Draw the filters and return the rows that pass them."""
    states = [state for state in STATES if any(row.state == state for row in rows)]
    tags = sorted({tag for row in rows for tag in row.tags})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        words = st.text_input("Filter", key="filter", bind="query-params", placeholder="name, preset or tag", width=220)
        wanted_states = _choice("State", states, "state") if len(states) > 1 else []
        wanted_tags = _choice("Tags", tags, "tags") if tags else []
        only_wrong = st.toggle("With findings only", key="wrong", bind="query-params")
    return [row for row in rows if _passes(row, words, wanted_states, wanted_tags, only_wrong)]


def _choice(label: str, options: Sequence[str], key: str) -> list[str]:
    return st.multiselect(label, options, key=key, bind="query-params", placeholder="any", width=200)


def _passes(row: RunRow, words: str, states: Sequence[str], tags: Sequence[str], only_wrong: bool) -> bool:
    text = " ".join([row.name, row.preset, *row.tags]).casefold()
    return (all(word in text for word in words.casefold().split()) and (not states or row.state in states)
            and set(tags) <= set(row.tags)
            and (not only_wrong or row.findings is not None and (row.findings.serious + row.findings.warning) > 0))
