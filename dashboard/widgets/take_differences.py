"""In what two takes differ, as a small table beside them."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from dashboard.figures.take_differences import DifferenceRow
from mytts_core.listening.time_map import TIME, WORD

_STYLE = """<style>
.mytts-two { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
.mytts-two th, .mytts-two td { text-align: start; padding: .25rem .7rem .25rem 0; border: 0; vertical-align: top;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); overflow-wrap: anywhere; }
.mytts-two th { font-weight: 500; opacity: .65; }
.mytts-two .mytts-same td { opacity: .6; }
.mytts-two tr:not(.mytts-same) td { font-weight: 560; }
.mytts-two td:last-child { font-weight: 400 !important; opacity: .75; }
</style>"""


def show(rows: Sequence[DifferenceRow]) -> None:
    """Show the rows; those in which the takes are the same stand back."""
    lines = "".join(
        f'<tr{"" if row.differs else " class=mytts-same"}><th scope="row">{html.escape(row.name)}</th>'
        f"<td>{html.escape(row.first)}</td><td>{html.escape(row.second)}</td><td>{html.escape(row.note)}</td></tr>"
        for row in rows)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("", "A", "B", "B against A"))
    st.html(f'{_STYLE}<table class="mytts-two"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>')


def explain_map(unit: str) -> None:
    """Say by what the places of both takes are matched."""
    words = {WORD: "The takes have other tokens: places are matched by word.",
             TIME: "A take does not follow its text: places are matched by their share of its length, not by word."}
    st.caption(words.get(unit, "Places are matched by token, along the attention of both takes.")
               + " Both are played equally loud (BS.1770-4).")
